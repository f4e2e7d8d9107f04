import type { Announcement } from '../../core/announcement.ts';
import { fault, parsed, type Parsed } from '../../core/parsed.ts';
import { parseRule, type Rule } from '../../core/recurrence.ts';
import { days } from '../../core/time.ts';
import { parseLine, type Block, type Line } from './lines.ts';
import {
  instantAt,
  momentOf,
  momentsIn,
  parseLength,
  textOf,
  textsOf,
  untilOf,
  type Length,
  type Moment,
} from './values.ts';
import type { Zone } from './zones.ts';

/** What people are told of an event: an override replaces all of it. */
export type Words = Pick<Announcement, 'title' | 'description' | 'categories' | 'accepted'>;

/** One VEVENT. */
export interface Event extends Words {
  readonly uid: string;
  readonly start: Moment;
  readonly length: Length;
  /** Its end was not said. */
  readonly isEndless: boolean;
  readonly rules: readonly BoundRule[];
  readonly added: readonly Added[];
  readonly excluded: readonly Moment[];
  readonly isCancelled: boolean;
  /** Which instance of a series this one replaces, by that one's original start. */
  readonly replaces?: Moment;
  /** RANGE=THISANDFUTURE: and all after it. */
  readonly andFollowing: boolean;
  readonly sequence: number;
  readonly stamp: string;
}

export interface BoundRule {
  readonly rule: Rule;
  /** The last instant that UNTIL lets through. */
  readonly last: number;
}

export interface Added {
  readonly moment: Moment;
  readonly length?: Length;
}

/** An event that could not be read, and what a person would know it by. */
export interface Unreadable {
  readonly event: string;
  readonly why: string;
}

export type ReadEvent =
  | { readonly event: Event; readonly doubts: readonly string[] }
  | { readonly unreadable: Unreadable };

/** Reads one event. `home` is the zone of what has none. A line that is none costs a doubt, an event without a start itself. */
export function readEvent({ lines, isBroken }: Block, home: Zone): ReadEvent {
  const read = lines.map(parseLine);
  const sheet = sheetOf(read.flatMap((line) => (line.ok ? [line.value] : [])));
  const doubts = read.flatMap((line) => (line.ok ? [] : [line.fault]));
  const event = isBroken ? fault('it does not end') : eventOf(sheet, home);
  if (event.ok) return { event: event.value, doubts: [...new Set(doubts)] };
  const name = textOf(sheet.first('SUMMARY')?.value ?? '') || sheet.first('UID')?.value || 'an event without a name';
  return { unreadable: { event: name, why: event.fault } };
}

interface Sheet {
  first(name: string): Line | undefined;
  all(name: string): readonly Line[];
}

function sheetOf(lines: readonly Line[]): Sheet {
  const byName = Map.groupBy(lines, ({ name }) => name);
  return { first: (name) => byName.get(name)?.[0], all: (name) => byName.get(name) ?? [] };
}

function eventOf(sheet: Sheet, home: Zone): Parsed<Event> {
  const uid = sheet.first('UID')?.value.trim() ?? '';
  if (uid === '') return fault('it has no UID');
  const start = the(sheet.first('DTSTART'), 'DTSTART', home);
  if (!start.ok) return start;
  const replaced = sheet.first('RECURRENCE-ID');
  const parts = all({
    length: lengthOf(sheet, start.value, home),
    rules: each(sheet.all('RRULE'), ({ value }) => boundRule(value.trim(), start.value)),
    added: each(sheet.all('RDATE'), (line) => addedBy(line, start.value.zone)),
    excluded: each(sheet.all('EXDATE'), (line) => momentsIn(line, start.value.zone)),
    replaces: replaced ? momentOf(replaced, start.value.zone) : parsed(undefined),
  });
  if (!parts.ok) return parts;
  const { length, rules, added, excluded, replaces } = parts.value;
  return parsed({
    ...wordsOf(sheet),
    uid,
    start: start.value,
    length,
    isEndless: start.value.kind !== 'date' && !sheet.first('DTEND') && !sheet.first('DURATION'),
    rules,
    added: added.flat(),
    excluded: excluded.flat(),
    ...(replaces && { replaces }),
    andFollowing: replaced?.parameters.get('RANGE')?.toUpperCase() === 'THISANDFUTURE',
    ...versionOf(sheet),
  });
}

