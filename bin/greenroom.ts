#!/usr/bin/env node
import { EXIT, Stop } from './command.ts';
import { main } from './main.ts';
import type { Terminal } from './terminal.ts';

/** npm and the terminal may both deliver one Ctrl-C; only one that comes later is a second one. */
const SAME_KEYSTROKE_MS = 400;

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode);
  throw error;
});
process.exitCode = await main(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  now: () => new Date(),
  interruptible,
});

/** The first Ctrl-C asks; the second one does not. */
function interruptible(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  const ask = (): void => {
    if (askedAt > 0 && Date.now() - askedAt > SAME_KEYSTROKE_MS) process.exit(EXIT.interrupted);
    if (askedAt > 0) return;
    askedAt = Date.now();
    controller.abort(new Stop('interrupted', { exit: EXIT.interrupted }));
  };
  process.on('SIGINT', ask).on('SIGTERM', ask).on('SIGHUP', ask);
  process.on('exit', () => terminal.close());
  return controller.signal;
}
