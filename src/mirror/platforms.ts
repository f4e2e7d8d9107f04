import { createHash } from 'node:crypto';
import { digest } from '../core/digest.ts';
import { isAttestation, isIndex, parseManifest, spellPlatform, type Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import { sure } from '../core/parsed.ts';
import type { StoredManifest } from '../ports.ts';

const DESCRIBES = 'vnd.docker.reference.digest';

/**
 * The index with only the wanted platforms in it, and the attestations that describe them.
 *
 * It is another text and so has another digest: a filtered copy can never be proved equal to its source by the
 * source's digest alone. A manifest that is not an index is left as it is. An index that is not made for one of the
 * platforms is refused, or a region would be left with less than was asked for, or with an index of nothing.
 */
export function onlyPlatforms(index: StoredManifest, wanted: readonly string[], source: string): StoredManifest {
  if (!isIndex(index.manifest)) return index;
  const { children } = index.manifest;
  const unmet = unmetBy(children, wanted);
  if (unmet.length > 0) throw notMadeFor(unmet, children, source);

  const kept = new Set(children.filter((child) => isOneOf(child, wanted)).map((child) => child.digest));
  const describes = (child: Descriptor): boolean => [...kept].some((each) => child.annotations?.[DESCRIBES] === each);
  const stays = new Set([...kept, ...children.filter(describes).map((child) => child.digest)]);
  return stays.size === children.length ? index : without(index, (name) => !stays.has(digest(name)));
}

/** The wanted platforms that none of these manifests is made for. */
const unmetBy = (children: readonly Descriptor[], wanted: readonly string[]): string[] =>
  wanted.filter((want) => !children.some((child) => isOneOf(child, [want])));

/** What an index is made for, as docker spells it; attestations are made for nothing. */
const madeFor = (children: readonly Descriptor[]): string[] =>
  children.flatMap((child) => (child.platform && !isAttestation(child) ? [spellPlatform(child.platform)] : []));

function notMadeFor(unmet: readonly string[], children: readonly Descriptor[], source: string): OutsideError {
  const made = madeFor(children);
  return new OutsideError({
    service: source,
    operation: `choose ${unmet.join(', ')}`,
    trouble: 'absent',
    detail: made.length > 0 ? `it is made for ${made.join(', ')}` : 'its index names no platforms',
  });
}

function without(index: StoredManifest, goes: (digest: string) => boolean): StoredManifest {
  const json = JSON.parse(Buffer.from(index.bytes).toString()) as { manifests: { digest: string }[] };
  const text = JSON.stringify({ ...json, manifests: json.manifests.filter((entry) => !goes(entry.digest)) });
  const bytes = Buffer.from(text);
  return {
    digest: digest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`),
    mediaType: index.mediaType,
    size: bytes.length,
    bytes,
    manifest: sure(parseManifest(text, index.mediaType)),
  };
}

/** `linux/arm64` wants every variant of it; `linux/arm/v7` only that one. */
function isOneOf({ platform }: Descriptor, wanted: readonly string[]): boolean {
  if (!platform) return false;
  const spelled = spellPlatform(platform);
  return wanted.some((want) => spelled === want || spelled.startsWith(`${want}/`));
}
