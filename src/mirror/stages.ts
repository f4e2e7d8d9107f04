import type { Digest } from '../core/digest.ts';
import type { Outcome } from '../core/progress.ts';
import type { Run } from './mirror.ts';

/** The pipeline cut where a state machine needs it cut. What one stage learns waits in the journal for the next. */
export interface PlannedRun {
  /** Nothing to copy and nothing to promote: the state machine goes straight to parity. */
  readonly idle: boolean;
  readonly digest?: Digest;
  /** One item per worker; each is done in `legs` sittings of one Lambda each, one after another. */
  readonly shards: readonly { readonly shard: number; readonly legs: number }[];
}

export function planStage(_run: Run): Promise<PlannedRun> {
  return Promise.reject(new Error('being written'));
}

/** One sitting of one shard: small, finite, safe to repeat. */
export function transferStage(_run: Run, _shard: number, _leg: number): Promise<void> {
  return Promise.reject(new Error('being written'));
}

export function promoteStage(_run: Run): Promise<Outcome> {
  return Promise.reject(new Error('being written'));
}

/** Yields the claim of a run that failed, so that the next one need not wait for it to run out. */
export function abandonStage(_run: Run): Promise<void> {
  return Promise.reject(new Error('being written'));
}
