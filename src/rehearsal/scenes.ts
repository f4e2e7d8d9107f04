import type { Digest } from '../core/digest.ts';
import type { Hold } from '../core/promotion.ts';
import { hours, plus } from '../core/time.ts';
import { CODER_PREVIEW, rehearse, type Rehearsal } from './world.ts';
import { smallImage } from './small-image.ts';

/** A scene, set and lit: the world as the story finds it. */
export type Scene = (begins: Date) => Promise<Rehearsal> | Rehearsal;

const everywhere = (world: Rehearsal, word: string, image = world.image): Digest[] =>
  world.estate.regions.map(({ name }) => world.copyIn(name, image).shelve(smallImage(word), 'latest'));

/** Every region serves what the source serves. */
export const quietWeek: Scene = (begins) => {
  const world = rehearse({ begins });
  world.publish('monday');
  everywhere(world, 'monday');
  return world;
};

/** The incident: Ohio runs a newer image than Oregon and London. */
export const staleMirror: Scene = async (begins) => {
  const world = await quietWeek(begins);
  world.publish('tuesday');
  world.copyIn('us-east-2').shelve(smallImage('tuesday'), 'latest');
  return world;
};

/** A release that no region has heard of yet. */
export const newRelease: Scene = async (begins) => {
  const world = await quietWeek(begins);
  world.publish('tuesday');
  return world;
};

/** A workshop is on, and a release comes out in the middle of it. */
export const releaseUnderHold: Scene = async (begins) => {
  const world = await newRelease(begins);
  await world.journal.hold(workshopHold(begins));
  return world;
};

/** Two images that have nothing to do with each other, both stale. */
export const twoImages: Scene = (begins) => {
  const base = { ...CODER_PREVIEW, name: 'coder-base', source: 'ghcr.io/coder/coder-base', repository: 'coder-base' };
  const world = rehearse({ begins, images: [CODER_PREVIEW, base] });
  for (const image of world.estate.images) {
    everywhere(world, 'monday', image);
    world.publish('tuesday', 'latest', image);
  }
  return world;
};

export const workshopHold = (begins: Date): Hold => ({
  id: 'agents-101',
  scope: '*',
  since: begins,
  until: plus(begins, hours(8)),
  by: 'ana',
  why: 'Agents 101 is on',
});
