import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import middyfy from '@middy/core';
import type { Context } from 'aws-lambda';
import { readConfig } from '../src/config.ts';
import { connectAws } from '../src/connect-aws.ts';
import { seconds } from '../src/core/time.ts';
import type { Log } from '../src/log.ts';
import type { Surroundings } from '../src/reconcile.ts';

/** What a function has besides its event. */
export interface Host {
  readonly world: Surroundings;
  readonly now: () => Date;
  readonly log: Log;
  /** Aborted shortly before Lambda's own timeout, so that a long run can end in its own words. */
  readonly signal: AbortSignal;
  /** Writes a line for whoever reads later. */
  tell(line: string, more?: Readonly<Record<string, unknown>>): void;
  /** Adds to every further line of this invocation: the run, the release, what set it off. */
  note(keys: Readonly<Record<string, string | number>>): void;
  measure(name: Measure, value: number, dimensions?: Readonly<Record<string, string>>): void;
}

/** Everything that is measured, with its unit. Each name times each dimension's values is a metric that costs money. */
const MEASURES = {
  LookMs: MetricUnit.Milliseconds,
  Findings: MetricUnit.Count,
  MirrorSkewMs: MetricUnit.Milliseconds,
  BytesRead: MetricUnit.Bytes,
  BytesWritten: MetricUnit.Bytes,
} as const;

type Measure = keyof typeof MEASURES;

/** Long enough for an aborted run to yield its claim and write down how it ended. */
const LAST_WORDS_MS = seconds(10);

const logger = new Logger({ serviceName: 'greenroom' });
const metrics = new Metrics({ namespace: 'Greenroom', serviceName: 'greenroom' });

const log: Log = (what, error) => logger.error(what, error instanceof Error ? error : new Error(String(error)));
const now = (): Date => new Date();

let world: Surroundings | undefined;

/** The world that the stack has wired this function to, connected once and kept as long as Lambda keeps the process. */
export const connected = (): Surroundings =>
  (world ??= connectAws(readConfig(process.env, ['account', 'table', 'machine', 'topic']), now));

/** What Lambda calls. */
export type Handler<Event, Answer> = (event: Event, context: Context) => Promise<Answer>;

/** A function in AWS: what it does, at the door of a world. Middleware ends here; nothing further in knows of Lambda. */
export function onLambda<Event, Answer>(
  worldOf: () => Surroundings,
  work: (event: Event, host: Host) => Promise<Answer>,
): Handler<Event, Answer> {
  return middyfy<Event, Answer>(
    (event: Event, _context: unknown, { signal }: { signal: AbortSignal }) =>
      work(event, { world: worldOf(), now, log, signal, tell, note, measure }),
    {
      timeoutEarlyInMillis: LAST_WORDS_MS,
      // Never settles: the aborted run ends by itself, or Lambda's own timeout ends it.
      timeoutEarlyResponse: () => new Promise<never>(() => {}),
    },
  )
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .onError(({ error }) => log('failed', error));
}

const tell: Host['tell'] = (line, more = {}) => logger.info(line, more);
const note: Host['note'] = (keys) => logger.appendKeys(keys);

const measure: Host['measure'] = (name, value, dimensions = {}) => {
  const single = metrics.singleMetric();
  for (const [dimension, is] of Object.entries(dimensions)) single.addDimension(dimension, is);
  single.addMetric(name, MEASURES[name], value);
};
