import * as rrule from 'rrule';
import { describe, expect, it } from 'vitest';
import { sure } from '../../src/core/parsed.ts';
import { parseRule, recurrences, type Span, type Wall } from '../../src/core/recurrence.ts';
import { days } from '../../src/core/time.ts';

const RULES = 1_100;

/** Small, seeded, and good enough to choose from lists. */
function dice(seed: number) {
  let state = seed;
  const roll = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const upTo = (n: number): number => Math.floor(roll() * n);
  const one = <T>(of: readonly T[]): T => of[upTo(of.length)]!;
  const some = <T>(of: readonly T[], most: number): T[] => [
    ...new Set(Array.from({ length: 1 + upTo(most) }, () => one(of))),
  ];
  return { upTo, one, some, chance: (share: number) => roll() < share };
}

type Dice = ReturnType<typeof dice>;

const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'];
const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

/**
 * A rule that the standard allows, as often strange as ordinary. Only parts that seldom contradict each other stand
 * together, because the other implementation looks for what never comes until the year 9999.
 */
function randomRule({ upTo, one, some, chance }: Dice): string {
  const frequency = one(['YEARLY', 'MONTHLY', 'MONTHLY', 'WEEKLY', 'WEEKLY', 'DAILY', 'HOURLY']);
  const parts = [`FREQ=${frequency}`];
  const say = (share: number, part: string, values: () => readonly (string | number)[]): boolean => {
    const is = chance(share);
    if (is) parts.push(`${part}=${values().join(',')}`);
    return is;
  };
  const [isYearly, isMonthly, isHourly] = ['YEARLY', 'MONTHLY', 'HOURLY'].map((each) => each === frequency);
  say(0.4, 'INTERVAL', () => [1 + upTo(isYearly ? 2 : 4)]);
  say(0.3, 'WKST', () => [one(WEEKDAYS)]);
  const ofDays = one(['month', 'month day', 'year day', 'week', 'weekday', 'weekday', 'month and weekday', 'none']);
  if (ofDays.includes('month'))
    say(0.5, 'BYMONTH', () =>
      range(1, 12)
        .filter(() => chance(0.6))
        .concat(1 + upTo(12)),
    );
  if (ofDays === 'month day' && frequency !== 'WEEKLY') {
    say(1, 'BYMONTHDAY', () => some([1, 2, 13, 15, 28, 29, 30, 31, -1, -2, -30], 4));
    say(0.2, 'BYDAY', () => some(WEEKDAYS, 4));
  }
  if (ofDays === 'year day' && isYearly) say(1, 'BYYEARDAY', () => some([1, 60, 100, 200, 365, 366, -1, -366], 3));
  // Without a weekday ours takes the start's, as the standard has it, and the other one every day of the week.
  const byWeek = ofDays === 'week' && isYearly && say(1, 'BYWEEKNO', () => some([1, 5, 20, 52, 53, -1], 3));
  const most = isYearly && !parts.some((part) => part.startsWith('BYMONTH=')) ? 20 : 4;
  // All of them numbered or none: the other implementation reads a mixture as "both at once", which is never.
  const numbered = (isYearly || isMonthly) && !byWeek && chance(0.5);
  const nth = (day: string): string => (numbered ? `${(chance(0.4) ? -1 : 1) * (1 + upTo(most))}${day}` : day);
  const hasDays = (byWeek || ofDays.includes('weekday')) && say(1, 'BYDAY', () => some(WEEKDAYS, 4).map(nth));
  if (!isHourly) say(0.2, 'BYHOUR', () => ordered(some([0, 9, 14, 23], 3)));
  say(0.2, 'BYMINUTE', () => ordered(some([0, 15, 30, 59], 3)));
  const several = hasDays && (isYearly || isMonthly);
  // Whether a week's days in the next January are of this year is left open, and decides which one is the last.
  if (!byWeek && parts.some((part) => part.startsWith('BY')))
    say(0.3, 'BYSETPOS', () => [one(several ? [1, 2, -1] : [1, -1])]);
  say(0.3, 'COUNT', () => [1 + upTo(12)]);
  return parts.join(';');
}

/** The other implementation takes the last of a set as it was written. */
const ordered = (numbers: number[]): number[] => numbers.sort((a, b) => a - b);

const text = (wall: Wall): string => new Date(wall).toISOString().slice(0, 19);
const stamp = (wall: Wall): string => `${text(wall).replaceAll(/[-:]/g, '')}Z`;

/** What python-dateutil's algorithm says, in its port to JavaScript; which looks until the year 9999 if one lets it. */
function theirs(rule: string, start: Wall, { from, until }: Span): Wall[] {
  const ends = rule.includes('UNTIL') ? '' : `;UNTIL=${stamp(until)}`;
  const set = rrule.rrulestr(`DTSTART:${stamp(start)}\nRRULE:${rule}${ends}`);
  return set.between(new Date(from), new Date(until - 1), true).map((date) => date.getTime());
}

const ours = (rule: string, start: Wall, span: Span): readonly Wall[] =>
  sure(recurrences(sure(parseRule(rule)), start, span, 1e7)).walls;

/** The first time that a rule has from a random one on: theirs begins there, and ours at the start whatever the rule says. */
function firstOf(rule: string, near: Wall, within: number): Wall | undefined {
  const [first] = theirs(rule.replace(/;COUNT=\d+/, ''), near, { from: near, until: near + within });
  if (first === undefined) return undefined;
  return theirs(rule, first, { from: first, until: first + 1_000 })[0] === first ? first : undefined;
}

describe('recurrence', () => {
  it(`agrees with another implementation on ${RULES} random rules`, { timeout: 120_000 }, () => {
    const dices = dice(20_261_124);
    const differing: string[] = [];
    let compared = 0;
    while (compared < RULES) {
      const rule = randomRule(dices);
      const scale = days(rule.startsWith('FREQ=HOURLY') ? 1 : 20);
      const near = Date.UTC(
        2023 + dices.upTo(4),
        dices.upTo(12),
        1 + dices.upTo(28),
        dices.upTo(24),
        5 * dices.upTo(12),
      );
      const start = firstOf(rule, near, 40 * scale);
      if (start === undefined) continue;
      compared += 1;
      const from = start + dices.one([0, 0, 2, 20]) * scale;
      const span = { from, until: from + dices.one([3, 20, 60]) * scale };
      const [a, b] = [ours(rule, start, span), theirs(rule, start, span)];
      if (a.join() !== b.join())
        differing.push([`${text(start)} ${rule} from ${text(from)}`, shown(a), shown(b)].join('\n  '));
    }
    expect(differing).toEqual([]);
  });
});

const shown = (walls: readonly Wall[]): string => walls.slice(0, 9).map(text).join(' ');
