import type { Config } from './config.ts';
import type { Progress } from './core/progress.ts';
import type { Log } from './log.ts';
import type { Surroundings } from './reconcile.ts';

/** What only a host has: the clock, the log, and somewhere to print. */
export interface Host {
  readonly now: () => Date;
  readonly log: Log;
  /** Prints a line of news where no topic is configured. */
  readonly print: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** The world of a laptop or a CI job: each port is real where the configuration names it, and in this process where not. */
export function connect(_config: Config, _host: Host): Surroundings {
  throw new Error('being written');
}
