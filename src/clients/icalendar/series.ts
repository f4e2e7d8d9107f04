import type { Announcement } from '../../core/announcement.ts';
import { recurrences, type Wall } from '../../core/recurrence.ts';
import { days } from '../../core/time.ts';
import type { Interval } from '../../core/workshop.ts';
import type { Event } from './events.ts';
import { dayOf, endOf, instantAt, type Length, type Moment } from './values.ts';
import { instantOf, wallOf, type Zone } from './zones.ts';

export interface Expanded {
  readonly announcements: readonly Announcement[];
  /** What it took, of the `most` that it may. */
  readonly steps: number;
  /** Why the series could not be followed; what replaces single instances of it is there all the same. */
  readonly fault?: string;
}

export interface Scope {
  readonly between: Interval;
  /** How many steps it may take. */
  readonly most: number;
  /** The zone in which people are shown what the feed says in UTC. */
  readonly shown: string;
}

/**
 * All that one UID comes to within an interval.
 *
 * Everything that replaces an instance is looked at wherever that instance would have been, because it may have been
 * moved into the interval or out of it. One whose series is gone, or no longer has that instance, stands for itself.
 */
export function expand(events: readonly Event[], { between, most, shown }: Scope): Expanded {
  const versions = newest(events);
  const master = versions.find(({ replaces }) => replaces === undefined);
  if (master?.isCancelled) return { announcements: [], steps: 1 };
  const overrides = versions.filter((event): event is Override => event.replaces !== undefined);
  const isSeries = overrides.length > 0 || (master !== undefined && repeats(master));
  const set = master ? instancesOf(master, overrides, between, most) : NONE;
  const planned = set.instances
    .filter(({ instant }) => !overrides.some(({ replaces }) => isAt(replaces, instant, master)))
    .flatMap((instance) => asChanged(instance, overrides));
  const replaced = overrides.filter(({ isCancelled }) => !isCancelled).map(replacement);
  const announcements = [...planned, ...replaced]
    .map((instance) => announced(instance, isSeries, shown))
    .filter(({ starts, ends }) => starts < between.until && (ends > between.from || starts >= between.from));
  return { announcements, steps: set.steps, ...(set.fault !== undefined && { fault: set.fault }) };
}

type Override = Event & { readonly replaces: Moment };

/** One instance: when the series has it, when it is, and what is said of it. */
interface Instance {
  /** Its original start: what it is known by, however often it is moved. */
  readonly instant: number;
  readonly wall: Wall;
  readonly zone: Zone;
  readonly length: Length;
  readonly event: Event;
}

interface Instances {
  readonly instances: readonly Instance[];
  readonly steps: number;
  readonly fault?: string;
}

const NONE: Instances = { instances: [], steps: 1 };

const repeats = ({ rules, added }: Event): boolean => rules.length > 0 || added.length > 0;

/** Of several versions the highest SEQUENCE, then the latest DTSTAMP, then the last in the file. RFC 5546 §2.1.5. */
function newest(events: readonly Event[]): Event[] {
  const versions = new Map<number | undefined, Event>();
  for (const event of events) {
    const key = event.replaces && instantAt(event.replaces);
    const known = versions.get(key);
    if (!known || isNotOlder(event, known)) versions.set(key, event);
  }
  return [...versions.values()];
}

const isNotOlder = (a: Event, b: Event): boolean =>
  a.sequence === b.sequence ? a.stamp >= b.stamp : a.sequence > b.sequence;

/** Whether a moment of the feed means that instance. Between a day and a time the day decides: exporters mix them. */
function isAt(moment: Moment, instant: number, master: Event | undefined): boolean {
  const { kind, zone } = master?.start ?? moment;
  if ((moment.kind === 'date') === (kind === 'date')) return instantAt(moment) === instant;
  const day = moment.kind === 'date' ? moment.wall / days(1) : dayOf(instantAt(moment), zone);
  return day === dayOf(instant, zone);
}

/** (DTSTART ∪ RRULE ∪ RDATE) \ EXDATE. RFC 5545 §3.8.5. */
function instancesOf(event: Event, overrides: readonly Override[], between: Interval, most: number): Instances {
  const { start, length, rules, added, excluded } = event;
  const { zone } = start;
  const margin = marginOf(event, overrides);
  const span = { from: between.from.getTime() - margin, until: between.until.getTime() + margin };
  const found = new Map<number, Instance>();
  const add = (wall: Wall, own: Zone = zone, lasting: Length = length): void => {
    const instant = instantOf(wall, own);
    if (!found.has(instant)) found.set(instant, { instant, wall, zone: own, length: lasting, event });
  };
  add(start.wall);
  let steps = 1;
  for (const { rule, last } of rules) {
    const expanded = recurrences(rule, start.wall, span, most - steps);
    if (!expanded.ok) return { instances: [], steps: most, fault: expanded.fault };
    steps += expanded.value.steps;
    for (const wall of expanded.value.walls) if (instantOf(wall, zone) <= last) add(wall);
  }
  for (const { moment, length: own } of added) add(moment.wall, moment.zone, own);
  const instances = [...found.values()].filter(({ instant }) => !excluded.some((each) => isAt(each, instant, event)));
  return { instances, steps: steps + added.length };
}

/** How far outside the interval an instance may be planned that happens inside: it lasts, or all later ones were moved. */
function marginOf({ length }: Event, overrides: readonly Override[]): number {
  const following = overrides.filter(({ andFollowing }) => andFollowing);
  const moves = following.map((each) => Math.abs(instantAt(each.start) - instantAt(each.replaces)));
  const lengths = [length, ...following.map((each) => each.length)].map(({ days: whole, ms }) => days(whole) + ms);
  return days(2) + Math.max(0, ...moves) + Math.max(...lengths);
}

/** An instance as the latest RANGE=THISANDFUTURE before it has it: moved as far on the clock, and in its words. */
function asChanged(instance: Instance, overrides: readonly Override[]): Instance[] {
  const change = overrides
    .filter(({ andFollowing, replaces }) => andFollowing && instantAt(replaces) <= instance.instant)
    .sort((a, b) => instantAt(a.replaces) - instantAt(b.replaces))
    .at(-1);
  if (!change) return [instance];
  if (change.isCancelled) return [];
  const { start, replaces, length } = change;
  const shift = start.wall - wallOf(instantAt(replaces), start.zone);
  const wall = wallOf(instance.instant, start.zone) + shift;
  return [{ ...instance, wall, zone: start.zone, length, event: change }];
}

const replacement = (event: Override): Instance => ({
  instant: instantAt(event.replaces),
  wall: event.start.wall,
  zone: event.start.zone,
  length: event.length,
  event,
});

function announced({ instant, wall, zone, length, event }: Instance, isSeries: boolean, shown: string): Announcement {
  const { uid, title, description, categories, accepted, isEndless, start } = event;
  return {
    id: isSeries ? `${uid}#${new Date(instant).toISOString()}` : uid,
    title,
    description,
    categories,
    accepted,
    starts: new Date(instantOf(wall, zone)),
    ends: new Date(endOf(wall, zone, length)),
    zone: start.kind === 'utc' ? shown : zone.name,
    isFloating: start.kind === 'floating',
    isEndless,
  };
}
