import { fault, parsed, type Parsed } from './parsed.ts';
import { minutes, plus } from './time.ts';
import { clockOf, offsetOn } from './zone-clock.ts';

/** A schedule of a CronJob, as Kubernetes reads it. */
export interface Cron {
  readonly minute: ReadonlySet<number>;
  readonly hour: ReadonlySet<number>;
  readonly dayOfMonth: ReadonlySet<number>;
  readonly month: ReadonlySet<number>;
  readonly dayOfWeek: ReadonlySet<number>;
  /** With a star among the two kinds of days both must fit; otherwise one of them is enough. */
  readonly bothDays: boolean;
}

const MACROS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

interface Bounds {
  readonly what: string;
  readonly least: number;
  readonly most: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const BOUNDS: readonly Bounds[] = [
  { what: 'minute', least: 0, most: 59 },
  { what: 'hour', least: 0, most: 23 },
  { what: 'day of the month', least: 1, most: 31 },
  { what: 'month', least: 1, most: 12, names: ['', ...MONTHS] },
  { what: 'day of the week', least: 0, most: 6, names: DAYS },
];

/**
 * Reads five fields or a macro.
 *
 * The rules are those of the library inside Kubernetes (robfig/cron v3), which is stricter than Unix: Sunday is 0 and
 * never 7. `@every` is a fault, because it counts from a start that only the controller knows.
 */
export function parseCron(text: string): Parsed<Cron> {
  const trimmed = text.trim();
  if (/^(?:CRON_)?TZ=/.test(trimmed)) return fault(`"${text}" names a zone: that belongs into timeZone`);
  const macro = MACROS[trimmed];
  if (trimmed.startsWith('@') && macro === undefined)
    return fault(`"${text}" is not a schedule whose instants can be told`);
  const fields = (macro ?? trimmed).split(/\s+/);
  if (fields.length !== BOUNDS.length)
    return fault(`"${text}" has ${fields.length} fields; want five, or a macro such as @daily`);
  const read = BOUNDS.map((bounds, i) => parseField(fields[i] ?? '', bounds));
  const wrong = read.find((each) => !each.ok);
  if (wrong && !wrong.ok) return fault(`"${text}": ${wrong.fault}`);
  const [minute, hour, dayOfMonth, month, dayOfWeek] = read.map((each) => (each.ok ? each.value : NOTHING)) as [
    Field,
    Field,
    Field,
    Field,
    Field,
  ];
  return parsed({
    minute: minute.values,
    hour: hour.values,
    dayOfMonth: dayOfMonth.values,
    month: month.values,
    dayOfWeek: dayOfWeek.values,
    bothDays: dayOfMonth.star || dayOfWeek.star,
  });
}

interface Field {
  readonly values: ReadonlySet<number>;
  readonly star: boolean;
}

const NOTHING: Field = { values: new Set(), star: false };

function parseField(text: string, bounds: Bounds): Parsed<Field> {
  const values = new Set<number>();
  let star = false;
  for (const part of text.split(',')) {
    const range = rangeOf(part, bounds);
    if (!range)
      return fault(`"${part}" is not a ${bounds.what}: want ${bounds.least} to ${bounds.most}, ranges, steps or *`);
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
    star ||= range.star;
  }
  return parsed({ values, star });
}

/** `*`, `5`, `1-5`, `10/2` (from 10 on), each with a step or without. A star with a step of its own is no star. */
function rangeOf(part: string, { least, most, names }: Bounds) {
  const [, low = '', high, stepText] = /^([^-/]+)(?:-([^-/]+))?(?:\/(\d+))?$/.exec(part) ?? [];
  const step = Number(stepText ?? 1);
  const all = /^[*?]$/.test(low) && high === undefined;
  const from = all ? least : numberIn(low, names);
  const open = high === undefined && stepText !== undefined;
  const to = all || open ? most : numberIn(high ?? low, names);
  const isGood = [from >= least, to <= most, from <= to, step > 0].every(Boolean);
  return isGood ? { from, to, step, star: all && step === 1 } : undefined;
}

/** `NaN` is neither more nor less than anything, and so never within bounds. */
function numberIn(word: string, names: readonly string[] = []): number {
  const named = word === '' ? -1 : names.indexOf(word.toLowerCase());
  if (named >= 0) return named;
  return /^\d+$/.test(word) ? Number(word) : NaN;
}

const YEARS = 5;
const LAST_SAFE_HOUR = 20;

/**
 * The first instant after `after` at which the zone's clock shows what the schedule asks for; `undefined` if there is
 * none within five years.
 *
 * When the clock is put forward, what falls into the missing hour does not happen that day; when it is put back, what
 * falls into the hour that comes twice happens twice. That is what Kubernetes does, and not what Unix does. Throws a
 * `RangeError` for a zone that is none: the API server takes no such CronJob.
 */
export function nextFiring(cron: Cron, zone: string, after: Date): Date | undefined {
  const wall = wallIn(zone);
  const limit = after.getTime() + YEARS * 366 * minutes(1_440);
  let at = (Math.floor(after.getTime() / minutes(1)) + 1) * minutes(1);
  while (at <= limit) {
    const clock = wall(at);
    if (!isDay(cron, clock))
      at += minutes((clock.hour < LAST_SAFE_HOUR ? (LAST_SAFE_HOUR - clock.hour) * 60 : 60) - clock.minute);
    else if (!cron.hour.has(clock.hour)) at += minutes(60 - clock.minute);
    else if (!cron.minute.has(clock.minute)) at += minutes(1);
    else return new Date(at);
  }
  return undefined;
}

/** Every firing in `[from, until)`, at most so many. */
export function firingsBetween(cron: Cron, zone: string, from: Date, until: Date, most = 1_000): Date[] {
  const found: Date[] = [];
  let at = nextFiring(cron, zone, plus(from, -1));
  while (at && at < until && found.length < most) {
    found.push(at);
    at = nextFiring(cron, zone, at);
  }
  return found;
}

interface Wall {
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly hour: number;
  readonly minute: number;
}

function isDay({ month, dayOfMonth, dayOfWeek, bothDays }: Cron, clock: Wall): boolean {
  if (!month.has(clock.month)) return false;
  const [byMonth, byWeek] = [dayOfMonth.has(clock.day), dayOfWeek.has(clock.weekday)];
  return bothDays ? byMonth && byWeek : byMonth || byWeek;
}

const UTC = /^(?:Etc\/)?(?:UTC|GMT|Universal|Zulu)$/i;

function wallIn(zone: string): (at: number) => Wall {
  if (UTC.test(zone)) return utcWall;
  const offset = clocks.get(zone) ?? offsetIn(zone);
  clocks.set(zone, offset);
  return (at) => utcWall(at + offset(at));
}

/** Kept, because to make a formatter costs as much as a hundred questions to it. No zone is ever forgotten: there are 600. */
const clocks = new Map<string, (at: number) => number>();
const MOST_KNOWN = 10_000;

function utcWall(at: number): Wall {
  const date = new Date(at);
  return {
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    weekday: date.getUTCDay(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
  };
}

/** What a zone's clock is ahead of UTC, asked once for each quarter of an hour: no zone changes in between. */
function offsetIn(zone: string): (at: number) => number {
  const clock = clockOf(zone);
  const known = new Map<number, number>();
  return (at) => {
    const quarter = Math.floor(at / minutes(15));
    const offset = known.get(quarter) ?? offsetOn(clock, quarter * minutes(15));
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(quarter, offset);
    return offset;
  };
}
