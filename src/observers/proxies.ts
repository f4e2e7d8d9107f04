import type { ProxiesSighting } from '../core/sighting.ts';
import type { World } from '../ports.ts';
import type { Watch } from './look.ts';

/** Two requests. Nothing where the estate names no Coder, or no cluster that is a proxy's or could have one. */
export async function sightProxies({ estate, coder }: World, { signal }: Watch): Promise<ProxiesSighting[]> {
  if (!coder) return [];
  const wanted = (estate.clusters ?? []).filter(({ role }) => role === 'proxy').map(({ name, proxy = name }) => proxy);
  const [version, proxies] = await Promise.all([coder.version(signal), coder.proxies(signal)]);
  return [{ version, wanted, proxies }];
}
