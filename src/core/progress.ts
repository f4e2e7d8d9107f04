import type { Digest } from './digest.ts';
import type { Amiss } from './finding.ts';
import type { Copied, PromotedRegion } from './promotion.ts';

/** What a run says of itself while it runs, for progress bars, plain lines, the board and the log. Bytes are of blobs. */
export type Progress = { readonly release: string } & ProgressEvent;

export type ProgressEvent =
  | {
      readonly kind: 'planned';
      readonly digest: Digest;
      /** Unique blobs that some region lacks, and their bytes: what will be read from the source. */
      readonly blobs: number;
      readonly bytes: number;
      /** Bytes that each region lacks. */
      readonly lacking: Readonly<Record<string, number>>;
    }
  | { readonly kind: 'read'; readonly bytes: number }
  | { readonly kind: 'wrote'; readonly region: string; readonly bytes: number }
  | { readonly kind: 'landed'; readonly region: string; readonly digest: Digest; readonly healed: boolean }
  /** A region fell behind or failed: it lets go of the shared read and will be filled from a sibling. */
  | { readonly kind: 'detached'; readonly region: string; readonly digest: Digest; readonly why: string }
  | { readonly kind: 'staged'; readonly region: string }
  | { readonly kind: 'promoted'; readonly region: string; readonly digest: Digest }
  | { readonly kind: 'finished'; readonly outcome: Outcome };

/**
 * How a run ended.
 *
 * - `in-sync`: every region already serves it; nothing was written
 * - `promoted`: every region serves it now
 * - `held`, `pinned`: everything is transferred, nothing promoted; `why` says whose word stands in the way
 * - `superseded`: the source moved on while we copied; the next run takes the newer one
 * - `busy`: another run holds this release
 * - `absent`: the source has no such tag; the copies are left as they are
 * - `undone`: a region refused the tag and the others went back to what they served
 * - `split`: the same, but a region could not be put back. Never silent
 * - `failed`: content could not be brought to every region; no tag moved
 */
export type Result =
  | 'in-sync'
  | 'promoted'
  | 'held'
  | 'pinned'
  | 'superseded'
  | 'busy'
  | 'absent'
  | 'undone'
  | 'split'
  | 'failed';

export interface Outcome {
  readonly release: string;
  readonly result: Result;
  readonly digest?: Digest;
  readonly why?: string;
  readonly regions: readonly PromotedRegion[];
  readonly skewMs?: number;
  readonly copied?: Copied;
  /** What did not stop the run but should be known: a referrer that a region refuses, a region that was slow. */
  readonly amiss: readonly Amiss[];
}

/** Whether everyone who wanted this run may be content. A hold or a pin is somebody's wish, not a failure. */
export const isContent = ({ result }: Outcome): boolean =>
  ['in-sync', 'promoted', 'held', 'pinned', 'superseded'].includes(result);

/** One line for a report or a log. */
export const spellOutcome = ({ release, result, why }: Outcome): string =>
  `${release} ${result}${why === undefined ? '' : `: ${why}`}`;
