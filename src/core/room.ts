import type { CalendarSighting } from './calendar.ts';
import type { BuildTimes, Daemon } from './coder.ts';
import type { Pool } from './estate.ts';
import type { KeysSighting } from './keys.ts';
import type { Breadcrumbs } from './kubernetes.ts';
import type { Lease, Setting } from './lease.ts';
import { knobOf, type Choice, type Lever } from './lever.ts';
import type { Posture, Shut } from './posture.ts';
import type { Sizing } from './policy.ts';
import type { Hold } from './promotion.ts';
import type { Seen } from './sighting.ts';
import type { Workshop } from './workshop.ts';

/** Everything that is turned before a workshop and turned back after it, as it stands at one moment. */
export interface RoomSighting {
  /** What the calendar says, or its last good copy. `undefined` for an estate without a calendar. */
  readonly calendar: Seen<CalendarSighting | undefined>;
  /** What the calendar asks now. Unseen: neither the calendar nor its last good copy could be read. */
  readonly posture: Seen<Posture>;
  /** A pause that begins before the next looks are over. A rotator that fires on the hour would be quicker than a look. */
  readonly pauseAhead?: Shut;
  readonly knobs: readonly Knob[];
  readonly leases: readonly Lease[];
  /** The gateway's keys. Only looked at where a pause is near or there: they have to outlast it. */
  readonly keys?: Seen<KeysSighting>;
  /** How long builds took lately, beside what the floors are reckoned with. Only looked at where floors are asked for. */
  readonly builds?: readonly MeasuredBuilds[];
  /** The calendar's own hold on promotions, where there is one. */
  readonly hold?: Hold;
}

export interface MeasuredBuilds {
  readonly pool: string;
  /** `undefined`: too few to tell. */
  readonly times: Seen<BuildTimes | undefined>;
  readonly sizing: Sizing;
}

/** A pool, a rotator or a node pool of the estate; or something that is no longer named there and left a lease behind. */
export interface Knob {
  /** What the estate calls it. */
  readonly name: string;
  readonly kind: Lease['kind'];
  readonly cluster: string;
  readonly pool?: Pool;
  /** What a rotator is called in its cluster. */
  readonly workload?: string;
  /** Names of the keys that a rotator replaces. */
  readonly rotates?: readonly string[];
  /** `undefined`: there is no such workload. */
  readonly stands: Seen<Stand | undefined>;
  /** The lease that was left on a lever which no knob of the estate has any longer. */
  readonly orphan?: Orphan;
  /** A person's word, which holds beside the calendar's. */
  readonly override?: Override;
}

export interface Orphan {
  readonly lease: Lease;
  /** Another lever that decides there now, such as an autoscaler that was put in. */
  readonly heir?: Lever;
}

export interface Stand {
  readonly choice: Choice;
  readonly arrival?: Arrival;
  /** What we left there when we changed it. */
  readonly breadcrumbs?: Breadcrumbs;
}

/** What a person asked of a knob. */
export interface Override {
  readonly value: Exclude<Setting, null>;
  readonly until: Date;
  readonly by: string;
  readonly why: string;
}

/** How far a pool is on its way from asked to there. */
export interface Arrival {
  readonly desired: number;
  readonly ready: number;
  /** Why pods are not ready, each reason once. */
  readonly stuck: readonly string[];
  /** When the oldest pod was made that is not there yet: not ready, or not known to Coder. */
  readonly waitingSince?: Date;
  /** Daemons of this pool's pods, as Coder has them. Left out where Coder has no part in it. */
  readonly daemons?: Seen<readonly Daemon[]>;
}

/** Whose word it is where the calendar asks, and the name of its hold. */
export const CALENDAR = 'calendar';

/** The story of holds and releases, among those of the knobs. */
export const PROMOTIONS = 'promotions';

/**
 * The leases that only breadcrumbs on an object speak of: a run that was overtaken wrote after its lease had ended, or the
 * journal was lost. Of edition 0, so that each is written down before anything is done about it.
 */
export function unwrittenLeases(knobs: readonly Knob[], leases: readonly Lease[], now: Date): Lease[] {
  return knobs.flatMap(({ cluster, kind, pool, stands }): Lease[] => {
    const { choice, breadcrumbs } = (stands.seen ? stands.value : undefined) ?? {};
    if (!choice?.ok || !breadcrumbs) return [];
    const { lever } = choice;
    const target = knobOf(cluster, lever);
    if (leases.some((lease) => lease.target === target)) return [];
    const { was, set, until, why } = breadcrumbs;
    const place = { target, cluster, lever, kind, ...(pool && { pool }) };
    return [{ ...place, was, sets: [set], since: now, until, by: CALENDAR, why, edition: 0 }];
  });
}

/** `Agents 101 (12 people) and Templates (8 people)` */
export const titlesOf = (workshops: readonly Workshop[]): string =>
  workshops.map(({ title, attendance }) => `${title} (${attendance.people} people)`).join(' and ');

export const subjectOf = ({ name, cluster }: Pick<Knob, 'name' | 'cluster'>): string => `${name} in ${cluster}`;
