import type { Digest } from '../core/digest.ts';
import type { Amiss } from '../core/finding.ts';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { Outcome, ProgressEvent } from '../core/progress.ts';
import type { Promotion, PromotedRegion } from '../core/promotion.ts';
import type { Claim } from '../ports.ts';
import { flip, type Before } from './flip.ts';
import type { Graph } from './graph.ts';
import { heldWhy } from './held.ts';
import { everywhere } from './pool.ts';
import { ended, nameOf, tell, type Run } from './run.ts';

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
  const unwritten = await conclude(run, { ...promotion, state, regions, ...(skewMs !== undefined && { skewMs }) });
  const result = state === 'done' ? 'promoted' : state;
  const refused = regions.find(({ error }) => error !== undefined);
  return ended(run, result, {
    ...how.known,
    amiss: [...(how.known.amiss ?? []), ...unwritten],
    regions,
    ...(skewMs !== undefined && { skewMs }),
    ...(refused && { why: `${refused.region}: ${refused.error}` }),
  });
}

/**
 * Writes down how it ended. The tags have moved by then, or gone back: a journal that cannot be reached is told to
 * people beside that, never instead of it.
 */
async function conclude(run: Run, promotion: Promotion): Promise<Amiss[]> {
  try {
    await run.journal.conclude(promotion);
    return [];
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return [
      {
        subject: `${nameOf(run)} in the journal`,
        status: 'warn',
        evidence: { want: `that it ended as ${promotion.state} is written down`, have: whyOf(error) },
        remedy: { by: 'person', ask: 'Nothing: the next run sees what the regions serve, and writes it down.' },
      },
    ];
  }
}

/**
 * What each region serves, with the bytes to put it back.
 *
 * A run that died half way through moving the tag left regions that serve the new digest already: for them, what
 * they served before is what that run wrote down. How its promotion ended is written down now, on its behalf.
 */
export async function takeStock(run: Run, target: Digest): Promise<Before> {
  const { release, endpoints, journal, signal } = run;
  const [[last], serving] = await Promise.all([
    journal.promotions(release, 1),
    everywhere(endpoints.copies, (copy) => copy.manifest(release.tag, signal)),
  ]);
  const known = last?.state === 'begun' ? await concludeFor(last, serving, run) : last;
  if (known?.state !== 'split' || known.digest !== target) return serving;
  return everywhere(endpoints.copies, async (copy, region) => {
    const serves = serving.get(region);
    const was = known.regions.find((one) => one.region === region)?.before;
    if (serves?.digest !== target) return serves;
    return was === undefined ? undefined : copy.manifest(was, signal);
  });
}

/** Under the release's claim, a promotion that is still begun is a dead run's: what the regions serve says how it ended. */
async function concludeFor(begun: Promotion, serving: Before, { journal }: Run): Promise<Promotion> {
  const there = [...serving.values()].filter((manifest) => manifest?.digest === begun.digest).length;
  const state = there === serving.size ? 'done' : there === 0 ? 'undone' : 'split';
  const concluded: Promotion = { ...begun, state };
  await journal.conclude(concluded);
  return concluded;
}
