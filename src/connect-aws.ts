import type { Config } from './config.ts';
import type { Surroundings } from './reconcile.ts';

/** The world of a Lambda function. Kept apart from `connect`, so that no function carries SQLite or the rehearsal. */
export function connectAws(_config: Config): Surroundings {
  throw new Error('being written');
}
