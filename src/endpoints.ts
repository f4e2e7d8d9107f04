import type { Image } from './core/estate.ts';
import type { Endpoints } from './mirror/run.ts';
import type { World } from './ports.ts';

/** An image's source, and its copy in every region of the estate. */
export function endpointsOf(image: Image, { estate, registries }: Pick<World, 'estate' | 'registries'>): Endpoints {
  return {
    source: registries.source(image),
    copies: new Map(estate.regions.map(({ name }) => [name, registries.copy(image, name)])),
  };
}
