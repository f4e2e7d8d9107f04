import type { Digest } from '../core/digest.ts';
import type { Outcome, Progress } from '../core/progress.ts';
import type { Journal, ReleaseKey, Repository } from '../ports.ts';

/** Where one release comes from, and where it must be. */
export interface Endpoints {
  readonly source: Repository;
  /** By region name, or by reference where any registries at all are named. */
  readonly copies: ReadonlyMap<string, Repository>;
}

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
  /** Look behind an equal tag for missing content too, instead of trusting it. */
  readonly deep?: boolean;
  /** Write a history tag with each promotion. Off where foreign registries are named on the command line. */
  readonly history: boolean;
}

/** Brings one release to every region: plan, transfer, promote. Never throws for what the world does; the outcome says. */
export function mirror(_run: Run): Promise<Outcome> {
  return Promise.reject(new Error('being written'));
}

/** Points the tag at an older digest in every region, and pins it there. `to` left out: the previous promotion. */
export function rollback(_run: Run, _to?: Digest): Promise<Outcome> {
  return Promise.reject(new Error('being written'));
}
