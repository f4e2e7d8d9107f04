import { setTimeout as wait } from 'node:timers/promises';
import {
  EventBridgeClient,
  PutEventsCommand,
  type PutEventsRequestEntry,
  type PutEventsResultEntry,
} from '@aws-sdk/client-eventbridge';
import { LOOK } from '../core/delivery.ts';
import { OutsideError } from '../core/outside-error.ts';
import { seconds } from '../core/time.ts';
import type { Bus, LookAt } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface EventBridgeSettings {
  /** The bus's name or ARN. */
  readonly bus: string;
  readonly client?: EventBridgeClient;
  /** Everything together, retries included. */
  readonly withinMs?: number;
  /** The first pause before refused entries are sent again; it doubles. */
  readonly backOffMs?: number;
}

const BATCH = 10;
const ATTEMPTS = 4;
const OPERATION = 'publish looks';

/** Wake-ups on an EventBridge bus: `{"source","cause"}` under one detail-type, which the mirror's rule listens for. */
export function eventBridgeBus(settings: EventBridgeSettings): Bus {
  const { bus, client = new EventBridgeClient({}), withinMs = seconds(5), backOffMs = 50 } = settings;
  return {
    async look(images) {
      const signal = AbortSignal.timeout(withinMs);
      try {
        await publish(
          images.map((image) => entryOf(image, bus)),
          { put: (entries) => put(client, entries, signal), pause: (ms) => wait(ms, undefined, { signal }), backOffMs },
        );
      } catch (error) {
        throw awsTrouble('eventbridge', OPERATION, error);
      }
    },
  };
}

const entryOf = ({ source, cause }: LookAt, bus: string): PutEventsRequestEntry => ({
  EventBusName: bus,
  Source: LOOK.source,
  DetailType: LOOK.detailType,
  Detail: JSON.stringify({ source, cause }),
});

interface Refused {
  readonly entry: PutEventsRequestEntry;
  readonly code: string;
  readonly message: string;
}

interface Way {
  readonly put: (entries: readonly PutEventsRequestEntry[]) => Promise<Refused[]>;
  readonly pause: (ms: number) => Promise<unknown>;
  readonly backOffMs: number;
}

/** Sends what was refused again, and only that: EventBridge answers 200 to a request of which it lost a part. */
async function publish(entries: readonly PutEventsRequestEntry[], { put, pause, backOffMs }: Way): Promise<void> {
  const lost: Refused[] = [];
  let waiting = entries;
  for (let attempt = 1; waiting.length > 0; attempt += 1) {
    const refused = (await Promise.all(batches(waiting).map(put))).flat();
    const again = attempt < ATTEMPTS ? refused.filter(({ code }) => isPassing(code)) : [];
    lost.push(...refused.filter((one) => !again.includes(one)));
    if (again.length > 0) await pause(backOffMs * 2 ** (attempt - 1));
    waiting = again.map(({ entry }) => entry);
  }
  if (lost[0]) throw refusedBy(lost[0], lost.length, entries.length);
}

const batches = <T>(all: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(all.length / BATCH) }, (_, n) => all.slice(n * BATCH, (n + 1) * BATCH));

async function put(
  client: EventBridgeClient,
  entries: readonly PutEventsRequestEntry[],
  abortSignal: AbortSignal,
): Promise<Refused[]> {
  const { Entries = [], FailedEntryCount } = await client.send(new PutEventsCommand({ Entries: [...entries] }), {
    abortSignal,
  });
  const refused = entries.flatMap((entry, n) => refusal(entry, Entries[n]));
  if ((FailedEntryCount ?? 0) > 0 && refused.length === 0) {
    throw new OutsideError({
      service: 'eventbridge',
      operation: OPERATION,
      trouble: 'broken',
      detail: `${FailedEntryCount} entries failed, and it does not say which`,
    });
  }
  return refused;
}

/** An entry counts as published only when it was given an id. */
function refusal(entry: PutEventsRequestEntry, result: PutEventsResultEntry | undefined): Refused[] {
  if (result?.EventId !== undefined && result.ErrorCode === undefined) return [];
  return [{ entry, code: result?.ErrorCode ?? 'InternalFailure', message: result?.ErrorMessage ?? 'no event id' }];
}

const isPassing = (code: string): boolean => /Throttl|^Internal|ServiceUnavailable/.test(code);

const refusedBy = ({ code, message }: Refused, lost: number, all: number): OutsideError =>
  new OutsideError({
    service: 'eventbridge',
    operation: OPERATION,
    trouble: /Throttl/.test(code) ? 'throttled' : isPassing(code) ? 'broken' : 'refused',
    code,
    detail: `${message} (${lost} of ${all} not published)`,
  });
