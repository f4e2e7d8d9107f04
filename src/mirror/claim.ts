import type { Claim, Journal } from '../ports.ts';
import { minutes, plus } from '../core/time.ts';

/** A run that does not renew its claim for this long is taken for dead, and another may take over. */
export const LEASE_MS = minutes(5);
const RENEW_EVERY_MS = LEASE_MS / 5;

/** Somebody else runs this release now; whatever we were about to do is theirs to do. */
export class ClaimLost extends Error {
  constructor(name: string) {
    super(`another run has taken over: ${name}`);
    this.name = 'ClaimLost';
  }
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
