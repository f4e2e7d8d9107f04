import { createHash } from 'node:crypto';
import { digest, hexOf, algorithmOf, isDigest, type Digest } from '../core/digest.ts';
import { isReferrerTag } from '../core/estate.ts';
import { parseManifest, type Descriptor } from '../core/manifest.ts';
import { OCI_INDEX } from '../core/media-types.ts';
import { sure } from '../core/parsed.ts';
import type { Repository, StoredManifest } from '../ports.ts';
import { blobsOf, graphBelow, type Graph } from './graph.ts';
import { each } from './pool.ts';
import type { Put } from './staging.ts';

/** A signature, an SBOM, an attestation: a manifest of its own that says something about another one. */
export interface Referrer extends Graph {
  readonly subject: Digest;
  /** How it is listed; absent where it is known by its tag alone. */
  readonly descriptor?: Descriptor;
  /** cosign's own tag (`sha256-….sig`), which is how cosign finds it again. */
  readonly tag?: string;
}

/** The tag under which clients keep the list of referrers for registries that keep none: `sha256-<hex>`. */
export const fallbackTag = (subject: Digest): string => `${algorithmOf(subject)}-${hexOf(subject)}`;

/** Referrers of referrers exist (a signature on an SBOM); more than this many steps away is nobody's intention. */
const MAX_STEPS = 3;
const READERS = 6;
/** More pages of tags than this cost more than asking for each tag that might exist. */
const MAX_PAGES = 20;
/** How cosign names the tags of its own, after the fallback tag: signatures, attestations, SBOMs. */
export const COSIGN_ENDS = ['.sig', '.att', '.sbom'];

/**
 * Everything that says something about these manifests: the referrers API, the fallback tag and cosign's tags, in union.
 *
 * All three are asked, because GHCR has no API (or answers an empty list) while the fallback tag holds the data, and
 * a signature that is lost on the way looks like tampering.
 */
export async function readReferrers(
  from: Repository,
  subjects: readonly Digest[],
  signal?: AbortSignal,
): Promise<Referrer[]> {
  // One question first: a registry without the API says so once, instead of once for every manifest.
  const last = subjects.at(-1);
  const [tags] = await Promise.all([
    referrerTags(from, subjects, signal),
    last === undefined ? undefined : from.referrers(last, signal),
  ]);
  const found = new Map<string, Referrer>();
  const asked = new Set<Digest>();
  let ask = [...subjects];
  for (let step = 0; step < MAX_STEPS && ask.length > 0; step += 1) {
    for (const subject of ask) asked.add(subject);
    const lists = await each(ask, READERS, (subject) => referrersOf(from, subject, tags, signal));
    for (const referrer of lists.flat()) found.set(`${referrer.root.digest} ${referrer.tag ?? ''}`, referrer);
    ask = lists
      .flat()
      .map(({ root }) => root.digest)
      .filter((root) => !asked.has(root));
  }
  return [...found.values()];
}

