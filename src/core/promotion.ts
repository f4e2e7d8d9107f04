import type { Digest } from './digest.ts';
import { HISTORY_PREFIX } from './estate.ts';
import { hexOf } from './digest.ts';

/** How a promotion stands. `split` is the one that must never be silent: regions disagree and could not be put back. */
export type PromotionState = 'begun' | 'done' | 'undone' | 'split';

/** One attempt to point a tag at one digest in every region: the journal's record of it, and the history people read. */
export interface Promotion {
  /** Unique; sorts by time within a release. */
  readonly id: string;
  readonly image: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly at: Date;
  readonly state: PromotionState;
  /** Who asked: `schedule`, `webhook`, or a person's name. */
  readonly by: string;
  readonly why: string;
  readonly kind: 'forward' | 'rollback';
  readonly regions: readonly PromotedRegion[];
  /** From the first to the last region serving the new digest, in milliseconds. Absent until done. */
  readonly skewMs?: number;
  readonly copied?: Copied;
}

export interface PromotedRegion {
  readonly region: string;
  /** What the tag meant here before; absent when there was no such tag. */
  readonly before?: Digest;
  readonly servedAt?: Date;
  readonly error?: string;
}

/**
 * What a run moved. Bytes are of blobs.
 *
 * What arrived is counted where it arrived, as its bytes are: five blobs that three regions lacked are fifteen.
 */
export interface Copied {
  /** Blobs that landed, once for each region that got one. */
  readonly blobs: number;
  /** Once, however many regions they went to: an image's size, where nothing was there before and nothing broke. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** Of those blobs, the ones that reached their region from a sibling instead of the source. */
  readonly healed: number;
  readonly tookMs: number;
}

/** A rollback that holds until someone lifts it, so that the next schedule does not undo it. */
export interface Pin {
  readonly image: string;
  readonly tag: string;
  readonly digest: Digest;
  readonly since: Date;
  readonly by: string;
  readonly why: string;
}

/** Nothing may be promoted forward under a hold. Content is still transferred; a rollback is still let through. */
export interface Hold {
  readonly id: string;
  /** An image's name, or `*` for every image. */
  readonly scope: string;
  readonly since: Date;
  /** Exclusive. A hold always ends: nothing stays held because Greenroom died. */
  readonly until: Date;
  readonly by: string;
  readonly why: string;
}

/** The hold that stands in a promotion's way now, the longest one first: that is the one people wait for. */
export function holdOver(image: string, holds: readonly Hold[], now: Date): Hold | undefined {
  return holds
    .filter(({ scope, since, until }) => (scope === '*' || scope === image) && since <= now && now < until)
    .sort((a, b) => b.until.getTime() - a.until.getTime())[0];
}

/** Written with each promotion and never moved, so that no lifecycle rule for untagged images takes a rollback target. */
export const historyTag = (digest: Digest): string => `${HISTORY_PREFIX}${hexOf(digest).slice(0, 64)}`;

/** The newest promotion that came through, other than to `current`: what an unnamed rollback means. */
export function previousOf(history: readonly Promotion[], current: Digest | undefined): Promotion | undefined {
  return history.find(({ state, digest }) => state === 'done' && digest !== current);
}
