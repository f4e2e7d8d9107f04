import type { Digest } from '../core/digest.ts';
import { whyOf } from '../core/outside-error.ts';
import { historyTag } from '../core/promotion.ts';
import { saw, unseen, type Depth, type Missing, type Seen } from '../core/sighting.ts';
import { readGraph, type Graph } from '../mirror/graph.ts';
import { saidAbout, unlistedIn, unsaidIn, type Said } from '../mirror/late-referrers.ts';
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

/** Looks behind a copy's tag; nothing where there is nothing to look behind. */
type GapIn = (copy: Repository, serves: Digest | undefined) => Promise<Seen<Missing> | undefined>;

/** What copies have not got of what they should serve, as far down as somebody wants to look. */
export function gapsBehind(
  aim: Aim & { readonly isHeld: boolean },
  endpoints: Endpoints,
  depth: Depth,
  signal?: AbortSignal,
): GapIn {
  const { wanted, isHeld } = aim;
  const { source } = endpoints;
  const all = once(() => reach(aim, endpoints, signal), signal);
  const said = once(() => saidAbout(wanted, source, signal), signal);
  return async (copy, serves) => {
    const waits = isHeld && serves !== wanted;
    if (depth === 'content')
      return serves !== undefined || waits
        ? from(all, (reached) => missingFrom(copy, reached, signal), signal)
        : undefined;
    if (waits) return tryTo(() => unstaged(copy, wanted, signal), signal);
    if (depth === 'tag' || serves !== wanted) return undefined;
    return from(said, async (about: Said) => ({ referrers: await unsaidIn(copy, about, source, signal) }), signal);
  };
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

const LOOKS_AT_ONCE = 6;

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
