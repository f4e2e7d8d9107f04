import { randomUUID } from 'node:crypto';
import type { Release } from './core/estate.ts';
import { isContent, spellOutcome, type Progress } from './core/progress.ts';
import { endpointsOf } from './endpoints.ts';
import { mirror } from './mirror/mirror.ts';
import type { Run } from './mirror/run.ts';
import type { Mirroring, World } from './ports.ts';

/** What a run in this process needs of its host. */
export interface Pace {
  readonly now: () => Date;
  readonly onProgress?: (progress: Progress) => void;
}

type Place = Pick<World, 'estate' | 'registries' | 'journal'>;

/** A run of one release in the estate's own registries. */
export function runOf(
  world: Place,
  { image, tag }: Release,
  who: Pick<Run, 'by' | 'why'>,
  { now, onProgress }: Pace,
  signal?: AbortSignal,
): Run {
  return {
    release: { image: image.name, tag },
    endpoints: endpointsOf(image, world),
    journal: world.journal,
    id: randomUUID(),
    ...who,
    now,
    history: true,
    ...(image.platforms && { platforms: image.platforms }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  };
}

/** Mirrors in this process. A step was asked for because something is amiss, so it looks behind the tags as well. */
export function mirroringHere(world: Place, pace: Pace): Mirroring {
  return {
    async mirror(release, by, signal) {
      const run = runOf(world, release, { by, why: 'a region was out of step' }, pace, signal);
      const outcome = await mirror({ ...run, depth: 'content' });
      // Because whoever holds the release already is doing what was asked for.
      if (!isContent(outcome) && outcome.result !== 'busy') throw new Error(spellOutcome(outcome));
      return spellOutcome(outcome);
    },
  };
}
