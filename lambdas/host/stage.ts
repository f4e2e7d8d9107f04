import type { Image } from '../../src/core/estate.ts';
import { endpointsOf } from '../../src/endpoints.ts';
import type { Run } from '../../src/mirror/run.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { onLambda, type Handler, type Host } from '../host.ts';

/** What the state machine hands to a stage. `release` is what its execution was started with, by us or by hand. */
export interface StageEvent {
  /** The execution's name. */
  readonly run: string;
  readonly release: { readonly image: string; readonly tag: string; readonly by?: string; readonly why?: string };
}

/** A stage of the pipeline as a function: the same run in all of them, because it is made of the execution's own input. */
export function onStage<Event extends StageEvent, Answer>(
  worldOf: () => Surroundings,
  work: (run: Run, event: Event, host: Host) => Promise<Answer>,
): Handler<Event, Answer> {
  return onLambda<Event, Answer>(worldOf, (event, host) => {
    const { run, release } = event;
    host.note({ run, release: `${release.image}:${release.tag}` });
    return work(runOf(event, host), event, host);
  });
}

function runOf({ run, release }: StageEvent, { world, now, signal }: Host): Run {
  const { tag, by = 'somebody', why = 'a region was out of step' } = release;
  const image = imageOf(release.image, world);
  return {
    release: { image: image.name, tag },
    ...(image.platforms && { platforms: image.platforms }),
    endpoints: endpointsOf(image, world),
    journal: world.journal,
    id: run,
    by,
    why,
    now,
    signal,
    // Because whoever started this saw something amiss, and it may be behind an equal tag.
    depth: 'content',
    history: true,
  };
}

export function imageOf(name: string, { estate }: Surroundings): Image {
  const image = estate.images.find((one) => one.name === name);
  if (!image) throw new Error(`${estate.name} has no image "${name}"`);
  return image;
}
