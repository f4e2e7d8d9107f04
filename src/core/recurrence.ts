import { fault, parsed, type Parsed } from './parsed.ts';
import { days, hours, minutes, seconds } from './time.ts';

/**
 * A time as a clock on a wall shows it, in milliseconds since that clock showed 1970-01-01T00:00.
 *
 * Recurrence is reckoned on the wall and turned into instants afterwards, because a workshop at nine stays at nine
 * when the clocks change.
 */
export type Wall = number;

const FREQUENCIES = ['YEARLY', 'MONTHLY', 'WEEKLY', 'DAILY', 'HOURLY', 'MINUTELY', 'SECONDLY'] as const;
type Frequency = (typeof FREQUENCIES)[number];

/** One RRULE of RFC 5545 §3.3.10. */
export interface Rule {
  readonly frequency: Frequency;
  readonly interval: number;
  /** Instances in all, the start among them. */
  readonly count?: number;
  /** As it was written: what it means depends on the zone of the start. */
  readonly until?: string;
  /** 0 for Sunday. */
  readonly weekStart: number;
  readonly by: { readonly [P in Part]?: readonly number[] };
  readonly byDay?: readonly WeekdayOf[];
}

/** A weekday, or with `nth` only the nth of its month or year; counted from the end where it is negative. */
interface WeekdayOf {
  readonly weekday: number;
  readonly nth?: number;
}

interface Range {
  readonly least: number;
  readonly most: number;
  /** Negative ones count from the end. */
  readonly fromEnd?: true;
}

const PARTS = {
  BYSECOND: { least: 0, most: 59 },
  BYMINUTE: { least: 0, most: 59 },
  BYHOUR: { least: 0, most: 23 },
  BYMONTHDAY: { least: 1, most: 31, fromEnd: true },
  BYYEARDAY: { least: 1, most: 366, fromEnd: true },
  BYWEEKNO: { least: 1, most: 53, fromEnd: true },
  BYMONTH: { least: 1, most: 12 },
  BYSETPOS: { least: 1, most: 366, fromEnd: true },
} as const satisfies Record<string, Range>;

type Part = keyof typeof PARTS;

const WEEKDAYS = ['SU', 'MO', 'TU', 'WE', 'TH', 'FR', 'SA'];
const OTHERS = ['FREQ', 'INTERVAL', 'COUNT', 'UNTIL', 'WKST', 'BYDAY'];

/** Reads `FREQ=WEEKLY;BYDAY=MO,WE;COUNT=12`. What it does not know or the standard forbids is a fault and never left out. */
export function parseRule(text: string): Parsed<Rule> {
  const written = new Map<string, string>();
  for (const pair of text.toUpperCase().replace(/;$/, '').split(';')) {
    const [, name = '', value = ''] = /^([A-Z-]+)=(.+)$/.exec(pair) ?? [];
    if (!(name in PARTS) && !OTHERS.includes(name)) return fault(`its rule says "${pair}", which is not known here`);
    if (written.has(name)) return fault(`its rule says ${name} twice`);
    written.set(name, value);
  }
  const faults: string[] = [];
  const rule = ruleOf(written, faults);
  const [first] = [...faults, ...forbidden(rule)];
  return first === undefined ? parsed(rule) : fault(`its rule is wrong: ${first}`);
}

function ruleOf(written: ReadonlyMap<string, string>, faults: string[]): Rule {
  const frequency = FREQUENCIES.find((each) => each === written.get('FREQ'));
  if (!frequency) faults.push(`FREQ=${written.get('FREQ') ?? ''}`);
  const by: { [P in Part]?: readonly number[] } = {};
  for (const [part, range] of Object.entries(PARTS)) {
    const text = written.get(part);
    if (text !== undefined) by[part as Part] = text.split(',').map((each) => numberIn(part, each, range, faults));
  }
  const single = (name: string): number | undefined => {
    const text = written.get(name);
    return text === undefined ? undefined : numberIn(name, text, { least: 1, most: 1e6 }, faults);
  };
  const [count, until, byDay] = [single('COUNT'), written.get('UNTIL'), written.get('BYDAY')];
  return {
    frequency: frequency ?? 'YEARLY',
    interval: single('INTERVAL') ?? 1,
    weekStart: weekdayIn(written.get('WKST') ?? 'MO', faults).weekday,
    by,
    ...(count !== undefined && { count }),
    ...(until !== undefined && { until }),
    ...(byDay !== undefined && { byDay: byDay.split(',').map((each) => weekdayIn(each, faults)) }),
  };
}

function numberIn(name: string, text: string, { least, most, fromEnd }: Range, faults: string[]): number {
  const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
  const size = fromEnd ? Math.abs(value) : value;
  if (!(size >= least && size <= most)) faults.push(`${name}=${text}`);
  return value;
}

function weekdayIn(text: string, faults: string[]): WeekdayOf {
  const [, nth, name = ''] = /^([+-]?\d{1,2})?([A-Z]{2})$/.exec(text) ?? [];
  const weekday = WEEKDAYS.indexOf(name);
  const size = Math.abs(Number(nth ?? 1));
  if (weekday < 0 || size < 1 || size > 53) faults.push(`the weekday ${text}`);
  return nth === undefined ? { weekday } : { weekday, nth: Number(nth) };
}

