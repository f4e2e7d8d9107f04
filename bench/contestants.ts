import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Once } from './greenroom-once.ts';

/** Whether a release that is in sync is looked at by its tag alone, or with what is said of it. */
export type Depth = 'tag' | 'referrers';

export async function greenroom(
  source: string,
  regions: readonly string[],
  repository: string,
  depth: Depth = 'tag',
): Promise<Once> {
  const script = new URL('greenroom-once.ts', import.meta.url).pathname;
  const copies = regions.map((host) => `${host}/${repository}`);
  return JSON.parse(await run(process.execPath, [script, depth, `${source}:latest`, ...copies])) as Once;
}

/** One process for each region, all at once: the fastest way that the peer has. */
export async function skopeo(source: string, regions: readonly string[], repository: string): Promise<void> {
  const flags = ['copy', '--all', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'];
  const copy = (host: string): Promise<string> =>
    run('skopeo', [...flags, `docker://${source}:latest`, `docker://${host}/${repository}:latest`]);
  await Promise.all(regions.map(copy));
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return said;
}
