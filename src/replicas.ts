import type { Estate, LiteLlmGateway } from './core/estate.ts';
import { addressesOf, listedReplicas, podsPort, type ServingPod } from './core/keys.ts';
import type { World } from './ports.ts';

type Reach = Pick<World, 'clusters'> & { readonly estate: Pick<Estate, 'pools'> };

/** The gateway's pods that serve now, in every pool of its kind: ready, and not leaving. Throws where a pool is not there. */
export async function servingPods({ estate, clusters }: Reach, signal?: AbortSignal): Promise<readonly ServingPod[]> {
  const pools = (estate.pools ?? []).filter(({ kind }) => kind === 'gateway');
  const found = await Promise.all(pools.map((pool) => clusters.cluster(pool.cluster).pods(pool, signal)));
  const missing = pools.find((_, i) => !found[i]);
  if (missing) throw new Error(`there is no ${missing.workload} in ${missing.namespace} of ${missing.cluster}`);
  return found.flatMap((pods = []) =>
    pods
      .filter(({ ready }) => ready)
      .map(({ name, address }): ServingPod => ({ name, ...(address !== undefined && { address }) })),
  );
}

/** Where each replica of a gateway answers at the moment of asking: as the estate lists them, or as its pods are found. */
export async function replicasOf(
  gateway: LiteLlmGateway,
  world: Reach,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const port = podsPort(gateway);
  return port === undefined ? listedReplicas(gateway) : addressesOf(await servingPods(world, signal), port);
}
