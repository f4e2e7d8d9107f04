import type { SQSEvent } from 'aws-lambda';
import { look as automation } from '../src/automations.ts';
import type { Wake } from '../src/reconcile.ts';
import { runAutomation } from './host/automation.ts';
import { connected, onLambda } from './host.ts';

/** Looks at what rang, or at everything when it was the clock. */
export const look = (worldOf: typeof connected) =>
  onLambda(worldOf, (event: Partial<SQSEvent>, host) => {
    const rings = (event.Records ?? []).map(({ body }) => ringIn(body));
    host.note({ rings: rings.map((ring) => ring?.cause ?? 'unreadable').join(', ') });
    return runAutomation(automation, host, wokenBy(rings));
  });

interface Ring {
  readonly source: string;
  readonly cause: string;
}

/** A wake-up that cannot be read still says that there is something to see: everything is looked at then. */
function wokenBy(rings: readonly (Ring | undefined)[]): Pick<Wake, 'by' | 'only'> {
  if (rings.length === 0) return { by: 'schedule' };
  const sources = rings.flatMap((ring) => ring?.source ?? []);
  return { by: 'webhook', ...(sources.length === rings.length && { only: [...new Set(sources)] }) };
}

/** What EventBridge put into the queue: its own envelope, and in it what `src/clients/eventbridge.ts` wrote. */
function ringIn(body: string): Ring | undefined {
  try {
    const { source, cause } = (JSON.parse(body) as { detail: Ring }).detail;
    return typeof source === 'string' ? { source, cause } : undefined;
  } catch {
    return undefined;
  }
}

export const handler = look(connected);
