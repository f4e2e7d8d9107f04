import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { serveAwsJson, type AwsAnswer, type AwsServer } from './aws-json.ts';

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}

/** Why an entry is refused at its nth coming; `undefined` lets it in. */
export type Mood = (entry: Entry, coming: number) => string | undefined;

export interface EventBridgeServer extends AwsServer {
  readonly client: EventBridgeClient;
  /** What was let in, in that order. */
  readonly events: readonly Entry[];
  /** How many entries each request brought. */
  readonly batches: readonly number[];
}

/** PutEvents with its manners: ten at the most, and a 200 also for a request of which a part was refused. */
export async function serveEventBridge(
  mood: Mood = () => undefined,
  instead?: () => AwsAnswer | Promise<AwsAnswer>,
): Promise<EventBridgeServer> {
  const events: Entry[] = [];
  const batches: number[] = [];
  const comings = new Map<string, number>();
  const takeIn = (entry: Entry): object => {
    const coming = (comings.get(entry.Detail) ?? 0) + 1;
    comings.set(entry.Detail, coming);
    const code = mood(entry, coming);
    if (code !== undefined) return { ErrorCode: code, ErrorMessage: 'not now' };
    events.push(entry);
    return { EventId: `event-${events.length}` };
  };
  const server = await serveAwsJson({
    PutEvents: ({ Entries }: { readonly Entries: readonly Entry[] }) => {
      batches.push(Entries.length);
      if (instead) return instead();
      if (Entries.length > 10) return { status: 400, body: { __type: 'ValidationException', message: 'more than 10' } };
      const results = Entries.map(takeIn);
      return { body: { FailedEntryCount: results.filter((result) => 'ErrorCode' in result).length, Entries: results } };
    },
  });
  return { ...server, client: new EventBridgeClient(server.connection), events, batches };
}
