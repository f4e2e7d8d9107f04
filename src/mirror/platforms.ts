import { createHash } from 'node:crypto';
import { digest } from '../core/digest.ts';
import { isIndex, parseManifest, spellPlatform, type Descriptor } from '../core/manifest.ts';
import { sure } from '../core/parsed.ts';
import type { StoredManifest } from '../ports.ts';

const DESCRIBES = 'vnd.docker.reference.digest';

/**
 * The index with only the wanted platforms in it, and the attestations that describe them.
 *
 * It is another text and so has another digest: a filtered copy can never be proved equal to its source by the
 * index digest alone. A manifest that is not an index is left as it is.
 */
export function onlyPlatforms(index: StoredManifest, wanted: readonly string[]): StoredManifest {
  if (!isIndex(index.manifest)) return index;
  const kept = new Set(index.manifest.children.filter((child) => isWanted(child, wanted)).map((child) => child.digest));
  const describes = (child: Descriptor): boolean => [...kept].some((each) => child.annotations?.[DESCRIBES] === each);
  const stays = new Set([...kept, ...index.manifest.children.filter(describes).map((child) => child.digest)]);
  if (stays.size === index.manifest.children.length) return index;

  const json = JSON.parse(Buffer.from(index.bytes).toString()) as { manifests: { digest: string }[] };
  const text = JSON.stringify({
    ...json,
    manifests: json.manifests.filter((entry) => stays.has(digest(entry.digest))),
  });
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
function isWanted({ platform }: Descriptor, wanted: readonly string[]): boolean {
  if (!platform) return false;
  const spelled = spellPlatform(platform);
  return wanted.some((want) => spelled === want || spelled.startsWith(`${want}/`));
}
