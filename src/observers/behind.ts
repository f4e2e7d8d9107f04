import type { Digest } from '../core/digest.ts';
import { whyOf } from '../core/outside-error.ts';
import { historyTag } from '../core/promotion.ts';
import { saw, unseen, type CopySighting, type Depth, type Missing, type Seen } from '../core/sighting.ts';
import { readGraph, type Graph } from '../mirror/graph.ts';
import { LOOKS_AT_ONCE, saidAbout, unlistedIn, unsaidIn, type Said } from '../mirror/late-referrers.ts';
import { undistributed } from '../mirror/plan.ts';
import { each } from '../mirror/pool.ts';
import { readReferrers, referrerBlobs, subjectsOf, type Referrer } from '../mirror/referrers.ts';
import type { Endpoints } from '../mirror/run.ts';
import { holderOf } from '../mirror/standing.ts';
import type { Repository } from '../ports.ts';

/** What every region should serve, and what it is made of at its origin. */
export interface Aim {
  readonly wanted: Digest;
  readonly origin: Digest;
  readonly platforms?: readonly string[];
}

/** What is looked for in every copy. */
interface Search {
  readonly tag: string;
  /** Left out where nobody knows what the copies should serve. */
  readonly aim: Aim | undefined;
  readonly isHeld: boolean;
}

type SightCopy = (copy: Repository) => Promise<Pick<CopySighting, 'serves' | 'missing'>>;

/** How copies stand: what their tag means, and what is missing behind it, as far down as somebody wants to look. */
export function copySights(
  { tag, aim, isHeld }: Search,
  endpoints: Endpoints,
  depth: Depth,
  signal?: AbortSignal,
): SightCopy {
  const serving = (copy: Repository): Promise<CopySighting['serves']> =>
    tryTo(async () => (await copy.head(tag, signal))?.digest, signal);
  if (!aim) return async (copy) => ({ serves: await serving(copy) });
  const { wanted } = aim;
  const gaps = gapsBehind(aim, endpoints, depth, signal);
  // Under a hold copies are most often behind, and then the history tag tells enough.
  const goesDown = depth === 'content' || !isHeld;
  return async (copy) => {
    if (goesDown) await gaps.known();
    // Begun together, so that where a registry takes many questions in one they are one.
    const [serves, below] = await Promise.all([serving(copy), goesDown ? gaps.in(copy) : undefined]);
    if (!serves.seen) return { serves };
    const waits = isHeld && serves.value !== wanted;
    if (depth !== 'content' && waits)
      return { serves, missing: await tryTo(() => unstaged(copy, wanted, signal), signal) };
    const isWorthIt = depth === 'content' ? serves.value !== undefined || waits : serves.value === wanted;
    const missing = isWorthIt ? (below ?? (await gaps.in(copy))) : undefined;
    return { serves, ...(missing && { missing }) };
  };
}

interface Gaps {
  /** Resolves when all is known that copies are measured against, so that a measure begins with the copy itself. */
  known(): Promise<unknown>;
  /** What a copy has not got; nothing where only tags are looked at. */
  in(copy: Repository): Promise<Seen<Missing> | undefined>;
}

function gapsBehind(aim: Aim, endpoints: Endpoints, depth: Depth, signal?: AbortSignal): Gaps {
  if (depth === 'tag') return { known: async () => undefined, in: async () => undefined };
  if (depth === 'content') {
    const all = once(() => reach(aim, endpoints, signal), signal);
    return { known: all, in: (copy) => from(all, (reached) => missingFrom(copy, reached, signal), signal) };
  }
  const { source } = endpoints;
  const said = once(() => saidAbout(aim.wanted, source, signal), signal);
  const unsaid = async (copy: Repository, about: Said): Promise<Missing> => ({
    referrers: await unsaidIn(copy, about, source, signal),
  });
  return { known: said, in: (copy) => from(said, (about) => unsaid(copy, about), signal) };
}