async function referrersOf(
  from: Repository,
  subject: Digest,
  tags: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Referrer[]> {
  const listed = await listReferrers(from, subject, tags, signal);
  const byDigest = await each(listed, READERS, async (descriptor) =>
    read(from, subject, descriptor.digest, { descriptor }, signal),
  );
  const own = [...tags].filter((tag) => tag.startsWith(`${fallbackTag(subject)}.`));
  const byTag = await each(own, READERS, async (tag) => read(from, subject, tag, { tag }, signal));
  return [...byDigest, ...byTag].flat();
}

/** What the API and the fallback tag list for a subject, each digest once. */
export async function listReferrers(
  from: Repository,
  subject: Digest,
  tags: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<Descriptor[]> {
  const tag = fallbackTag(subject);
  const [api, fallback] = await Promise.all([
    from.referrers(subject, signal),
    tags.has(tag) ? from.manifest(tag, signal) : undefined,
  ]);
  const all = [...(api ?? []), ...(fallback?.manifest.children ?? [])];
  return [...new Map(all.map((each_) => [each_.digest, each_])).values()];
}

/** A listed referrer that is gone is no referrer: lists are kept by clients and outlive what they list. */
async function read(
  from: Repository,
  subject: Digest,
  ref: string,
  known: Pick<Referrer, 'descriptor' | 'tag'>,
  signal?: AbortSignal,
): Promise<Referrer[]> {
  const root = await from.manifest(ref, signal);
  if (!root) return [];
  return [{ subject, ...known, ...(await graphBelow(from, root, signal)) }];
}

/** The referrer tags that a repository has: from its list of tags, or by name where that list is endless. */
async function referrerTags(
  from: Repository,
  subjects: readonly Digest[],
  signal?: AbortSignal,
): Promise<ReadonlySet<string>> {
  const tags: string[] = [];
  let pages = 0;
  for await (const page of from.tags(signal)) {
    tags.push(...page.filter(isReferrerTag));
    pages += 1;
    if (pages >= MAX_PAGES) return namedTags(from, subjects, signal);
  }
  return new Set(tags);
}

async function namedTags(from: Repository, subjects: readonly Digest[], signal?: AbortSignal): Promise<Set<string>> {
  const names = subjects.flatMap((subject) => ['', ...COSIGN_ENDS].map((end) => `${fallbackTag(subject)}${end}`));
  const there = await each(names, READERS, async (name) => ((await from.head(name, signal)) ? [name] : []));
  return new Set(there.flat());
}

/** A referrer that a registry did not take, or does not list. */
interface Refused {
  readonly referrer: Referrer;
  readonly why: unknown;
}

/**
 * Writes referrers to one copy, blobs being there already. What the registry keeps no list of, it gets a fallback tag for.
 *
 * Returns the ones it refused, with the reason; a refusal never stops an image.
 */
export async function putReferrers(
  to: Repository,
  referrers: readonly Referrer[],
  put: Put,
  signal?: AbortSignal,
): Promise<Refused[]> {
  const refused: Refused[] = [];
  const unlisted: Referrer[] = [];
  for (const referrer of referrers) {
    try {
      if (!(await putOne(referrer, put))) unlisted.push(referrer);
    } catch (error) {
      signal?.throwIfAborted();
      refused.push({ referrer, why: error });
    }
  }
  return [...refused, ...(await keepFallback(to, unlisted, signal))];
}

/** Whether it can be found: by cosign's own tag, or because the registry said that it lists it. */
async function putOne({ manifests, root, subject, tag }: Referrer, put: Put): Promise<boolean> {
  let noted: Digest | undefined;
  for (const manifest of manifests) noted = await put(manifest.digest, manifest);
  if (tag === undefined) return noted === subject;
  await put(tag, root);
  return true;
}

/** Lists referrers as the specification tells a client to, where the registry does not. Returns what could not be listed. */
async function keepFallback(to: Repository, referrers: readonly Referrer[], signal?: AbortSignal): Promise<Refused[]> {
  const refused: Refused[] = [];
  for (const [subject, theirs] of Map.groupBy(referrers, (referrer) => referrer.subject)) {
    try {
      await listUnderTag(to, subject, theirs, signal);
    } catch (error) {
      signal?.throwIfAborted();
      refused.push(...theirs.map((referrer) => ({ referrer, why: error })));
    }
  }
  return refused;
}

async function listUnderTag(
  to: Repository,
  subject: Digest,
  theirs: readonly Referrer[],
  signal?: AbortSignal,
): Promise<void> {
  const api = await to.referrers(subject, signal);
  // Because an API lists only what names its subject; the rest is as good as it gets when it is there.
  const wanting = theirs.filter(({ root }) => !api || (root.manifest.subject && !isAmong(api, root)));
  if (wanting.length === 0) return;
  const there = await to.manifest(fallbackTag(subject), signal);
  const listed = there?.manifest.children ?? [];
  const more = wanting.filter(({ root }) => !isAmong(listed, root));
  if (more.length > 0) await to.putManifest(fallbackTag(subject), fallbackIndex(there, more.map(entryOf)), signal);
}

const isAmong = (list: readonly Descriptor[], { digest: name }: StoredManifest): boolean =>
  list.some((entry) => entry.digest === name);

const entryOf = ({ descriptor, root }: Referrer): Descriptor =>
  descriptor ?? { mediaType: root.mediaType, digest: root.digest, size: root.size };

/** The list that stands under a fallback tag, with what others have written into it kept as it was. */
function fallbackIndex(there: StoredManifest | undefined, more: readonly Descriptor[]): StoredManifest {
  const listed = there ? (JSON.parse(Buffer.from(there.bytes).toString()) as { manifests: unknown[] }).manifests : [];
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [...listed, ...more] });
  const bytes = Buffer.from(text);
  const name = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  return { digest: digest(name), mediaType: OCI_INDEX, size: bytes.length, bytes, manifest: sure(parseManifest(text)) };
}

/** What an image's referrers may speak of: the image itself and everything that it lists. */
export const subjectsOf = ({ manifests }: Graph): Digest[] => manifests.map((manifest) => manifest.digest);

export const referrerBlobs = (referrers: readonly Referrer[]): Descriptor[] =>
  blobsOf(referrers.flatMap(({ manifests }) => manifests)).filter(({ digest: name }) => isDigest(name));
