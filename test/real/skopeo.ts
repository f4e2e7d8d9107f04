import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The tool that everybody copies images with, which judges what we wrote. */
export async function skopeo(...args: readonly string[]): Promise<Buffer> {
  const { stdout } = await run('skopeo', args, { encoding: 'buffer', maxBuffer: 10_000_000 });
  return stdout;
}

/** A manifest's bytes as skopeo is given them. */
export const raw = (reference: string, ...more: readonly string[]): Promise<Buffer> =>
  skopeo('inspect', '--raw', '--tls-verify=false', ...more, `docker://${reference}`);

/** What skopeo is given for a reference, by our own hash. */
export const rawDigest = async (reference: string, ...more: readonly string[]): Promise<string> =>
  sha256(await raw(reference, ...more));

export const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
