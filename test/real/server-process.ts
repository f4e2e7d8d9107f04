import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server that somebody else wrote, running as a process of ours. */
export interface ServerProcess {
  /** What it said of where it listens. */
  readonly address: string;
  stop(): Promise<void>;
}

const PATIENCE_MS = 60_000;
const LAST_WORDS = 4_000;

/**
 * Starts a server and waits until it says where it listens: `listening` finds the address in its output.
 *
 * It is told to listen on port 0 and asked for what it got, because a port that was free a moment ago need not be.
 */
export async function startServer(command: string, args: readonly string[], listening: RegExp): Promise<ServerProcess> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let said = '';
  const kill = (): void => void child.kill();
  process.once('exit', kill);
  const stop = async (): Promise<void> => {
    process.removeListener('exit', kill);
    if (child.exitCode === null && child.signalCode === null) child.kill();
    await ended;
  };
  try {
    const address = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer): void => {
        said = `${said}${chunk.toString()}`.slice(-LAST_WORDS);
        const heard = listening.exec(said)?.[1];
        if (heard !== undefined) resolve(heard);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('error', reject);
      child.once('exit', (code, signal) => reject(new Error(`it ended at once (${code ?? signal})`)));
      AbortSignal.timeout(PATIENCE_MS).addEventListener('abort', () =>
        reject(new Error(`it said nothing of where it listens in ${PATIENCE_MS / 1_000} s`)),
      );
    });
    return { address, stop };
  } catch (cause) {
    if (child.pid !== undefined) await stop();
    throw new Error(`${command} did not start; it said:\n${said}`, { cause });
  }
}

/** Where a program is, as the shell would find it; `undefined` where it is not installed. */
export function programOf(name: string): string | undefined {
  const places = (process.env['PATH'] ?? '').split(delimiter).map((directory) => join(directory, name));
  return places.find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
