import type { Outcome } from '../core/progress.ts';
import { minutes, plus, seconds } from '../core/time.ts';
import type { Claim, Journal } from '../ports.ts';
import { ClaimLost, ended, nameOf, type Run } from './run.ts';

/**
 * A run that does not renew its claim for this long is taken for dead, and another may take over.
 *
 * Short, because whoever kills a run waits that long for the next. It may be short, because a run that is only slow
 * can do no harm after it: the token in its claim no longer lets it begin a promotion.
 */
export const LEASE_MS = seconds(75);
/** In the state machine nobody renews between one function and the next, or while a function that died is awaited. */
export const STAGE_LEASE_MS = minutes(20);
/** So many renewals may fail in a row before a lease has run out. */
const RENEWALS = 5;

/** Takes the release for this run; `undefined` when another run has it. One's own is given again, under a new token. */
export const claimFor = (run: Run, leaseMs: number): Promise<Claim | undefined> =>
  run.journal.claim(claimName(run), ownerOf(run), run.now(), plus(run.now(), leaseMs));

const claimName = (run: Run): string => `mirror ${nameOf(run)}`;
const ownerOf = ({ by, id }: Run): string => `${by} (run ${id})`;

/** Runs under the release's claim, so that two runs of one release never interleave. */
export async function claimed(
  run: Run,
  work: (claim: () => Claim, signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const ours = await claimFor(run, LEASE_MS);
  if (!ours) return busy(run);
  const kept = keeping(run, ours, LEASE_MS);
  try {
    return await work(kept.current, kept.signal);
  } finally {
    kept.stop();
    await giveBack(run.journal, kept.current());
  }
}

/** Because how a run ended matters more than its claim, which runs out by itself. */
export const giveBack = (journal: Journal, ours: Claim): Promise<void> => journal.yield(ours).catch(() => undefined);

/** Another run has the release. */
export async function busy(run: Run): Promise<Outcome> {
  const other = await run.journal.claimant(claimName(run), run.now());
  const until = other && other.until.toISOString().slice(11, 19);
  return ended(run, 'busy', {
    why: other
      ? `${other.owner} is at it; should that have died, the release is free at ${until} UTC`
      : 'another run was at it until just now',
  });
}

export interface Keeping {
  /** The claim as it was renewed last. */
  readonly current: () => Claim;
  /** Aborted with the run's own signal, and when the claim is lost: somebody else has the release then. */
  readonly signal: AbortSignal;
  stop(): void;
}

/** Renews a claim until it is stopped. A renewal that fails is tried again; one that is refused is the end. */
export function keeping({ journal, now, signal }: Run, ours: Claim, leaseMs: number): Keeping {
  const lost = new AbortController();
  let current = ours;
  const lose = (): void => lost.abort(new ClaimLost(ours.name));
  const renew = async (): Promise<void> => {
    try {
      const renewed = await journal.renew(current, now(), plus(now(), leaseMs));
      if (renewed) current = renewed;
      else lose();
    } catch {
      // Because one lost request is no reason to stop: the claim is ours until it runs out.
      if (now() >= current.until) lose();
    }
  };
  const timer = setInterval(() => void renew(), Math.min(leaseMs / RENEWALS, minutes(1)));
  return {
    current: () => current,
    signal: signal ? AbortSignal.any([lost.signal, signal]) : lost.signal,
    stop: () => clearInterval(timer),
  };
}
