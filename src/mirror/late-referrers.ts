import type { Digest } from '../core/digest.ts';
import type { Repository } from '../ports.ts';
import { each, everywhere } from './pool.ts';
import { COSIGN_ENDS, fallbackTag, listReferrers } from './referrers.ts';
import type { Endpoints } from './run.ts';

/** What a source says about one manifest: the referrers that are listed for it, and cosign's own tags. */
export interface Said {
  readonly subject: Digest;
  readonly listed: readonly Digest[];
  readonly tagged: ReadonlyMap<string, Digest>;
}

/** As many as ECR takes in one question; elsewhere as many as a host is given connections. */
export const LOOKS_AT_ONCE = 100;

/**
 * What is said about a release itself. Five requests to the source, four where it has no referrers API.
 *
 * Asked for by name, not looked for in the list of tags, so that it costs the same however many tags there are. What
 * is said about its platforms is left to the look behind the tag.
 */
export async function saidAbout(subject: Digest, source: Repository, signal?: AbortSignal): Promise<Said> {
  const tag = fallbackTag(subject);
  const [listed, tagged] = await Promise.all([
    listReferrers(source, subject, new Set([tag]), signal),
    each(COSIGN_ENDS, COSIGN_ENDS.length, async (end) => {
      const head = await source.head(`${tag}${end}`, signal);
      return head ? [[`${tag}${end}`, head.digest] as const] : [];
    }),
  ]);
  return { subject, listed: listed.map(({ digest }) => digest), tagged: new Map(tagged.flat()) };
}

/**
 * What a copy does not say of this. No request where nothing is said, else one for the list and one for each tag.
 *
 * A registry that lists whatever it has is only asked whether it has it, and ECR answers for all of it at once. That it
 * really lists it is proven by the look at everything, every hour.
 */
export async function unsaidIn(
  copy: Repository,
  { subject, listed, tagged }: Said,
  source: Repository,
  signal?: AbortSignal,
): Promise<Digest[]> {
  const [unlisted, untagged] = await Promise.all([
    copy.listsAll ? absentFrom(copy, listed, signal) : unlistedIn(copy, subject, listed, signal),
    each([...tagged], LOOKS_AT_ONCE, async ([tag, digest]) =>
      (await copy.head(tag, signal))?.digest === digest ? [] : [digest],
    ),
  ]);
  // Because lists are kept by clients and outlive what they list: what is gone from the source too is not missed.
  const gone = new Set(await absentFrom(source, unlisted, signal));
  return [...unlisted.filter((digest) => !gone.has(digest)), ...untagged.flat()];
}

/** Of these referrers, the ones that nobody would find who asks this repository about their subject. */
export async function unlistedIn(
  copy: Repository,
  subject: Digest,
  referrers: readonly Digest[],
  signal?: AbortSignal,
): Promise<Digest[]> {
  if (referrers.length === 0) return [];
  const api = await copy.referrers(subject, signal);
  const list = api ?? (await copy.manifest(fallbackTag(subject), signal))?.manifest.children ?? [];
  const listed = new Set(list.map(({ digest }) => digest));
  const unlisted = referrers.filter((digest) => !listed.has(digest));
  // Because an API lists only what names its subject; the rest is as good as it gets when it is there.
  return api ? absentFrom(copy, unlisted, signal) : unlisted;
}

async function absentFrom(from: Repository, digests: readonly Digest[], signal?: AbortSignal): Promise<Digest[]> {
  const looked = await each(digests, LOOKS_AT_ONCE, async (digest) =>
    (await from.head(digest, signal)) ? [] : [digest],
  );
  return looked.flat();
}

/** Whether the source says something about this release that some region does not say yet. */
export async function isLate(subject: Digest, { source, copies }: Endpoints, signal?: AbortSignal): Promise<boolean> {
  const said = await saidAbout(subject, source, signal);
  const unsaid = await everywhere(copies, (copy) => unsaidIn(copy, said, source, signal));
  return [...unsaid.values()].some((digests) => digests.length > 0);
}
