import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { Outcome, Progress, ProgressEvent } from '../core/progress.ts';
import type { Depth } from '../core/sighting.ts';
import type { Journal, ReleaseKey, Repository } from '../ports.ts';
import type { Waits } from './transfer.ts';

/** Where one release comes from, and where it must be. */
export interface Endpoints {
  readonly source: Repository;
  /** By region name, or by reference where any registries at all are named. */
  readonly copies: ReadonlyMap<string, Repository>;
}

/** One release to be brought to every region, and all that is needed for it. */
export interface Run {
  readonly release: ReleaseKey;
  /** Copy only these (`linux/amd64`): the index is then another index. */
  readonly platforms?: readonly string[];
  readonly endpoints: Endpoints;
  readonly journal: Journal;
  /** Names this run among others: the owner of its claims. Unique. */
  readonly id: string;
  readonly by: string;
  readonly why: string;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** How far to look behind equal tags, instead of trusting them. Left out: not at all. */
  readonly depth?: Depth;
  /** Write a history tag with each promotion. Off where foreign registries are named on the command line. */
  readonly history: boolean;
  /** How long failing regions are waited for, where it is not as usual: for those who rehearse failures by the hundred. */
  readonly waits?: Waits;
}

/** Somebody else runs this release now; whatever we were about to do is theirs to do. */
export class ClaimLost extends Error {
  constructor(name: string) {
    super(`another run has taken over: ${name}`);
    this.name = 'ClaimLost';
  }
}

/** A region could not take the content. Its own class, so that the outcome can name the region. */
export class RegionFailure extends Error {
  readonly region: string;

  constructor(region: string, cause: unknown) {
    super(`${region}: ${whyOf(cause)}`, { cause });
    this.name = 'RegionFailure';
    this.region = region;
  }
}

/** Turns what the world refused into an outcome; lets aborts and our own mistakes through. */
export async function guarded(run: Run, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ClaimLost) return ended(run, 'busy', { why: error.message });
    run.signal?.throwIfAborted();
    if (!(error instanceof OutsideError || error instanceof RegionFailure)) throw error;
    return ended(run, 'failed', { why: whyOf(error) });
  }
}

export const ended = (run: Run, result: Outcome['result'], rest: Partial<Outcome> = {}): Outcome => ({
  release: nameOf(run),
  regions: [...run.endpoints.copies.keys()].map((region) => ({ region })),
  amiss: [],
  ...rest,
  result,
});

export const nameOf = ({ release }: Run): string => `${release.image}:${release.tag}`;

export function tell(run: Run, event: ProgressEvent): void {
  run.onProgress?.({ release: nameOf(run), ...event });
}
