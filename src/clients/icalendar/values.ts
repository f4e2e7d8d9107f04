import { fault, parsed, type Parsed } from '../../core/parsed.ts';
import type { Wall } from '../../core/recurrence.ts';
import { days, hours, minutes, seconds } from '../../core/time.ts';
import type { Line } from './lines.ts';
import { instantOf, wallOf, zoneNamed, type Zone } from './zones.ts';

/** A moment as the feed says it: what the clock shows, and whose clock it is. */
export interface Moment {
  readonly wall: Wall;
  readonly zone: Zone;
  /** `date`: a day without a time. `floating`: whoever reads it is to use their own clock. */
  readonly kind: 'date' | 'utc' | 'zoned' | 'floating';
}

export const instantAt = ({ wall, zone }: Moment): number => instantOf(wall, zone);

/** How long something lasts: days by the calendar, of which one may have 23 hours, and exact milliseconds. */
export interface Length {
  readonly days: number;
  readonly ms: number;
}

export const endOf = (wall: Wall, zone: Zone, length: Length): number =>
  instantOf(wall + days(length.days), zone) + length.ms;

const UTC: Zone = { name: 'UTC', offsetAt: () => 0 };

/** Reads the moments of a DTSTART, EXDATE and the like. `home` is the zone of what has none. */
export function momentsIn({ name, parameters, value }: Line, home: Zone): Parsed<readonly Moment[]> {
  const zone = zoneIn(parameters.get('TZID'), name);
  if (!zone.ok) return zone;
  const moments: Moment[] = [];
  for (const text of value.split(',')) {
    const moment = momentIn(text.trim(), zone.value, home);
    if (!moment) return fault(`its ${name} "${text}" is no time`);
    moments.push(moment);
  }
  return parsed(moments);
}

export function momentOf(line: Line, home: Zone): Parsed<Moment> {
  const read = momentsIn(line, home);
  if (!read.ok) return read;
  const [moment, more] = read.value;
  return moment && !more ? parsed(moment) : fault(`its ${line.name} is not one time`);
}

function zoneIn(tzid: string | undefined, name: string): Parsed<Zone | undefined> {
  if (tzid === undefined) return parsed(undefined);
  const zone = zoneNamed(tzid);
  return zone ? parsed(zone) : fault(`its ${name} is in the zone "${tzid}", which is not known here`);
}

const TIME = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z)?)?$/i;

function momentIn(text: string, zone: Zone | undefined, home: Zone): Moment | undefined {
  const [, year, month, day, hour, minute, second, isUtc] = TIME.exec(text) ?? [];
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  const isDate = new Date(date).getUTCMonth() + 1 === Number(month) && Number(year) >= 1900;
  if (!isDate || Number(hour ?? 0) > 23 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 60) return undefined;
  // A zone beside a day or beside Z is forbidden and seen: the day and the Z are clear enough.
  if (hour === undefined) return { wall: date, zone: home, kind: 'date' };
  const wall = date + hours(Number(hour)) + minutes(Number(minute)) + seconds(Math.min(59, Number(second)));
  if (isUtc !== undefined) return { wall, zone: UTC, kind: 'utc' };
  return zone ? { wall, zone, kind: 'zoned' } : { wall, zone: home, kind: 'floating' };
}

const DURATION = /^([+-])?P(?:(\d+)W|(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?)$/;

/** `P1D` is a day by the calendar, `PT24H` are hours. */
export function parseLength(text: string): Parsed<Length> {
  const found = DURATION.exec(text.trim().toUpperCase());
  if (!found || /[PT]$/i.test(text.trim())) return fault(`its DURATION "${text}" is none`);
  const [, sign, ...figures] = found;
  const [w = 0, d = 0, h = 0, m = 0, s = 0] = figures.map((figure) => Number(figure ?? 0));
  if (sign === '-') return fault(`its DURATION "${text}" is negative`);
  return parsed({ days: w * 7 + d, ms: hours(h) + minutes(m) + seconds(s) });
}

/** The last instant that an UNTIL lets through. A day means all of it, also where the standard wants a time. */
export function untilOf(text: string, start: Moment): Parsed<number> {
  const moment = momentIn(text, start.kind === 'utc' ? UTC : start.zone, start.zone);
  if (!moment) return fault(`its rule ends at "${text}", which is no time`);
  return parsed(
    moment.kind === 'date' ? instantOf(moment.wall + days(1), start.zone) - 1 : instantOf(moment.wall, moment.zone),
  );
}

/** The day on which something is, where it is. */
export const dayOf = (instant: number, zone: Zone): number => Math.floor(wallOf(instant, zone) / days(1));

/** The escapes of a TEXT. RFC 5545 §3.3.11. */
export const textOf = (value: string): string =>
  value.replaceAll(/\\([\\;,nN])/g, (_, sign: string) => (sign.toLowerCase() === 'n' ? '\n' : sign));

/** A comma list of TEXT: an escaped comma is part of a text. */
export const textsOf = (value: string): string[] =>
  (value.match(/(?:\\.|[^,\\])+/g) ?? []).map((each) => textOf(each).trim());
