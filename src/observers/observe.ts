import type { Facet, Facets, Have } from '../core/check.ts';
import { isPattern, spellRelease, type Image, type Release } from '../core/estate.ts';
import { unseen, type ImageSighting } from '../core/sighting.ts';
import { endpointsOf } from '../endpoints.ts';

import type { Endpoints } from '../mirror/run.ts';
import { each } from '../mirror/pool.ts';
import { releasesOf } from '../mirror/releases.ts';
import type { World } from '../ports.ts';
import { sightCredentials } from './credentials.ts';
import { sightRelease } from './images.ts';
import { sightKeys } from './keys.ts';
import { look, type Watch } from './look.ts';
import { sightProxies } from './proxies.ts';
import { sightRoom } from './room.ts';
import { sightRunning } from './running.ts';
import { sightWindows } from './windows.ts';
import { sightCalendar } from './workshops.ts';

/** Releases looked at together: enough to hide the distance to three regions, few enough not to be throttled there. */
const AT_ONCE = 8;

type Observer<F extends Facet> = (world: World, watch: Watch) => Promise<Facets[F]>;
export type Observers = { readonly [F in Facet]?: Observer<F> };

// Two tables, so that a function that looks at images alone does not carry what looks at everything else.

export const ofImages: Observers = { images: sightImages };

export const ofEverything: Observers = {
  images: sightImages,
  calendar: sightCalendar,
  running: sightRunning,
  proxies: sightProxies,
  room: sightRoom,
  windows: sightWindows,
  credentials: sightCredentials,
  keys: sightKeys,
};

/** Looks once at each facet. A look that fails is an observation too, not an exception. */
export async function observe(
  facets: readonly Facet[],
  observers: Observers,
  world: World,
  watch: Watch,
): Promise<Have> {
  const looks = facets.map(async (facet) => {
    const observer = observers[facet];
    if (!observer) throw new Error(`nobody here looks at ${facet}`);
    return [facet, await look<unknown>(facet, watch, () => observer(world, watch))] as const;
  });
  return Object.fromEntries(await Promise.all(looks));
}

async function sightImages(world: World, watch: Watch): Promise<ImageSighting[]> {
  const { only } = watch;
  const images = world.estate.images.filter(({ source }) => only?.includes(source) ?? true);
  const sightings: ImageSighting[] = [];
  for (const image of images) sightings.push(...(await sightImage(image, world, watch)));
  return sightings;
}

async function sightImage(image: Image, world: World, watch: Watch): Promise<ImageSighting[]> {
  const endpoints = endpointsOf(image, world);
  const { wanted, blind } = await wantedOf(image, endpoints, watch);
  const sighted = await each(wanted, AT_ONCE, async (release) => {
    const sighting = await look(spellRelease(release), watch, () =>
      sightRelease(release, endpoints, world.journal, watch),
    );
    return sighting.seen ? sighting.value : unsighted(release, endpoints, sighting.why);
  });
  return [...sighted, ...blind];
}

/** Tags that are named outright can still be looked at when the source will not list its tags. */
async function wantedOf(image: Image, endpoints: Endpoints, watch: Watch) {
  const releases = await look(`the tags of ${image.source}`, watch, () =>
    releasesOf(image, endpoints.source, watch.signal),
  );
  if (releases.seen) return { wanted: releases.value, blind: [] };
  const named = image.tags.map((tag) => ({ image, tag }));
  const blind = named.filter(({ tag }) => isPattern(tag));
  return {
    wanted: named.filter(({ tag }) => !isPattern(tag)),
    blind: blind.map((release) => unsighted(release, endpoints, releases.why)),
  };
}

/** A release that could not be looked at is still one of the releases wanted: unknown everywhere, never left out. */
function unsighted(release: Release, { copies }: Endpoints, why: string): ImageSighting {
  return {
    release,
    source: unseen(why),
    copies: [...copies.keys()].map((region) => ({ region, serves: unseen(why) })),
  };
}
