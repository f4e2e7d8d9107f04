import { rulingOn, type Trouble } from '../../core/announcement.ts';
import type { CalendarReading } from '../../core/calendar.ts';
import type { EstateCalendar } from '../../core/estate.ts';
import { fault, parsed, type Parsed } from '../../core/parsed.ts';
import type { Interval, Workshop } from '../../core/workshop.ts';
import { readEvent, type Event, type Unreadable } from './events.ts';
import { blocksIn, unfolded } from './lines.ts';
import { expand } from './series.ts';
import { zoneNamed, type Zone } from './zones.ts';

/** A feed with all its events read, and none of them followed through time yet. */
export interface ReadFeed {
  readonly events: ReadonlyMap<string, readonly Event[]>;
  readonly troubles: readonly Unreadable[];
  /** In which people are shown what the feed says in UTC. */
  readonly shown: Zone;
}

/** Reads a whole feed. One that is no calendar or not all of one is a fault. */
export function readFeed(body: Uint8Array, { zone }: Pick<EstateCalendar, 'zone'>): Parsed<ReadFeed> {
  const home = zoneNamed(zone);
  if (!home) throw new Error(`the estate's calendar is in the zone "${zone}", which is not known here`);
  const blocks = blocksIn(unfolded(body));
  if (!blocks.ok) return fault(blocks.fault);
  const { header, events: all } = blocks.value;
  const headed = (name: string): string[] => header.flatMap((line) => (line.name === name ? [line.value.trim()] : []));
  const isCancel = headed('METHOD').some((method) => method.toUpperCase() === 'CANCEL');
  const read = all.map((block) => readEvent(block, home));
  const events = read.flatMap((each) =>
    'event' in each ? [isCancel ? { ...each.event, isCancelled: true } : each.event] : [],
  );
  return parsed({
    events: Map.groupBy(events, ({ uid }) => uid),
    troubles: read.flatMap((each) =>
      'event' in each ? each.doubts.map((why) => ({ event: each.event.title, why })) : [each.unreadable],
    ),
    shown: headed('X-WR-TIMEZONE').flatMap((name) => zoneNamed(name) ?? [])[0] ?? home,
  });
}

/** What one event may cost, and all of them together: a hostile rule is its own event's trouble and nobody's time. */
const MOST_STEPS = 50_000;
const MOST_STEPS_IN_ALL = 2_000_000;

/** Follows every event through the interval and keeps what is a workshop of this estate. */
export function workshopsIn(
  { events, troubles, shown }: ReadFeed,
  between: Interval,
  { name, calendar }: { readonly name: string; readonly calendar: EstateCalendar },
): Omit<CalendarReading, 'asOf'> {
  const workshops: Workshop[] = [];
  const found: Trouble[] = [...troubles];
  let left = MOST_STEPS_IN_ALL;
  for (const versions of events.values()) {
    const scope = { between, shown: shown.name, most: Math.min(MOST_STEPS, left) };
    const { announcements, steps, fault } = expand(versions, scope);
    left -= steps;
    if (fault !== undefined) found.push({ event: versions[0]?.title ?? '', why: fault });
    for (const announcement of announcements) {
      const { workshop, doubts } = rulingOn(announcement, name, calendar);
      if (workshop) workshops.push(workshop);
      found.push(...doubts.map((why) => ({ event: announcement.title, why, at: announcement.starts })));
    }
  }
  return {
    workshops: workshops.sort((a, b) => a.starts.getTime() - b.starts.getTime() || (a.id < b.id ? -1 : 1)),
    troubles: distinct(found),
    uids: new Set(events.keys()),
  };
}

/** What is wrong with a series is said once, and not for each of its weeks. */
function distinct(troubles: readonly Trouble[]): Trouble[] {
  const keyed = troubles.map((trouble) => [`${trouble.event}\n${trouble.why}`, trouble] as const);
  return [...new Map(keyed.toReversed()).values()].toReversed();
}
