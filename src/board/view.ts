import type { Estate } from '../core/estate.ts';
import type { Credential } from '../core/credential.ts';
import type { Finding } from '../core/finding.ts';
import { policyOf } from '../core/policy.ts';
import type { Hold, Pin, Promotion } from '../core/promotion.ts';
import type { RoomSighting } from '../core/room.ts';
import type { ImageSighting } from '../core/sighting.ts';
import type { WindowsSighting } from '../core/windows.ts';
import { credentialsView, type CredentialsView } from './credentials.ts';
import { findingViews, type FindingView } from './findings.ts';
import { messageViews, type MessageView, type Telling } from './told.ts';
import { historyViews, namer, type HistoryView } from './history.ts';
import { placesOf, releaseViews, type ImageView, type Place } from './releases.ts';
import { roomRows, type RoomRow } from './room.ts';
import { runViews, type RunView } from './runs.ts';
import type { Told } from '../core/told.ts';
import type { Running } from './progress.ts';
import { timelineView, type TimelineView } from './timeline.ts';
import { verdictOn, type Verdict } from './verdict.ts';

/** What the board is drawn from: what was seen, what is written down, what is going on, what was judged. */
export interface Board {
  readonly estate: Estate;
  readonly sightings: readonly ImageSighting[];
  /** Promotions of any releases, in any order. */
  readonly history: readonly Promotion[];
  readonly running: Running;
  readonly findings: readonly Finding[];
  readonly now: Date;
  /** When the sightings and findings were made. Left out: just now. A GO that is too old is no longer one. */
  readonly lookedAt?: Date;
  /** Holds beyond those that the sightings name, such as one that begins tomorrow. */
  readonly holds?: readonly Hold[];
  /** What the calendar asks for, and how everything that is turned for it stands. Left out where nobody looked. */
  readonly room?: RoomSighting;
  /** What people know already: since when something cannot be seen. */
  readonly told?: Told;
  /** Everything that ends by itself. Left out where nobody looked. */
  readonly credentials?: readonly Credential[];
  /** What the calendar closes; left out where it cannot be read. */
  readonly windows?: WindowsSighting;
  /** What people were told lately, the oldest first. */
  readonly messages?: readonly Telling[];
}

/** Everything that people look at, as plain data: the page, the report and the JSON say the same. */
export interface View {
  readonly estate: string;
  readonly at: Date;
  readonly lookedAt: Date;
  readonly verdict: Verdict;
  readonly regions: readonly Place[];
  readonly running: readonly RunView[];
  readonly images: readonly ImageView[];
  /** The worst first. */
  readonly findings: readonly FindingView[];
  readonly pins: readonly PinView[];
  readonly holds: readonly HoldView[];
  readonly history: readonly HistoryView[];
  /** The workshop that is on or comes next. */
  readonly timeline?: TimelineView;
  /** Everything that is turned for workshops; empty where nobody looked. */
  readonly room: readonly RoomRow[];
  /** Everything that ends by itself, against the workshops ahead; left out where nobody looked. */
  readonly credentials?: CredentialsView;
  /** What people were told lately, the newest first. */
  readonly messages: readonly MessageView[];
}

export interface PinView extends Pin {
  readonly label?: string;
}

export interface HoldView extends Hold {
  /** Whether it stands in the way at this moment. */
  readonly inForce: boolean;
}

/** The view of one estate at `now`. Pure; the same input gives the same board. */
export function boardView(board: Board): View {
  const { estate, sightings, history, findings, now, lookedAt = now } = board;
  const name = namer(sightings, history);
  const places = placesOf(estate, sightings);
  const running = runViews(board.running, places, name, now);
  const { room } = board;
  const timeline = room?.posture.seen ? timelineView(room.posture.value, policyOf(estate)) : undefined;
  const credentials = credentialsView(board.credentials ?? [], board.windows, now);
  const images = releaseViews({ ...board, places, name, running });
  return {
    estate: estate.name,
    at: now,
    lookedAt,
    verdict: verdictOn({ findings, images, places, now, lookedAt, ...(timeline && { workshop: timeline }) }),
    regions: places,
    running,
    images,
    findings: findingViews(findings, board.told),
    pins: pinsOf(sightings).map((pin) => ({ ...pin, ...labelled(name(pin.image, pin.digest, pin.tag)) })),
    holds: holdsOf(board).map((hold) => ({ ...hold, inForce: hold.since <= now })),
    history: historyViews(history, places, name),
    room: room ? roomRows(room, now, board.told) : [],
    messages: messageViews(board.messages ?? [], estate.name),
    ...(timeline && { timeline }),
    ...(credentials && { credentials }),
  };
}

const labelled = (label: string | undefined): { label?: string } => (label === undefined ? {} : { label });

const pinsOf = (sightings: readonly ImageSighting[]): Pin[] => sightings.flatMap(({ pin }) => (pin ? [pin] : []));

/** Each hold once, those that end first in front: that is the one whose end people wait for. */
function holdsOf({ sightings, holds = [], now }: Board): Hold[] {
  const all = [...holds, ...sightings.flatMap(({ hold }) => (hold ? [hold] : []))];
  return [...new Map(all.map((hold) => [hold.id, hold])).values()]
    .filter(({ until }) => now < until)
    .sort((a, b) => a.until.getTime() - b.until.getTime());
}
