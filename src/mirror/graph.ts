import type { Digest } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Repository, StoredManifest } from '../ports.ts';
import { onlyPlatforms } from './platforms.ts';
import { each } from './pool.ts';

/** Everything that a manifest reaches. */
export interface Graph {
  readonly root: StoredManifest;
  /** Each once, children before the manifests that list them; the root is the last. */
  readonly manifests: readonly StoredManifest[];
  /** Configs and layers, each once. */
  readonly blobs: readonly Descriptor[];
}

const MAX_DEPTH = 6;
const READERS = 8;

/** Reads a manifest and everything below it. Throws when the repository lists what it has not got. */
export async function readGraph(
  from: Repository,
  ref: string,
  platforms: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<Graph> {
  const found = await from.manifest(ref, signal);
  if (!found) throw absent(from, ref);
  return graphBelow(from, platforms ? onlyPlatforms(found, platforms, from.name) : found, signal);
}

/** Level by level, so that a whole generation is read at once and ten platforms cost one round trip, not ten. */
export async function graphBelow(from: Repository, root: StoredManifest, signal?: AbortSignal): Promise<Graph> {
  const known = new Map<Digest, StoredManifest>([[root.digest, root]]);
  let level = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) throw new Error(`${from.name}: indexes nested deeper than ${MAX_DEPTH}`);
    const listed = level.flatMap(({ manifest }) => manifest.children).filter((child) => !known.has(child.digest));
    const once = [...new Map(listed.map((child) => [child.digest, child])).values()];
    level = await each(once, READERS, (child) => readChild(from, child, signal));
    for (const child of level) known.set(child.digest, child);
  }
  const manifests = childrenFirst(root, known);
  return { root, manifests, blobs: blobsOf(manifests) };
}

/** The order in which a registry that checks its references will take them. */
function childrenFirst(root: StoredManifest, known: ReadonlyMap<Digest, StoredManifest>): StoredManifest[] {
  const ordered = new Set<StoredManifest>();
  const visit = (node: StoredManifest): void => {
    for (const { digest } of node.manifest.children) {
      const child = known.get(digest);
      if (child && !ordered.has(child)) visit(child);
    }
    ordered.add(node);
  };
  visit(root);
  return [...ordered];
}

async function readChild(from: Repository, child: Descriptor, signal?: AbortSignal): Promise<StoredManifest> {
  const found = await from.manifest(child.digest, signal);
  if (!found) throw absent(from, child.digest);
  return found;
}

export const blobsOf = (manifests: readonly StoredManifest[]): Descriptor[] => [
  ...new Map(manifests.flatMap(({ manifest }) => manifest.blobs).map((blob) => [blob.digest, blob])).values(),
];

const absent = ({ name }: Repository, ref: string): OutsideError =>
  new OutsideError({
    service: name,
    operation: `read manifest ${ref}`,
    trouble: 'absent',
    detail: 'it is listed or named, but not there',
  });