/** What the standard says must not be, since nobody can say what it would mean. */
function forbidden({ frequency, by, byDay }: Rule): string[] {
  const wrong: string[] = [];
  const isYearly = frequency === 'YEARLY';
  const hasNth = byDay?.some(({ nth }) => nth !== undefined) ?? false;
  if (hasNth && !isYearly && frequency !== 'MONTHLY') wrong.push(`a numbered weekday in a ${frequency} rule`);
  if (hasNth && by.BYWEEKNO) wrong.push('a numbered weekday beside BYWEEKNO');
  if (by.BYWEEKNO && !isYearly) wrong.push(`BYWEEKNO in a ${frequency} rule`);
  if (by.BYMONTHDAY && frequency === 'WEEKLY') wrong.push('BYMONTHDAY in a WEEKLY rule');
  if (by.BYYEARDAY && ['MONTHLY', 'WEEKLY', 'DAILY'].includes(frequency)) {
    wrong.push(`BYYEARDAY in a ${frequency} rule`);
  }
  return wrong;
}

/** `[from, until)` on the wall. */
export interface Span {
  readonly from: Wall;
  readonly until: Wall;
}

export interface Recurrences {
  /** In order. */
  readonly walls: readonly Wall[];
  /** What it took: days looked at and instances found. */
  readonly steps: number;
}

/**
 * The instances of a rule within a span, the start among them where it lies there: it always is the first instance.
 *
 * Costs what the span costs and not what the rule would like: without COUNT it begins at the span, and it gives up
 * with a fault after `most` steps, so that a hostile `FREQ=SECONDLY` costs its own event and nobody's time.
 */
export function recurrences(rule: Rule, start: Wall, { from, until }: Span, most: number): Parsed<Recurrences> {
  const walls = start >= from && start < until ? [start] : [];
  let [counted, steps] = [1, 1];
  const first = rule.count === undefined ? periodBefore(rule, start, from) : 0;
  for (let n = first; counted < (rule.count ?? Infinity); n += 1) {
    const period = periodAt(rule, start, n);
    if (!(period < until)) break;
    const instances = within(rule, start, period);
    steps += LENGTH_IN_DAYS[rule.frequency] + instances.length;
    if (steps > most) return fault('it repeats more often than anybody could attend');
    for (const wall of instances) {
      // The start is counted already, also where the rule would not have it.
      if (wall <= start || wall >= until || counted >= (rule.count ?? Infinity)) continue;
      counted += 1;
      if (wall >= from) walls.push(wall);
    }
  }
  return parsed({ walls, steps });
}

const DAY = days(1);
const LENGTH_IN_DAYS: Record<Frequency, number> = {
  YEARLY: 366,
  MONTHLY: 31,
  WEEKLY: 7,
  DAILY: 1,
  HOURLY: 1,
  MINUTELY: 1,
  SECONDLY: 1,
};
const LENGTH_MS: Record<Frequency, number> = {
  YEARLY: days(366),
  MONTHLY: days(31),
  WEEKLY: days(7),
  DAILY: days(1),
  HOURLY: hours(1),
  MINUTELY: minutes(1),
  SECONDLY: seconds(1),
};

/** A period that is surely not after `from`; at most a few before it. */
const periodBefore = ({ frequency, interval }: Rule, start: Wall, from: Wall): number =>
  Math.max(0, Math.floor((from - start) / (LENGTH_MS[frequency] * interval)) - 1);

/** Where the nth period begins. */
function periodAt({ frequency, interval, weekStart }: Rule, start: Wall, n: number): Wall {
  const date = new Date(start);
  if (frequency === 'YEARLY') return Date.UTC(date.getUTCFullYear() + n * interval, 0, 1);
  if (frequency === 'MONTHLY') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + n * interval, 1);
  const first = frequency === 'WEEKLY' ? weekOf(start, weekStart) : floor(start, LENGTH_MS[frequency]);
  return first + n * interval * LENGTH_MS[frequency];
}

const floor = (wall: Wall, unit: number): Wall => Math.floor(wall / unit) * unit;
const weekdayOf = (wall: Wall): number => new Date(wall).getUTCDay();
const weekOf = (wall: Wall, weekStart: number): Wall =>
  floor(wall, DAY) - ((weekdayOf(wall) - weekStart + 7) % 7) * DAY;

/** All instances in the period that begins at `period`, in order. */
function within(rule: Rule, start: Wall, period: Wall): Wall[] {
  const times = timesOf(rule, start, period);
  const walls = times.length === 0 ? [] : daysOf(rule, start, period).flatMap((day) => times.map((time) => day + time));
  const { BYSETPOS } = rule.by;
  if (!BYSETPOS) return walls;
  const chosen = BYSETPOS.flatMap((position) => walls.at(position > 0 ? position - 1 : position) ?? []);
  return [...new Set(chosen)].sort((a, b) => a - b);
}

