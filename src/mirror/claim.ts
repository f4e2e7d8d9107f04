import type { Outcome } from '../core/progress.ts';
import { minutes, plus } from '../core/time.ts';
import type { Claim, Journal, ReleaseKey } from '../ports.ts';
import { ClaimLost, ended, type Run } from './run.ts';

/** A run that does not renew its claim for this long is taken for dead, and another may take over. */
export const LEASE_MS = minutes(5);
const RENEW_EVERY_MS = LEASE_MS / 5;

export const claimName = ({ image, tag }: ReleaseKey): string => `mirror ${image}:${tag}`;

/** Runs under the release's claim, so that two runs of one release never interleave. */
export async function claimed(
  run: Run,
  work: (claim: () => Claim, signal: AbortSignal) => Promise<Outcome>,
): Promise<Outcome> {
  const { journal, release, id, now } = run;
  const claim = await journal.claim(claimName(release), id, now(), plus(now(), LEASE_MS));
  if (!claim) return ended(run, 'busy', { why: 'another run of this release is under way' });
  return holding(journal, claim, now, run.signal, (signal, current) => work(current, signal));
}

/** Holds a claim for as long as the work takes. A claim that is lost aborts the work: somebody else has it now. */
export async function holding<T>(
  journal: Journal,
  claim: Claim,
  now: () => Date,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal, current: () => Claim) => Promise<T>,
): Promise<T> {
  const lost = new AbortController();
  let current = claim;
  const renew = async (): Promise<void> => {
    const renewed = await journal.renew(current, now(), plus(now(), LEASE_MS));
    if (renewed) current = renewed;
    else lost.abort(new ClaimLost(claim.name));
  };
  const timer = setInterval(() => {
    renew().catch((error: unknown) => lost.abort(error));
  }, RENEW_EVERY_MS);
  try {
    return await work(AbortSignal.any([lost.signal, ...(signal ? [signal] : [])]), () => current);
  } finally {
    clearInterval(timer);
    await journal.yield(current);
  }
}
