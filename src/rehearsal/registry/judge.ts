import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import { digestOfBytes, isIntact, type Content } from './content.ts';
import type { Repository, Store } from './store.ts';

/**
 * One sentence for everything that a reference reaches and that is not there, or not what its digest says.
 *
 * What is there is judged at the moment of asking, whatever arrives while the bytes are hashed.
 */
export async function missingBehind(store: Store, name: string, reference: string): Promise<string[]> {
  const repository = store.repositories.get(name);
  if (!repository) return [`there is no repository ${name}`];
  const digest = isDigest(reference) ? reference : repository.tags.get(reference);
  if (digest === undefined) return [`there is no tag ${reference}`];
  const reached: Reached = { seen: new Set(), wrong: [], contents: new Map() };
  reachManifest(repository, { digest }, reached);
  for (const [blob, content] of reached.contents)
    if (!(await isIntact(content, blob))) reached.wrong.push(`blob ${blob} has other bytes`);
  return reached.wrong;
}

interface Reached {
  readonly seen: Set<Digest>;
  readonly wrong: string[];
  readonly contents: Map<Digest, Content>;
}

function reachManifest(
  repository: Repository,
  { digest, size }: Pick<Descriptor, 'digest'> & Partial<Descriptor>,
  reached: Reached,
): void {
  if (reached.seen.has(digest)) return;
  reached.seen.add(digest);
  const stored = repository.manifests.get(digest);
  if (!stored) return void reached.wrong.push(`manifest ${digest} is missing`);
  const { bytes, manifest } = stored;
  if (digestOfBytes(bytes, algorithmOf(digest)) !== digest) reached.wrong.push(`manifest ${digest} has other bytes`);
  if (size !== undefined && size !== bytes.length) reached.wrong.push(`manifest ${digest} is not ${size} bytes long`);
  for (const child of manifest.children) reachManifest(repository, child, reached);
  for (const blob of manifest.blobs) reachBlob(repository, blob, reached);
}

function reachBlob(
  repository: Repository,
  { digest, size, urls }: Descriptor,
  { seen, wrong, contents }: Reached,
): void {
  if (seen.has(digest)) return;
  seen.add(digest);
  const content = repository.blobs.get(digest);
  if (!content) return void (urls || wrong.push(`blob ${digest} is missing`));
  if (content.size !== size) wrong.push(`blob ${digest} is ${content.size} bytes long, not ${size}`);
  else contents.set(digest, content);
}
