import type { Digest } from '../core/digest.ts';
import { isContent, type Outcome } from '../core/progress.ts';
import { previousOf, type Pin } from '../core/promotion.ts';
import { claimed } from './claim.ts';
import { bring } from './mirror.ts';
import { ended, guarded, tell, type Run } from './run.ts';
import { holderOf, standingOf } from './standing.ts';

/** How far back an unnamed rollback looks for a promotion that came through. */
const MEMORY = 50;

/** The digest that a rollback without a name means: what was promoted before what is served now. */
export async function previousDigest({ journal, release, endpoints, signal }: Run): Promise<Digest | undefined> {
  const [first] = endpoints.copies.values();
  const current = await first?.head(release.tag, signal);
  return previousOf(await journal.promotions(release, MEMORY), current?.digest)?.digest;
}

/**
 * Points the tag at an older digest in every region, and pins it there so that the next look does not undo it.
 *
 * The pin is written first: a run that dies in between is finished by the next look instead of being forgotten. If
 * the regions refuse, the pin goes back to what it was, as they do.
 */
export async function rollback(run: Run, to?: Digest): Promise<Outcome> {
  const outcome = await guarded(run, async () => {
    const target = to ?? (await previousDigest(run));
    if (target === undefined) return ended(run, 'absent', { why: 'the journal knows of no earlier promotion' });
    const holder = await holderOf(run, target);
    if (!(await holder.head(target, run.signal)))
      return ended(run, 'absent', { why: `neither a region nor the source still has ${target}` });
    return claimed(run, async (claim, signal) => {
      const standing = await standingOf(run);
      const { pin: earlier } = standing;
      const pin: Pin = { ...run.release, digest: target, since: run.now(), by: run.by, why: run.why };
      await run.journal.setPin(pin);
      const brought = await guarded(run, () => bring({ ...run, signal }, { ...standing, pin, wanted: target }, claim));
      if (!isContent(brought)) await (earlier ? run.journal.setPin(earlier) : run.journal.unpin(run.release));
      return brought;
    });
  });
  tell(run, { kind: 'finished', outcome });
  return outcome;
}
