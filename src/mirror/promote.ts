import type { Digest } from '../core/digest.ts';
import type { Outcome, ProgressEvent } from '../core/progress.ts';
import type { Promotion, PromotedRegion } from '../core/promotion.ts';
import type { Claim } from '../ports.ts';
import { flip, type Before } from './flip.ts';
import type { Graph } from './graph.ts';
import { heldWhy } from './held.ts';
import { everywhere } from './pool.ts';
import { ended, tell, type Run } from './run.ts';

interface Promoting {
  readonly kind: Promotion['kind'];
  readonly claim: () => Claim;
  readonly known: Partial<Outcome>;
}

/** Writes down the intention, moves the tag everywhere, writes down how it ended. */
export async function promote(run: Run, graph: Graph, before: Before, how: Promoting): Promise<Outcome> {
  const { release, endpoints, journal, now, by, why } = run;
  const at = now();
  const promotion: Promotion = {
    id: `${at.toISOString()} ${run.id}`,
    ...release,
    digest: graph.root.digest,
    at,
    state: 'begun',
    by,
    why,
    kind: how.kind,
    regions: [...before].map(([region, was]): PromotedRegion => ({ region, ...(was && { before: was.digest }) })),
    ...(how.known.copied && { copied: how.known.copied }),
  };
  const answer = await journal.begin(promotion, how.claim(), at);
  if (answer === 'held') return ended(run, 'held', { ...how.known, why: (await heldWhy(run)) ?? 'held' });
  if (answer === 'outlived') return ended(run, 'busy', { ...how.known, why: 'another run has taken over' });

  run.signal?.throwIfAborted();
  const told = (event: ProgressEvent): void => tell(run, event);
  const flipped = await flip({ tag: release.tag, root: graph.root, copies: endpoints.copies, before, now, tell: told });
  const { state, regions, skewMs } = flipped;
  await journal.conclude({ ...promotion, state, regions, ...(skewMs !== undefined && { skewMs }) });
  const result = state === 'done' ? 'promoted' : state;
  const refused = regions.find(({ error }) => error !== undefined);
  return ended(run, result, {
    ...how.known,
    regions,
    ...(skewMs !== undefined && { skewMs }),
    ...(refused && { why: `${refused.region}: ${refused.error}` }),
  });
}

/**
 * What each region serves, with the bytes to put it back.
 *
 * A run that died half way through moving the tag left regions that serve the new digest already: for them, what
 * they served before is what that run wrote down.
 */
export async function servedBefore({ release, endpoints, journal, signal }: Run, target: Digest): Promise<Before> {
  const [last] = await journal.promotions(release, 1);
  const halfway = last?.state === 'begun' || last?.state === 'split' ? last : undefined;
  return everywhere(endpoints.copies, async (copy, region) => {
    const serving = await copy.manifest(release.tag, signal);
    if (serving?.digest !== target || halfway?.digest !== target) return serving;
    const was = halfway.regions.find((one) => one.region === region)?.before;
    return was === undefined ? undefined : copy.manifest(was, signal);
  });
}