/** Looks when it is asked for the first time, and then no more: every copy is measured against the same. */
function once<T>(look: () => Promise<T>, signal?: AbortSignal): () => Promise<Seen<T>> {
  let looked: Promise<Seen<T>> | undefined;
  return () => (looked ??= tryTo(look, signal));
}

async function from<T, R>(
  look: () => Promise<Seen<T>>,
  measure: (looked: T) => Promise<R>,
  signal?: AbortSignal,
): Promise<Seen<R>> {
  const looked = await look();
  return looked.seen ? tryTo(() => measure(looked.value), signal) : looked;
}

/**
 * What a quick look knows of content that waits for a hold to end. The history tag is written last, so where it stands
 * everything does; without it a release would travel only when the hold is over.
 */
async function unstaged(copy: Repository, wanted: Digest, signal?: AbortSignal): Promise<Missing> {
  const head = await copy.head(historyTag(wanted), signal);
  return { manifests: head?.digest === wanted ? [] : [wanted], blobs: [], referrers: [] };
}

interface Reach {
  readonly graph: Graph;
  readonly referrers: readonly Referrer[];
}

/**
 * Everything that the wanted digest reaches and that regions must have. A pinned digest may be gone from the source; a
 * region still has it.
 */
async function reach({ origin, platforms }: Aim, endpoints: Endpoints, signal?: AbortSignal): Promise<Reach> {
  const run = { endpoints, ...(signal && { signal }) };
  const from = (await endpoints.source.head(origin, signal)) ? endpoints.source : await holderOf(run, origin);
  const graph = await readGraph(from, origin, platforms, signal);
  const [referrers, elsewhere] = await Promise.all([
    readReferrers(from, subjectsOf(graph), signal),
    undistributed(graph.blobs, from, signal),
  ]);
  return { graph: { ...graph, blobs: graph.blobs.filter(({ digest }) => !elsewhere.has(digest)) }, referrers };
}

async function missingFrom(copy: Repository, { graph, referrers }: Reach, signal?: AbortSignal): Promise<Missing> {
  const gone = async (ref: string, digest: Digest): Promise<Digest[]> =>
    (await copy.head(ref, signal))?.digest === digest ? [] : [digest];
  const [manifests, theirs, unlisted, lacking] = await Promise.all([
    each(graph.manifests, LOOKS_AT_ONCE, ({ digest }) => gone(digest, digest)),
    each(referrers, LOOKS_AT_ONCE, ({ root, tag }) => gone(tag ?? root.digest, root.digest)),
    each([...listedBySubject(referrers)], LOOKS_AT_ONCE, ([subject, listed]) =>
      unlistedIn(copy, subject, listed, signal),
    ),
    copy.lacking([...graph.blobs, ...referrerBlobs(referrers)], signal),
  ]);
  const own = new Set(graph.blobs.map(({ digest }) => digest));
  const unsigned = referrers.filter(({ blobs }) => blobs.some(({ digest }) => lacking.has(digest) && !own.has(digest)));
  return {
    manifests: manifests.flat(),
    blobs: [...lacking].filter((digest) => own.has(digest)),
    referrers: [...new Set([...theirs.flat(), ...unlisted.flat(), ...unsigned.map(({ root }) => root.digest)])],
  };
}

const listedBySubject = (referrers: readonly Referrer[]): Map<Digest, Digest[]> => {
  const listed = Map.groupBy(
    referrers.filter(({ tag }) => tag === undefined),
    ({ subject }) => subject,
  );
  return new Map([...listed].map(([subject, theirs]) => [subject, theirs.map(({ root }) => root.digest)]));
};

/** An answer, or why there is none. An abort is nobody's answer and goes on. */
export async function tryTo<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<Seen<T>> {
  try {
    return saw(await read());
  } catch (error) {
    signal?.throwIfAborted();
    return unseen(whyOf(error));
  }
}
