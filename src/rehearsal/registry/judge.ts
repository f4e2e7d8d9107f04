import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import { digestOfBytes, isIntact } from './content.ts';
import type { Repository, Store } from './store.ts';

/** One sentence for everything that a reference reaches and that is not there, or not what its digest says. */
export async function missingBehind(store: Store, name: string, reference: string): Promise<string[]> {
  const repository = store.repositories.get(name);
  if (!repository) return [`there is no repository ${name}`];
  const digest = isDigest(reference) ? reference : repository.tags.get(reference);
  if (digest === undefined) return [`there is no tag ${reference}`];
  return wrongWithManifest(repository, digest, undefined, new Set());
}

async function wrongWithManifest(
  repository: Repository,
  digest: Digest,
  size: number | undefined,
  seen: Set<Digest>,
): Promise<string[]> {
  if (seen.has(digest)) return [];
  seen.add(digest);
  const stored = repository.manifests.get(digest);
  if (!stored) return [`manifest ${digest} is missing`];
  const wrong: string[] = [];
  if (digestOfBytes(stored.bytes, algorithmOf(digest)) !== digest) wrong.push(`manifest ${digest} has other bytes`);
  if (size !== undefined && size !== stored.bytes.length) wrong.push(`manifest ${digest} is not ${size} bytes long`);
  const { children, blobs } = stored.manifest;
  for (const child of children) wrong.push(...(await wrongWithManifest(repository, child.digest, child.size, seen)));
  for (const blob of blobs) wrong.push(...(await wrongWithBlob(repository, blob, seen)));
  return wrong;
}

async function wrongWithBlob(repository: Repository, blob: Descriptor, seen: Set<Digest>): Promise<string[]> {
  if (seen.has(blob.digest)) return [];
  seen.add(blob.digest);
  const content = repository.blobs.get(blob.digest);
  if (!content) return blob.urls ? [] : [`blob ${blob.digest} is missing`];
  if (content.size !== blob.size) return [`blob ${blob.digest} is ${content.size} bytes long, not ${blob.size}`];
  return (await isIntact(content, blob.digest)) ? [] : [`blob ${blob.digest} has other bytes`];
}
