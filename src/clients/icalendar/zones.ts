import type { Wall } from '../../core/recurrence.ts';
import { days, hours } from '../../core/time.ts';
import { clockOf, offsetOn } from '../../core/zone-clock.ts';
import { windowsZones } from './windows-zones.ts';

/** A time zone by its IANA name, with the rules that this runtime has for it. */
export interface Zone {
  readonly name: string;
  /** What its clocks show is so many milliseconds ahead of UTC. */
  offsetAt(instant: number): number;
}

const known = new Map<string, Zone | undefined>();

/**
 * The zone that a TZID means: an IANA name, one of Windows, or a path that ends in an IANA name.
 *
 * `undefined` for every other name. Nothing is guessed: a workshop at the wrong hour is worse than one that somebody
 * is asked about.
 */
export function zoneNamed(tzid: string): Zone | undefined {
  if (!known.has(tzid)) known.set(tzid, candidates(tzid).map(zoneOf).find(Boolean));
  return known.get(tzid);
}

function candidates(tzid: string): readonly string[] {
  const windows = windowsZones.get(tzid.toLowerCase());
  if (windows !== undefined) return [windows];
  // `/citadel.org/20210210_1/America/New_York`: a globally unique TZID begins with a slash, and its end is a custom.
  if (!tzid.startsWith('/')) return [tzid];
  const parts = tzid.split('/').filter((part) => part !== '');
  return [3, 2].filter((length) => parts.length >= length).map((length) => parts.slice(-length).join('/'));
}

/** `+01:00` would be taken by the runtime too, and is no zone: it never changes. */
function zoneOf(name: string): Zone | undefined {
  if (!/^[A-Za-z]/.test(name)) return undefined;
  try {
    const clock = clockOf(name);
    return { name: clock.resolvedOptions().timeZone === 'UTC' ? 'UTC' : name, offsetAt: offsets(clock) };
  } catch {
    return undefined;
  }
}

/** A feed asks hundreds of thousands of times, so each day is asked once. */
function offsets(clock: Intl.DateTimeFormat): Zone['offsetAt'] {
  const atMidnight = new Map<number, number>();
  const midnight = (day: number): number => {
    const offset = atMidnight.get(day) ?? offsetOn(clock, day * days(1));
    atMidnight.set(day, offset);
    return offset;
  };
  return (instant) => {
    const day = Math.floor(instant / days(1));
    const [before, after] = [midnight(day), midnight(day + 1)];
    return before === after ? before : offsetOn(clock, instant);
  };
}

/**
 * When the zone's clocks show a time. RFC 5545 §3.3.5: what they show twice means the first time; what they never show
 * is read with the offset before the gap, so that 02:30 becomes 03:30.
 */
export function instantOf(wall: Wall, { offsetAt }: Zone): number {
  const [before, after] = [offsetAt(wall - hours(24)), offsetAt(wall + hours(24))];
  if (before === after) return wall - before;
  const isShown = (offset: number): boolean => offsetAt(wall - offset) === offset;
  return wall - (isShown(before) || !isShown(after) ? before : after);
}

export const wallOf = (instant: number, { offsetAt }: Zone): Wall => instant + offsetAt(instant);
