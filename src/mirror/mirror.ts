import type { Digest } from '../core/digest.ts';
import type { Amiss } from '../core/finding.ts';
import type { Outcome, ProgressEvent } from '../core/progress.ts';
import { historyTag, type Copied } from '../core/promotion.ts';
import { between } from '../core/time.ts';
import type { Claim, Repository } from '../ports.ts';
import { claimed } from './claim.ts';
import { heldWhy } from './held.ts';
import { isLate } from './late-referrers.ts';
import { bytesOf, lackingBytes, planFor, type Plan } from './plan.ts';
import { everywhere } from './pool.ts';
import { promote, takeStock } from './promote.ts';
import { ended, guarded, nameOf, RegionFailure, tell, type Run } from './run.ts';
import { stage } from './staging.ts';
import { inStep, isInStep, noSuchTag, originOf, standingOf, type Standing } from './standing.ts';
import { noneCopied, together } from './tally.ts';
import { transfer } from './transfer.ts';

/** A source that moves on while we copy is followed so many times; after that it is the next look's business. */
const CHASES = 3;

/**
 * Brings one release to every region: plan, transfer, promote.
 *
 * Never throws for what the world does: the outcome says. Throws when it is aborted, or when we are wrong.
 */
export async function mirror(run: Run): Promise<Outcome> {
  let outcome = await once(run);
  for (let chase = 1; chase < CHASES && outcome.result === 'superseded'; chase += 1) outcome = await once(run);
  tell(run, { kind: 'finished', outcome });
  return outcome;
}

const once = (run: Run): Promise<Outcome> =>
  guarded(run, async () => {
    const standing = await standingOf(run);
    if (standing.wanted === undefined) return noSuchTag(run);
    if (isInStep(standing) && !(await isWorthALook(run, standing.wanted))) return inStep(run, standing);
    return claimed(run, (claim, signal) => bring({ ...run, signal }, standing, claim));
  });

/** Whether something may be missing behind tags that are equal, as far as this run cares. */
const isWorthALook = async ({ depth, endpoints, signal }: Run, wanted: Digest): Promise<boolean> =>
  depth === 'content' || (depth === 'referrers' && (await isLate(wanted, endpoints, signal)));

/** Everything from the plan to the moved tag, under the release's claim. `moved`: what was brought along before. */
export async function bring(
  run: Run,
  standing: Standing,
  claim: () => Claim,
  moved: Copied = noneCopied,
): Promise<Outcome> {
  const origin = await originOf(run, standing);
  const { wanted } = standing;
  if (origin === undefined || wanted === undefined) return noSuchTag(run);
  const held = standing.pin ? undefined : await stagedUnderHold(run, wanted);
  if (held !== undefined) return ended(run, 'held', { digest: wanted, why: held });

  await everywhere(run.endpoints.copies, (copy) => copy.ensure(run.signal));
  const plan = await planFor(origin, run.endpoints.copies, run.signal);
  const serving = [...standing.serves].filter(([, serves]) => serves === plan.digest).map(([region]) => region);
  const carried = await carry(run, plan, origin.from, new Set(serving));
  return settle(run, { ...carried, copied: together([moved, carried.copied]) }, standing, claim);
}

/** Under a hold everything is brought along once; looks after that need not do it again. */
async function stagedUnderHold(run: Run, digest: Digest): Promise<string | undefined> {
  const why = await heldWhy(run);
  if (why === undefined || !run.history || run.depth === 'content') return undefined;
  const staged = await everywhere(run.endpoints.copies, (copy) => copy.head(historyTag(digest), run.signal));
  return [...staged.values()].every((head) => head?.digest === digest) ? why : undefined;
}

interface Carried {
  readonly plan: Plan;
  readonly copied: Copied;
  readonly amiss: readonly Amiss[];
}

/** Transfers and stages: afterwards every region could serve the digest, and no moving tag has moved. */
async function carry(run: Run, plan: Plan, from: Repository, serving: ReadonlySet<string>): Promise<Carried> {
  const { endpoints, signal, now, waits } = run;
  const { copies } = endpoints;
  const began = now();
  const say = (event: ProgressEvent): void => tell(run, event);
  say(planned(plan, copies));
  const how = { tell: say, ...(signal && { signal }), ...(waits && { waits }) };
  const moved = await transfer({ source: from, copies, wanted: plan.wanted, ...how });
  const [failed] = moved.failed;
  if (failed) throw new RegionFailure(failed[0], failed[1]);
  const refused = await stage({ plan, copies, serving, history: run.history, tell: say, ...(signal && { signal }) });
  const { blobs, bytesRead, bytesWritten, healed } = moved;
  return {
    plan,
    amiss: [...refused, ...[...moved.slow].map((region) => slowness(run, region))],
    copied: { blobs, bytesRead, bytesWritten, healed, tookMs: between(began, now()) },
  };
}

const slowness = (run: Run, region: string): Amiss => ({
  subject: `${nameOf(run)} in ${region}`,
  status: 'warn',
  evidence: { want: 'takes content as fast as the other regions', have: 'fell behind and was filled from a sibling' },
  remedy: { by: 'person', ask: `Nothing, unless it stays so: then look at the registry in ${region}.` },
});

const planned = (plan: Plan, copies: ReadonlyMap<string, Repository>): ProgressEvent => ({
  kind: 'planned',
  digest: plan.digest,
  blobs: plan.wanted.length,
  bytes: bytesOf(plan.wanted),
  lacking: lackingBytes(plan.wanted, copies.keys()),
});

/** Everything is in place: promote, unless somebody's word or a newer release stands in the way. */
async function settle(run: Run, carried: Carried, standing: Standing, claim: () => Claim): Promise<Outcome> {
  const { plan, copied, amiss } = carried;
  const known = { digest: plan.digest, copied, amiss };
  const forward = standing.pin === undefined;
  const [source, before] = await Promise.all([
    forward ? run.endpoints.source.head(run.release.tag, run.signal) : undefined,
    takeStock(run, plan.digest),
  ]);
  if (forward && source?.digest !== standing.source)
    return ended(run, 'superseded', { ...known, why: `the source now means ${source?.digest ?? 'nothing'}` });
  if ([...before.values()].every((was) => was?.digest === plan.digest)) return inStep(run, standing, known);
  return promote(run, plan.graph, before, { kind: forward ? 'forward' : 'rollback', claim, known });
}
