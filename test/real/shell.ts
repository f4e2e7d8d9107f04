import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Ended } from '../bin/cli.ts';

interface Around {
  readonly cwd?: string;
  readonly env: Readonly<Record<string, string>>;
}

const PATIENCE_MS = 30_000;

/** A line as somebody's shell reads it. */
export async function shell(line: string, { cwd, env }: Around): Promise<Ended> {
  const { PATH = '' } = process.env;
  const child = spawn('sh', ['-c', line], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    ...(cwd !== undefined && { cwd }),
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code: code as number | null, out, err };
}
