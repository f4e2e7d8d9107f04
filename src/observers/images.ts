import type { Digest } from '../core/digest.ts';
import type { Release } from '../core/estate.ts';
import { whyOf } from '../core/outside-error.ts';
import { historyTag, holdOver, type Pin } from '../core/promotion.ts';
import { saw, unseen, type CopySighting, type ImageSighting, type Missing, type Seen } from '../core/sighting.ts';
import { readGraph, type Graph } from '../mirror/graph.ts';
import type { Endpoints } from '../mirror/run.ts';
import { holderOf, offerOf, type Offer } from '../mirror/standing.ts';
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
  const { image, tag } = release;
  const [pin, holds] = await Promise.all([journal.pin({ image: image.name, tag }), journal.holds(now)]);
  const [offer, tags] = await Promise.all([
    tryTo(() => offerOf(endpoints.source, tag, image.platforms, signal), signal),
    each([...endpoints.copies], endpoints.copies.size, async ([region, copy]) => ({
      region,
      copy,
      serves: await tryTo(async () => (await copy.head(tag, signal))?.digest, signal),
    })),
  ]);
  const source = offer.seen ? saw(offer.value?.digest) : offer;
  const hold = holdOver(image.name, holds, now);
  const waiting = hold && !pin && source.seen ? source.value : undefined;
  const origin = depth === 'content' ? originOf(release, offer, pin) : undefined;
  const behind = origin && (await tryTo(() => reach(origin, endpoints, signal), signal));
  const copies = await each(tags, tags.length, async ({ region, copy, serves }): Promise<CopySighting> => {
    const next = serves.seen && serves.value !== waiting ? waiting : undefined;
    if (!serves.seen || (serves.value === undefined && !next)) return { region, serves };
    if (behind) {
      const missing = behind.seen ? await tryTo(() => missingFrom(copy, behind.value, signal), signal) : behind;
      return { region, serves, missing };
    }
    return next
      ? { region, serves, missing: await tryTo(() => unstaged(copy, next, signal), signal) }
      : { region, serves };
  });
  return { release, source, copies, ...(pin && { pin }), ...(hold && { hold }) };
}

/**
 * What a quick look knows of content that waits for a hold to end. The history tag is written last, so where it stands
 * everything does; without it a release would travel only when the hold is over.
 */
async function unstaged(copy: Repository, wanted: Digest, signal?: AbortSignal): Promise<Missing> {
  const head = await copy.head(historyTag(wanted), signal);
  return { manifests: head?.digest === wanted ? [] : [wanted], blobs: [], referrers: [] };
}

/** What the regions should have all of: a pinned digest as it is, or what the source has for the wanted platforms. */
function originOf({ image }: Release, offer: Seen<Offer | undefined>, pin: Pin | undefined): Wanted | undefined {
  if (pin) return { digest: pin.digest };
  if (!offer.seen || !offer.value) return undefined;
  return { digest: offer.value.source, ...(image.platforms && { platforms: image.platforms }) };
}

interface Wanted {
  readonly digest: Digest;
  readonly platforms?: readonly string[];
}

interface Reach {
  readonly graph: Graph;
  readonly referrers: readonly Referrer[];
}

/** Everything that the wanted digest reaches. A pinned digest may be gone from the source; a region still has it. */
async function reach({ digest, platforms }: Wanted, endpoints: Endpoints, signal?: AbortSignal): Promise<Reach> {
  const run = { endpoints, ...(signal && { signal }) };
  const from = (await endpoints.source.head(digest, signal)) ? endpoints.source : await holderOf(run, digest);
  const graph = await readGraph(from, digest, platforms, signal);
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
