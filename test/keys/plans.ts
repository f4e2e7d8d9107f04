import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Announced, Plan, Rotating, Stretch } from './season.ts';

/** A small seeded generator, so that a season that fails can be played again. */
function dice(seed: number) {
  let state = seed;
  const next = (): number => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (least: number, most: number): number => least + Math.floor(next() * (most - least + 1));
  return {
    whole,
    chance: (part: number): boolean => next() < part,
    of: <T>(values: readonly T[]): T => values[Math.floor(next() * values.length)] as T,
  };
}

type Dice = ReturnType<typeof dice>;

/** Around both changes of the clock too: rotators fire by their own zone's. */
const BEGINS = ['2026-03-26T00:00:00Z', '2026-06-01T00:00:00Z', '2026-10-22T00:00:00Z', '2026-10-29T00:00:00Z'];
const ZONES = ['UTC', 'America/New_York', 'Europe/London', 'Australia/Sydney', 'Asia/Kolkata'];
const CRONS = [
  '0 */4 * * *',
  '*/30 * * * *',
  '0 * * * *',
  '0 12 * * *',
  '17 3,15 * * *',
  '30 9 * * 1-5',
  '0 */8 * * *',
];
const LIVES_MS = [hours(1), hours(4), hours(8), hours(12), days(1), days(2), days(7), Infinity];
const SEASON_MS = days(5);

/** One of endlessly many seasons: calendars, rotators, lives of keys, gateways, and what goes wrong meanwhile. */
export function planned(seed: number): Plan {
  const roll = dice(seed);
  const begins = new Date(roll.of(BEGINS));
  const longestMs = roll.chance(0.3) ? hours(roll.of([4, 6, 8, 12, 24])) : undefined;
  const calendar = Array.from({ length: roll.whole(1, 4) }, (_, i) => announced(roll, begins, i));
  return {
    begins,
    ends: plus(begins, SEASON_MS + days(1)),
    calendar,
    ...(roll.chance(0.9) && { rotator: rotating(roll) }),
    firstLifeMs: roll.of(LIVES_MS),
    manners: {
      replicas: roll.of([1, 4]),
      memory: roll.chance(0.25) ? 'sliding' : 'fixed',
      expiredStatus: roll.of([400, 401]),
      ...(longestMs !== undefined && { longestMs }),
    },
    copyMs: minutes(roll.of([0, 1, 5, 10])),
    asleep: stretches(roll, begins, calendar),
    away: stretches(roll, begins, calendar),
  };
}

function announced(roll: Dice, begins: Date, i: number): Announced {
  const minute = roll.chance(0.4) ? 0 : roll.whole(0, 59);
  const starts = plus(begins, hours(roll.whole(30, SEASON_MS / hours(1) - 12)) + minutes(minute));
  const workshop = {
    id: `workshop-${i}`,
    title: `Workshop ${'ABCD'[i]}`,
    starts,
    ends: plus(starts, minutes(roll.whole(2, 16) * 30)),
    zone: 'UTC',
    attendance: { people: roll.whole(5, 40), from: 'description' },
  } as const;
  const late = roll.chance(0.2);
  const since = late ? plus(starts, -minutes(roll.whole(1, 40 * 60))) : begins;
  return { workshop, since, ...(roll.chance(0.1) && { until: plus(starts, -minutes(roll.whole(-60, 12 * 60))) }) };
}

const rotating = (roll: Dice): Rotating => ({
  cron: roll.of(CRONS),
  zone: roll.of(ZONES),
  lifeMs: roll.of(LIVES_MS),
  historic: roll.chance(0.5),
  stubborn: roll.chance(0.1),
  pausedByHand: roll.chance(0.05),
});

/** Mostly where they hurt: just before a workshop. Short, because nobody can prepare in an hour of which none is left. */
function stretches(roll: Dice, begins: Date, calendar: readonly Announced[]): Stretch[] {
  if (roll.chance(0.5)) return [];
  return calendar.map(({ workshop }) => {
    const from = roll.chance(0.7)
      ? plus(workshop.starts, -minutes(roll.whole(100, 200)))
      : plus(begins, minutes(roll.whole(60, SEASON_MS / minutes(1))));
    return { from, until: plus(from, minutes(roll.whole(1, 20))) };
  });
}
