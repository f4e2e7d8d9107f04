import type { Trouble } from './announcement.ts';
import type { Policy } from './policy.ts';
import { days, minutes } from './time.ts';
import { isWithin, overlap, windowOf, type Interval, type Margins, type Workshop } from './workshop.ts';

/** What a calendar says when it could be read: all of it, as of one moment. */
export interface CalendarReading {
  /** In order of start. */
  readonly workshops: readonly Workshop[];
  readonly troubles: readonly Trouble[];
  /** The UID of every event in the feed, workshop or not: what tells one that was called off from one that vanished. */
  readonly uids: ReadonlySet<string>;
  readonly asOf: Date;
}

/** The last good copy, and what has gone from it since. Plain data, so that it can wait in the journal. */
export interface Remembered {
  readonly workshops: readonly Workshop[];
  readonly troubles: readonly Trouble[];
  readonly gone: readonly Gone[];
  readonly asOf: Date;
}

/** A workshop that the calendar no longer has as it was, although its preparation had begun. */
export interface Gone {
  readonly workshop: Workshop;
  readonly since: Date;
  /**
   * `called off` and `moved`: the calendar still has its event and says so, or a person does, and that is obeyed.
   * `vanished`: nobody says why, as when somebody loses a calendar; it is prepared for as if it were there.
   */
  readonly how: 'called off' | 'moved' | 'vanished';
  /** Who confirmed that it will not take place, where the calendar does not say so. */
  readonly by?: string;
}

/** How a calendar stands, as far as it can be known. */
export interface CalendarSighting extends Remembered {
  /** Why it could not be read now; everything else is the last good copy then. */
  readonly unread?: string;
}

/** While its going would be news: from when its first checks are due until all is restored. */
export const nearOf = ({ checkLeadMinutes, graceMinutes }: Policy): Margins => ({
  leadMs: minutes(Math.max(...checkLeadMinutes)),
  graceMs: minutes(graceMinutes),
});

/** How far ahead a calendar is read. */
export const HORIZON = { behindMs: days(2), aheadMs: days(90) } as const;

/**
 * What is known once a calendar has been read again.
 *
 * A near workshop never goes in silence: a calendar that somebody emptied by mistake would otherwise put everything
 * back to its small size an hour before the room fills.
 */
export function remember(known: Remembered | undefined, read: CalendarReading, near: Margins, now: Date): Remembered {
  const missing = (known?.workshops ?? []).filter((workshop) => isWithin(windowOf(workshop, near), now));
  const gone = [
    ...(known?.gone ?? []),
    ...missing.map((workshop) => ({ workshop, since: now, how: 'vanished' as const })),
  ]
    .flatMap((each) => howGone(each, read))
    .filter(({ workshop }) => isWithin(windowOf(workshop, near), now));
  const once = [...new Map(gone.toReversed().map((each) => [each.workshop.id, each])).values()];
  const { troubles, asOf } = read;
  return { workshops: read.workshops, troubles, gone: once, asOf };
}

/** How a workshop that is missing is missing; nothing where it is there after all. */
function howGone({ workshop, since, how }: Gone, { workshops, uids }: CalendarReading): Gone[] {
  const there = workshops.find(({ id }) => id === workshop.id);
  if (there) return isSameTime(there, workshop) ? [] : [{ workshop, since, how: 'moved' }];
  // Some calendars split a series in two when it is edited, and give its instances other names.
  const isRenamed = workshops.some((each) => each.title === workshop.title && overlap(spanOf(each), spanOf(workshop)));
  if (isRenamed) return [];
  const isKnown = uids.has(workshop.id) || uids.has(workshop.id.slice(0, workshop.id.lastIndexOf('#')));
  return [{ workshop, since, how: isKnown ? 'called off' : how === 'called off' ? how : 'vanished' }];
}

const isSameTime = (a: Workshop, b: Workshop): boolean =>
  a.starts.getTime() === b.starts.getTime() && a.ends.getTime() === b.ends.getTime();

const spanOf = ({ starts, ends }: Workshop): Interval => ({ from: starts, until: ends });

/** What is to be prepared for: what the calendar has, and what vanished from it near its time. */
export function workshopsIn({ workshops, gone }: Remembered): Workshop[] {
  const vanished = gone.flatMap(({ workshop, how }) => (how === 'vanished' ? [workshop] : []));
  return [...workshops, ...vanished].sort((a, b) => a.starts.getTime() - b.starts.getTime());
}

/** A copy read back from the JSON that it was kept as: Dates as Dates. */
export function readRemembered(text: string): Remembered {
  const { workshops, troubles, gone, asOf } = JSON.parse(text) as Remembered;
  return {
    workshops: workshops.map(dated),
    troubles: troubles.map(({ at, ...trouble }) => (at === undefined ? trouble : { ...trouble, at: new Date(at) })),
    gone: gone.map((each) => ({ ...each, since: new Date(each.since), workshop: dated(each.workshop) })),
    asOf: new Date(asOf),
  };
}

const dated = (workshop: Workshop): Workshop => ({
  ...workshop,
  starts: new Date(workshop.starts),
  ends: new Date(workshop.ends),
});
