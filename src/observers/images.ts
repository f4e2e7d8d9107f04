import type { Digest } from '../core/digest.ts';
import type { Release } from '../core/estate.ts';
import { whyOf } from '../core/outside-error.ts';
import { holdOver } from '../core/promotion.ts';
import { saw, unseen, type CopySighting, type ImageSighting, type Missing, type Seen } from '../core/sighting.ts';
import { readGraph, type Graph } from '../mirror/graph.ts';
import { holderOf, type Endpoints } from '../mirror/mirror.ts';
import { each } from '../mirror/pool.ts';
import { readReferrers, referrerBlobs, subjectsOf, type Referrer } from '../mirror/referrers.ts';
import type { Journal, Repository } from '../ports.ts';

export interface Look {
  /** `tag`: one request to the source and one to each region. `content`: everything behind the tag as well. */
  readonly depth: 'tag' | 'content';
  readonly now: Date;
  readonly signal?: AbortSignal;
}

/** How one release stands at its source and in every region. A side that cannot be read is `unseen`, never thrown. */
export async function sightRelease(
  release: Release,
  endpoints: Endpoints,
  journal: Journal,
  { depth, now, signal }: Look,
): Promise<ImageSighting> {
  const key = { image: release.image.name, tag: release.tag };
  const [pin, holds] = await Promise.all([journal.pin(key), journal.holds(now)]);
  const [source, tags] = await Promise.all([
    tryTo(async () => (await endpoints.source.head(release.tag, signal))?.digest, signal),
    each([...endpoints.copies], endpoints.copies.size, async ([region, copy]) => ({
      region,
      copy,
      serves: await tryTo(async () => (await copy.head(release.tag, signal))?.digest, signal),
    })),
  ]);
  const wanted = pin?.digest ?? (source.seen ? source.value : undefined);
  const behind =
    depth === 'content' && wanted ? await tryTo(() => reach(wanted, release, endpoints, signal), signal) : undefined;
  const copies = await each(tags, tags.length, async ({ region, copy, serves }): Promise<CopySighting> => {
    if (!behind || !serves.seen || serves.value === undefined) return { region, serves };
    const missing = behind.seen ? await tryTo(() => missingFrom(copy, behind.value, signal), signal) : behind;
    return { region, serves, missing };
  });
  const hold = holdOver(release.image.name, holds, now);
  return { release, source, copies, ...(pin && { pin }), ...(hold && { hold }) };
}

interface Reach {
  readonly graph: Graph;
  readonly referrers: readonly Referrer[];
}

/** Everything that the wanted digest reaches. A pinned digest may be gone from the source; a region still has it. */
async function reach(digest: Digest, release: Release, endpoints: Endpoints, signal?: AbortSignal): Promise<Reach> {
  const run = { endpoints, ...(signal && { signal }) };
  const from = (await endpoints.source.head(digest, signal)) ? endpoints.source : await holderOf(run, digest);
  const graph = await readGraph(from, digest, release.image.platforms, signal);
  return { graph, referrers: await readReferrers(from, subjectsOf(graph), signal) };
}

const LOOKS_AT_ONCE = 6;

async function missingFrom(copy: Repository, { graph, referrers }: Reach, signal?: AbortSignal): Promise<Missing> {
  const gone = async (ref: string, digest: Digest): Promise<Digest[]> =>
    (await copy.head(ref, signal))?.digest === digest ? [] : [digest];
  const [manifests, theirs, lacking] = await Promise.all([
    each(graph.manifests, LOOKS_AT_ONCE, ({ digest }) => gone(digest, digest)),
    each(referrers, LOOKS_AT_ONCE, ({ root, tag }) => gone(tag ?? root.digest, root.digest)),
    copy.lacking([...graph.blobs, ...referrerBlobs(referrers)], signal),
  ]);
  const own = new Set(graph.blobs.map(({ digest }) => digest));
  const unsigned = referrers.filter(({ blobs }) => blobs.some(({ digest }) => lacking.has(digest) && !own.has(digest)));
  return {
    manifests: manifests.flat(),
    blobs: [...lacking].filter((digest) => own.has(digest)),
    referrers: [...new Set([...theirs.flat(), ...unsigned.map(({ root }) => root.digest)])],
  };
}

/** An answer, or why there is none. An abort is nobody's answer and goes on. */
async function tryTo<T>(read: () => Promise<T>, signal?: AbortSignal): Promise<Seen<T>> {
  try {
    return saw(await read());
  } catch (error) {
    signal?.throwIfAborted();
    return unseen(whyOf(error));
  }
}
