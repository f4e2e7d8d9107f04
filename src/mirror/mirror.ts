import type { Digest } from '../core/digest.ts';
import type { Amiss } from '../core/finding.ts';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { Outcome, Progress, ProgressEvent } from '../core/progress.ts';
import { historyTag, holdOver, type Copied, type Pin, type Promotion, type PromotedRegion } from '../core/promotion.ts';
import { between, plus, spoken } from '../core/time.ts';
import type { Claim, Journal, ReleaseKey, Repository } from '../ports.ts';
import { ClaimLost, holding, LEASE_MS } from './claim.ts';
import type { Graph } from './graph.ts';
import { bytesOf, lackingBytes, planFor, type Plan } from './plan.ts';
import { everywhere } from './pool.ts';
import { flip, stage, type Before } from './promote.ts';
import { transfer } from './transfer.ts';

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
  /** Look behind equal tags for missing content too, instead of trusting them. */
  readonly deep?: boolean;
  /** Write a history tag with each promotion. Off where foreign registries are named on the command line. */
  readonly history: boolean;
}

/** What a release should mean now, and what it means in each region. Four requests with three regions. */
export interface Standing {
  readonly source: Digest | undefined;
  readonly pin: Pin | undefined;
  readonly serves: ReadonlyMap<string, Digest | undefined>;
}

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
    if (wantedOf(standing) === undefined) return ended(run, 'absent', { why: noSuchTag(run) });
    if (!run.deep && isInStep(run, standing)) return inStep(run, standing);
    return claimed(run, (claim, signal) => bring({ ...run, signal }, standing, claim));
  });

/** What a release should mean: the pin's digest while somebody holds it there, else the source's. */
export const wantedOf = ({ pin, source }: Standing): Digest | undefined => pin?.digest ?? source;

export const noSuchTag = ({ endpoints, release }: Run): string => `${endpoints.source.name} has no tag ${release.tag}`;

export function inStep(run: Run, standing: Standing, known: Partial<Outcome> = {}): Outcome {
  const { pin, source } = standing;
  const digest = wantedOf(standing);
  const all = { ...known, ...(digest && { digest }) };
  return pin && pin.digest !== source
    ? ended(run, 'pinned', { ...all, why: pinnedWhy(pin) })
    : ended(run, 'in-sync', all);
}

const pinnedWhy = (pin: Pin): string => `pinned by ${pin.by} since ${spoken(pin.since)}: ${pin.why}`;

export async function standingOf({ endpoints, release, journal, signal }: Run): Promise<Standing> {
  const [source, serves, pin] = await Promise.all([
    endpoints.source.head(release.tag, signal),
    everywhere(endpoints.copies, async (copy) => (await copy.head(release.tag, signal))?.digest),
    journal.pin(release),
  ]);
  return { source: source?.digest, serves, pin };
}

/** Equal tags everywhere. With a platform filter tags are never equal, and only a plan can tell. */
export const isInStep = ({ platforms }: Pick<Run, 'platforms'>, { source, pin, serves }: Standing): boolean =>
  platforms === undefined && [...serves.values()].every((serving) => serving === (pin?.digest ?? source));

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

export const claimName = ({ image, tag }: ReleaseKey): string => `mirror ${image}:${tag}`;

/** Everything from the plan to the moved tag, under the release's claim. */
export async function bring(run: Run, standing: Standing, claim: () => Claim): Promise<Outcome> {
  const digest = wantedOf(standing);
  if (digest === undefined) return ended(run, 'absent', { why: noSuchTag(run) });
  const from = standing.pin ? await holderOf(run, digest) : run.endpoints.source;
  const held = standing.pin ? undefined : await stagedUnderHold(run, digest);
  if (held) return ended(run, 'held', { digest, why: held });

  await everywhere(run.endpoints.copies, (copy) => copy.ensure(run.signal));
  const plan = await planFor(digest, from, run.endpoints.copies, run.platforms, run.signal);
  const serving = [...standing.serves].filter(([, serves]) => serves === plan.digest).map(([region]) => region);
  if (!run.deep && serving.length === standing.serves.size) return inStep(run, standing, { digest: plan.digest });
  return settle(run, await carry(run, plan, from, new Set(serving)), standing, claim);
}

/** Under a hold everything is brought along once; looks after that need not do it again. */
async function stagedUnderHold(run: Run, digest: Digest): Promise<string | undefined> {
  const why = await heldWhy(run);
  if (why === undefined || !run.history || run.deep) return undefined;
  const staged = await everywhere(run.endpoints.copies, (copy) => copy.head(historyTag(digest), run.signal));
  return [...staged.values()].every((head) => head?.digest === digest) ? why : undefined;
}

async function heldWhy({ journal, release, now }: Run): Promise<string | undefined> {
  const hold = holdOver(release.image, await journal.holds(now()), now());
  return hold && `held until ${spoken(hold.until)} by ${hold.by}: ${hold.why}`;
}

/** Who still has a digest that the source's tag may no longer name: any region, or the source itself. */
export async function holderOf(
  { endpoints, signal }: Pick<Run, 'endpoints' | 'signal'>,
  digest: Digest,
): Promise<Repository> {
  for (const place of [...endpoints.copies.values(), endpoints.source]) {
    if (await place.head(digest, signal)) return place;
  }
  return endpoints.source;
}

export interface Carried {
  readonly plan: Plan;
  readonly copied: Copied;
  readonly amiss: readonly Amiss[];
}

/** Transfers and stages: afterwards every region could serve the digest, and no moving tag has moved. */
export async function carry(run: Run, plan: Plan, from: Repository, serving: ReadonlySet<string>): Promise<Carried> {
  const { endpoints, signal, now } = run;
  const { copies } = endpoints;
  const began = now();
  const say = (event: ProgressEvent): void => tell(run, event);
  say(planned(plan, copies));
  const moved = await transfer({ source: from, copies, wanted: plan.wanted, tell: say, ...(signal && { signal }) });
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

/** A region could not take the content. Its own class, so that the outcome can name the region. */
class RegionFailure extends Error {
  readonly region: string;

  constructor(region: string, cause: unknown) {
    super(`${region}: ${whyOf(cause)}`, { cause });
    this.name = 'RegionFailure';
    this.region = region;
  }
}

export const planned = (plan: Plan, copies: ReadonlyMap<string, Repository>): ProgressEvent => ({
  kind: 'planned',
  digest: plan.digest,
  blobs: plan.wanted.length,
  bytes: bytesOf(plan.wanted),
  lacking: lackingBytes(plan.wanted, copies.keys()),
});

/** Everything is in place: promote, unless somebody's word or a newer release stands in the way. */
export async function settle(run: Run, carried: Carried, standing: Standing, claim: () => Claim): Promise<Outcome> {
  const { plan, copied, amiss } = carried;
  const known = { digest: plan.digest, copied, amiss };
  if ([...standing.serves.values()].every((serving) => serving === plan.digest)) return inStep(run, standing, known);
  const forward = standing.pin === undefined;
  const [source, before] = await Promise.all([
    forward ? run.endpoints.source.head(run.release.tag, run.signal) : undefined,
    servedBefore(run, plan.digest),
  ]);
  if (forward && source?.digest !== standing.source)
    return ended(run, 'superseded', { ...known, why: `the source now means ${source?.digest ?? 'nothing'}` });
  return promote(run, plan.graph, before, { kind: forward ? 'forward' : 'rollback', claim, known });
}

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

const nameOf = ({ release }: Run): string => `${release.image}:${release.tag}`;

export function tell(run: Run, event: ProgressEvent): void {
  run.onProgress?.({ release: nameOf(run), ...event });
}
