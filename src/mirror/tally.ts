import type { Progress } from '../core/progress.ts';
import type { Copied } from '../core/promotion.ts';
import type { Run } from './run.ts';

export const noneCopied: Copied = { blobs: 0, bytesRead: 0, bytesWritten: 0, healed: 0, tookMs: 0 };

export const together = (parts: readonly Copied[]): Copied =>
  parts.reduce(
    (sum, part) => ({
      blobs: sum.blobs + part.blobs,
      bytesRead: sum.bytesRead + part.bytesRead,
      bytesWritten: sum.bytesWritten + part.bytesWritten,
      healed: sum.healed + part.healed,
      tookMs: sum.tookMs + part.tookMs,
    }),
    noneCopied,
  );

/** The same run, counted by what it tells: so that a sitting that breaks off has its figures too. */
export function countCopied(run: Run): [Run, () => Copied] {
  let copied = noneCopied;
  const add = (more: Partial<Copied>): void => {
    copied = together([copied, { ...noneCopied, ...more }]);
  };
  const onProgress = (progress: Progress): void => {
    if (progress.kind === 'read') add({ bytesRead: progress.bytes });
    if (progress.kind === 'wrote') add({ bytesWritten: progress.bytes });
    if (progress.kind === 'landed') add({ blobs: 1, healed: progress.healed ? 1 : 0 });
    run.onProgress?.(progress);
  };
  return [{ ...run, onProgress }, () => copied];
}
