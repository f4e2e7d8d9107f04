import { boardView, type View } from '../src/board/view.ts';
import type { Telling } from '../src/board/told.ts';
import { nothingRuns, type Running } from '../src/board/progress.ts';
import { imagesMatchTheirSource } from '../src/core/checks/images-match-their-source.ts';
import { examine, type Check } from '../src/core/check.ts';
import type { Credential } from '../src/core/credential.ts';
import type { Finding } from '../src/core/finding.ts';
import type { Hold, Promotion } from '../src/core/promotion.ts';
import type { RoomSighting } from '../src/core/room.ts';
import type { Depth, ImageSighting } from '../src/core/sighting.ts';
import type { Told } from '../src/core/told.ts';
import type { WindowsSighting } from '../src/core/windows.ts';
import type { Log } from '../src/log.ts';
import { observe, ofEverything } from '../src/observers/observe.ts';
import type { Surroundings } from '../src/reconcile.ts';
import { toldSoFar } from '../src/roads.ts';

export interface Looking {
  readonly depth: Depth;
  readonly now: Date;
  readonly log: Log;
  readonly signal?: AbortSignal;
  /** How many promotions of each release. */
  readonly history: number;
  /** Left out: of images alone. */
  readonly checks?: readonly Check[];
}

/** What was seen and how it was judged, before it is drawn. */
export interface Looked {
  readonly sightings: readonly ImageSighting[];
  /** What is turned before a workshop, where that was looked at and seen. */
  readonly room?: RoomSighting;
  /** What people know of it already. */
  readonly told?: Told;
  /** What ends by itself, and what the calendar closes, where that was looked at and seen. */
  readonly credentials?: readonly Credential[];
  readonly windows?: WindowsSighting;
  /** What people were told lately, where anybody remembers it. */
  readonly messages?: readonly Telling[];
  readonly findings: readonly Finding[];
  readonly history: readonly Promotion[];
  /** Those that stand and those to come. */
  readonly holds: readonly Hold[];
  readonly at: Date;
}

const IMAGES: readonly Check[] = [imagesMatchTheirSource];

/** Looks, judges, and changes nothing. */
export async function look(world: Surroundings, looking: Looking): Promise<Looked> {
  const { now, history } = looking;
  const checks = (looking.checks ?? IMAGES).filter((check) => check.concerns?.(world.estate) ?? true);
  const have = await observe([...new Set(checks.flatMap(({ needs }) => needs))], ofEverything, world, looking);
  const findings = examine(checks, have, now);
  const sightings = have.images?.seen ? have.images.value : [];
  const [holds, told] = await Promise.all([world.journal.holds(now), toldSoFar(world.journal, now)]);
  const promotions = await Promise.all(
    sightings.map(({ release: { image, tag } }) => world.journal.promotions({ image: image.name, tag }, history)),
  );
  return {
    sightings,
    findings,
    history: promotions.flat(),
    holds,
    told,
    at: now,
    ...(have.room?.seen && { room: have.room.value }),
    ...(have.credentials?.seen && { credentials: have.credentials.value }),
    ...(have.windows?.seen && { windows: have.windows.value }),
  };
}

/** A look as everything draws it: the page, the terminal and the JSON. */
export function viewOf(world: Surroundings, looked: Looked, now: Date, running: Running = nothingRuns): View {
  const { at, ...seen } = looked;
  return boardView({ estate: world.estate, ...seen, running, now, lookedAt: at });
}