/** Times of day, in order. What is coarser than the frequency expands; what is finer only lets through. */
function timesOf({ frequency, by }: Rule, start: Wall, period: Wall): number[] {
  const rank = FREQUENCIES.indexOf(frequency);
  const slots = (part: Part, unit: number, size: number, isAt: Frequency): readonly number[] => {
    const of = (wall: Wall): number => Math.floor(wall / unit) % size;
    if (rank < FREQUENCIES.indexOf(isAt)) return by[part] ?? [of(start)];
    return by[part]?.includes(of(period)) === false ? [] : [of(period)];
  };
  const secondly = slots('BYSECOND', seconds(1), 60, 'SECONDLY');
  const minutely = slots('BYMINUTE', minutes(1), 60, 'MINUTELY');
  const hourly = slots('BYHOUR', hours(1), 24, 'HOURLY');
  const times = hourly.flatMap((hour) =>
    minutely.flatMap((minute) => secondly.map((second) => hours(hour) + minutes(minute) + seconds(second))),
  );
  return [...new Set(times)].sort((a, b) => a - b);
}

function daysOf(rule: Rule, start: Wall, period: Wall): Wall[] {
  const fits = dayFilter(rule, start);
  const first = floor(period, DAY);
  const end = endOfDays(rule, first);
  const fitting: Wall[] = [];
  for (let day = first; day < end; day += DAY) if (fits(day)) fitting.push(day);
  return fitting;
}

function endOfDays({ frequency }: Rule, first: Wall): Wall {
  const date = new Date(first);
  if (frequency === 'YEARLY') return Date.UTC(date.getUTCFullYear() + 1, 0, 1);
  if (frequency === 'MONTHLY') return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1);
  return first + (frequency === 'WEEKLY' ? 7 * DAY : DAY);
}

/** Every part of a rule lets days through; where no part speaks of days, the start does. */
function dayFilter(rule: Rule, start: Wall): (day: Wall) => boolean {
  const { by, byDay } = withDaysOf(rule, start);
  const perYear = rule.frequency === 'YEARLY' && !by.BYMONTH;
  return (wall) => {
    const day = placeOf(wall);
    return (
      (by.BYMONTH?.includes(day.month) ?? true) &&
      (byDay?.some((each) => isWeekday(each, day, perYear)) ?? true) &&
      isOneOf(by.BYMONTHDAY, day.ofMonth, day.monthLength) &&
      isOneOf(by.BYYEARDAY, day.ofYear, day.yearLength) &&
      (by.BYWEEKNO === undefined || isInWeek(by.BYWEEKNO, wall, rule.weekStart))
    );
  };
}

function withDaysOf({ frequency, by, byDay }: Rule, start: Wall): Pick<Rule, 'by' | 'byDay'> {
  if (byDay || by.BYMONTHDAY || by.BYYEARDAY) return { by, ...(byDay && { byDay }) };
  if (frequency === 'WEEKLY' || by.BYWEEKNO) return { by, byDay: [{ weekday: weekdayOf(start) }] };
  const { month, ofMonth } = placeOf(start);
  if (frequency === 'MONTHLY') return { by: { ...by, BYMONTHDAY: [ofMonth] } };
  if (frequency === 'YEARLY') return { by: { ...by, BYMONTH: by.BYMONTH ?? [month], BYMONTHDAY: [ofMonth] } };
  return { by };
}

interface Place {
  readonly month: number;
  readonly weekday: number;
  readonly ofMonth: number;
  readonly monthLength: number;
  readonly ofYear: number;
  readonly yearLength: number;
}

function placeOf(wall: Wall): Place {
  const date = new Date(wall);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  const january = Date.UTC(year, 0, 1);
  return {
    month: month + 1,
    weekday: date.getUTCDay(),
    ofMonth: date.getUTCDate(),
    monthLength: new Date(Date.UTC(year, month + 1, 0)).getUTCDate(),
    ofYear: Math.floor((wall - january) / DAY) + 1,
    yearLength: (Date.UTC(year + 1, 0, 1) - january) / DAY,
  };
}

const isOneOf = (wanted: readonly number[] | undefined, place: number, length: number): boolean =>
  wanted === undefined || wanted.includes(place) || wanted.includes(place - length - 1);

function isWeekday({ weekday, nth }: WeekdayOf, day: Place, perYear: boolean): boolean {
  if (weekday !== day.weekday) return false;
  if (nth === undefined) return true;
  const [place, length] = perYear ? [day.ofYear, day.yearLength] : [day.ofMonth, day.monthLength];
  return nth > 0 ? nth === Math.ceil(place / 7) : -nth === Math.ceil((length - place + 1) / 7);
}

/** A week belongs to the year that has four of its days, whatever day it begins on. */
function isInWeek(wanted: readonly number[], wall: Wall, weekStart: number): boolean {
  const middle = weekOf(wall, weekStart) + 3 * DAY;
  const number = weekNumber(middle);
  const lastDays = Date.UTC(new Date(middle).getUTCFullYear(), 11, 28);
  return isOneOf(wanted, number, weekNumber(weekOf(lastDays, weekStart) + 3 * DAY));
}

const weekNumber = (middle: Wall): number => Math.floor((placeOf(middle).ofYear - 1) / 7) + 1;
