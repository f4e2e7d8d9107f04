import type { Digest } from '../core/digest.ts';
import type { EksCluster, Running } from '../core/estate.ts';
import { isIndex } from '../core/manifest.ts';
import type { RunningSighting, Served } from '../core/sighting.ts';
import { each } from '../mirror/pool.ts';
import type { Repository, StoredManifest, World } from '../ports.ts';
import { look, type Watch } from './look.ts';

const AT_ONCE = 4;

/** What runs in every cluster, beside what its region serves. A side that cannot be read is `unseen`, never thrown. */
export async function sightRunning(world: World, watch: Watch): Promise<RunningSighting[]> {
  const all = (world.estate.clusters ?? []).flatMap((cluster) => (cluster.runs ?? []).map((run) => ({ cluster, run })));
  const sighted = await each(all, AT_ONCE, ({ cluster, run }) => sight(cluster, run, world, watch));
  return sighted.flat();
}

async function sight(
  { name, region }: EksCluster,
  { namespace, workload, image: imageName, tag }: Running,
  { estate, registries, clusters }: World,
  watch: Watch,
): Promise<RunningSighting[]> {
  const image = estate.images.find((each) => each.name === imageName);
  if (!image || !(watch.only?.includes(image.source) ?? true)) return [];
  const place = { namespace, workload };
  const isKept = estate.regions.some((each) => each.name === region);
  const repository = isKept ? registries.copy(image, region) : registries.source(image);
  const [pods, serves] = await Promise.all([
    look(`the pods of ${namespace}/${workload} in ${name}`, watch, () =>
      clusters.cluster(name).pods(place, watch.signal),
    ),
    look(`${repository.name}:${tag}`, watch, () => servedAt(repository, tag, watch.signal)),
  ]);
  const from = isKept ? region : image.source;
  return [{ cluster: name, place, release: { image, tag }, from, pods, serves }];
}

/** A tag, and every name of its content: a node may say the index, one platform's manifest, or a config. */
async function servedAt(repository: Repository, tag: string, signal?: AbortSignal): Promise<Served | undefined> {
  const root = await repository.manifest(tag, signal);
  if (!root) return undefined;
  const children = isIndex(root.manifest) ? root.manifest.children : [];
  const manifests = await each([...children], AT_ONCE, ({ digest }) => repository.manifest(digest, signal));
  const configs = [root, ...manifests].flatMap((stored) => configOf(stored));
  return { digest: root.digest, names: new Set([root.digest, ...children.map(({ digest }) => digest), ...configs]) };
}

/** An image's config stands before its layers. */
function configOf(stored: StoredManifest | undefined): Digest[] {
  const [config] = stored && !isIndex(stored.manifest) ? stored.manifest.blobs : [];
  return config ? [config.digest] : [];
}
