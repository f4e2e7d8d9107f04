import { userInfo } from 'node:os';
import type { Command } from './command.ts';
import { usage, type Call, type Flag } from './command.ts';
import { connectEmbedded } from './embedded/connect.ts';
import { ask } from './embedded/control.ts';
import { needRunning, readSecrets } from './embedded/state.ts';
import { isPattern, matches, type Estate, type Image, type Release } from '../src/core/estate.ts';
import type { Host } from '../src/connect.ts';
import { endpointsOf } from '../src/endpoints.ts';
import { releasesOf } from '../src/mirror/releases.ts';
import type { Surroundings } from '../src/reconcile.ts';
import { nearest } from '../src/terminal/nearest.ts';

/** A world to act upon, opened for one command. */
export interface Stage {
  readonly world: Surroundings;
  /** Tells whoever looks after this world that something was changed here, so that the board need not wait. */
  touched(): Promise<void>;
  close(): void;
}

export const ESTATE = {
  type: 'string',
  value: '<name>',
  about: 'Act on this estate in AWS, instead of the embedded world',
} as const satisfies Flag;

export const DRY_RUN = {
  type: 'boolean',
  about: 'Say what would be done, and write nothing',
} as const satisfies Flag;

type Asking = Pick<Call, 'terminal' | 'now' | 'env'> & {
  readonly flags: { readonly data?: string; readonly estate?: string };
};

/** The embedded world that runs in this directory, or the estate that was named. */
export async function openStage(call: Asking): Promise<Stage> {
  const { estate, data } = call.flags;
  if (estate !== undefined) return (await import('./estates.ts')).openEstate(estate, call);
  const state = await needRunning(data);
  const secrets = readSecrets(state);
  const { estate: embedded, hosts, campus, journal, vault, issuers } = state;
  const parts = { estate: embedded, hosts, campus, secrets, journal, vault, issuers, env: call.env };
  const world = connectEmbedded(parts, hostOf(call));
  return {
    world,
    touched: () => ask<void>(state, 'ring', {}, AbortSignal.timeout(RING_MS)).catch(() => undefined),
    close: () => world.journal.close(),
  };
}

const RING_MS = 2_000;

export const hostOf = ({ terminal, now }: Pick<Call, 'terminal' | 'now'>): Host => ({
  now,
  log: terminal.trouble,
  print: (line) => terminal.say(line),
  onProgress: terminal.progress,
});

/** Opens a stage for as long as `act` takes. */
export async function onStage<T>(call: Asking, act: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = await openStage(call);
  try {
    return await act(stage);
  } finally {
    stage.close();
  }
}

/** Who is at the terminal, for the journal. */
export function whoami(env: Call['env']): string {
  return env['GREENROOM_BY'] ?? userInfo().username;
}

/** `coder-preview`, `coder-preview:latest`: an image of the estate, and a tag where one was said. */
export function readTarget(text: string, { name, images }: Estate): { image: Image; tag?: string } {
  const colon = text.indexOf(':');
  const asked = colon < 0 ? text : text.slice(0, colon);
  const image = images.find((each) => each.name === asked);
  if (!image) {
    const known = images.map((each) => each.name);
    const meant = nearest(asked, known);
    throw usage(
      `${name} has no image "${asked}"`,
      meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`,
    );
  }
  if (colon < 0) return { image };
  const tag = text.slice(colon + 1);
  if (image.tags.some((pattern) => matches(pattern, tag))) return { image, tag };
  throw usage(`${image.name} is not mirrored under the tag "${tag}"`, `its tags are ${image.tags.join(', ')}`);
}

/** The one release that a command is about. */
export function readRelease(command: Pick<Command, 'name'>, text: string, estate: Estate): Release {
  const { image, tag } = readTarget(text, estate);
  if (tag !== undefined) return { image, tag };
  const exact = image.tags.filter((each) => !isPattern(each));
  const [only] = exact;
  if (only !== undefined && exact.length === 1) return { image, tag: only };
  throw usage(`${command.name}: which tag of ${image.name}?`, `greenroom ${command.name} ${image.name}:<tag>`);
}

/** The releases that a word means; without a word, all of the estate's. */
export async function releasesFor(
  text: string | undefined,
  world: Surroundings,
  signal: AbortSignal,
): Promise<readonly Release[]> {
  const { image, tag } = text === undefined ? {} : readTarget(text, world.estate);
  if (image && tag !== undefined) return [{ image, tag }];
  const found: Release[] = [];
  for (const each of image ? [image] : world.estate.images) {
    found.push(...(await releasesOf(each, endpointsOf(each, world).source, signal)));
  }
  return found;
}

/** The same world with only what a word means in it. */
export function narrowed(world: Surroundings, text: string | undefined): Surroundings {
  if (text === undefined) return world;
  const { image, tag } = readTarget(text, world.estate);
  const wanted = tag === undefined ? image : { ...image, tags: [tag] };
  return { ...world, estate: { ...world.estate, images: [wanted] } };
}
