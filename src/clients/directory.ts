import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes a directory and those above it, as far as they are not there.
 *
 * Not with Node's own `recursive`: where a directory is there and takes none (`/proc`, a network share that is gone),
 * the answer is ENOENT, and Node makes the one above and tries again for ever.
 */
export function makeDirectory(path: string, mode?: number): void {
  const above = dirname(path);
  if (above !== path && !existsSync(above)) makeDirectory(above, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