const versionOf = (sheet: Sheet): Pick<Event, 'isCancelled' | 'sequence' | 'stamp'> => ({
  isCancelled: sheet.first('STATUS')?.value.trim().toUpperCase() === 'CANCELLED',
  sequence: Number(sheet.first('SEQUENCE')?.value) || 0,
  stamp: sheet.first('DTSTAMP')?.value.trim() ?? '',
});

const the = (line: Line | undefined, name: string, home: Zone): Parsed<Moment> =>
  line ? momentOf(line, home) : fault(`it has no ${name}`);

/** All of several parts, or the first fault among them. */
function all<T extends Readonly<Record<string, unknown>>>(parts: { readonly [K in keyof T]: Parsed<T[K]> }): Parsed<T> {
  const values: Record<string, unknown> = {};
  for (const [name, part] of Object.entries(parts) as [string, Parsed<unknown>][]) {
    if (!part.ok) return part;
    values[name] = part.value;
  }
  return parsed(values as T);
}

function each<T>(lines: readonly Line[], read: (line: Line) => Parsed<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const line of lines) {
    const value = read(line);
    if (!value.ok) return value;
    values.push(value.value);
  }
  return parsed(values);
}

/** RFC 5545 §3.6.1: without an end a day lasts a day, and a time no time at all. */
function lengthOf(sheet: Sheet, start: Moment, home: Zone): Parsed<Length> {
  const [end, duration] = [sheet.first('DTEND'), sheet.first('DURATION')];
  if (end) {
    const moment = momentOf(end, home);
    return moment.ok ? lengthBetween(start, moment.value) : moment;
  }
  if (duration) return parseLength(duration.value);
  return parsed({ days: start.kind === 'date' ? 1 : 0, ms: 0 });
}

function lengthBetween(start: Moment, end: Moment): Parsed<Length> {
  const isWhole = start.kind === 'date' && end.kind === 'date';
  const ms = isWhole ? end.wall - start.wall : instantAt(end) - instantAt(start);
  if (ms < 0) return fault('it ends before it starts');
  // A day that ends on itself is written by those who do not know that an end is exclusive.
  return parsed(isWhole ? { days: Math.max(1, Math.round(ms / days(1))), ms: 0 } : { days: 0, ms });
}

function boundRule(text: string, start: Moment): Parsed<BoundRule> {
  const rule = parseRule(text);
  if (!rule.ok) return rule;
  const { until } = rule.value;
  const last = until === undefined ? parsed(Infinity) : untilOf(until, start);
  return last.ok ? parsed({ rule: rule.value, last: last.value }) : last;
}

function addedBy(line: Line, home: Zone): Parsed<readonly Added[]> {
  if (line.parameters.get('VALUE')?.toUpperCase() !== 'PERIOD') {
    const moments = momentsIn(line, home);
    return moments.ok ? parsed(moments.value.map((moment) => ({ moment }))) : moments;
  }
  return each(
    line.value.split(',').map((value) => ({ ...line, value })),
    (period) => periodOf(period, home),
  );
}

/** `start/end` or `start/duration`. */
function periodOf(line: Line, home: Zone): Parsed<Added> {
  const [from = '', to = ''] = line.value.split('/');
  const moment = momentOf({ ...line, value: from }, home);
  if (!moment.ok) return moment;
  const end = to.toUpperCase().startsWith('P') ? undefined : momentOf({ ...line, value: to }, home);
  if (end && !end.ok) return end;
  const length = end ? lengthBetween(moment.value, end.value) : parseLength(to);
  return length.ok ? parsed({ moment: moment.value, length: length.value }) : length;
}

function wordsOf(sheet: Sheet): Words {
  return {
    title: textOf(sheet.first('SUMMARY')?.value ?? '').trim(),
    description: sheet
      .all('DESCRIPTION')
      .map(({ value }) => textOf(value))
      .join('\n'),
    categories: sheet.all('CATEGORIES').flatMap(({ value }) => textsOf(value)),
    accepted: acceptedAmong(sheet.all('ATTENDEE')),
  };
}

/** People who said that they come, each once: a room accepts its booking too. */
function acceptedAmong(attendees: readonly Line[]): number {
  const coming = attendees.filter(({ parameters, value }) => {
    const is = (name: string): string => parameters.get(name)?.toUpperCase() ?? '';
    const isThing = ['ROOM', 'RESOURCE'].includes(is('CUTYPE')) || /@resource\.calendar\.google\.com$/i.test(value);
    return is('PARTSTAT') === 'ACCEPTED' && is('ROLE') !== 'NON-PARTICIPANT' && !isThing;
  });
  return new Set(coming.map(({ value }) => value.trim().toLowerCase())).size;
}
