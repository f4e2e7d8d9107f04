import { describe, expect, it } from 'vitest';
import { foulsIn, type Foul } from './referee.ts';
import { planned } from './plans.ts';
import { play, type Plan } from './season.ts';

/** All ten thousand are played by `.ci/run`: `GREENROOM_SEASONS=10000`. Another first one: `GREENROOM_SEASONS_FROM`. */
const SEASONS = Number(process.env['GREENROOM_SEASONS'] ?? 60);
const FROM = Number(process.env['GREENROOM_SEASONS_FROM'] ?? 0);

const KINDS = [
  'called off',
  'announced late',
  'historic rotator',
  'rotator that cannot be paused',
  'rotator paused by hand',
  'no rotator',
  'gateway that bounds lives',
  'gateway with sliding memory',
  'Greenroom sleeps',
  'gateway away',
  'seasons with a told rotation',
  'seasons with a told end',
];

interface Kinds {
  [kind: string]: number;
}

const count = (kinds: Kinds, kind: string, by = 1): void => void (kinds[kind] = (kinds[kind] ?? 0) + by);

function countPlan(kinds: Kinds, { calendar, rotator, manners, asleep, away }: Plan): void {
  count(kinds, 'workshops', calendar.length);
  if (calendar.some(({ until }) => until)) count(kinds, 'called off');
  if (calendar.some(({ since, workshop }) => workshop.starts.getTime() - since.getTime() < 26 * 3_600_000))
    count(kinds, 'announced late');
  if (rotator?.historic) count(kinds, 'historic rotator');
  if (rotator?.stubborn) count(kinds, 'rotator that cannot be paused');
  if (rotator?.pausedByHand) count(kinds, 'rotator paused by hand');
  if (!rotator) count(kinds, 'no rotator');
  if (manners.longestMs !== undefined) count(kinds, 'gateway that bounds lives');
  if (manners.memory === 'sliding') count(kinds, 'gateway with sliding memory');
  if (asleep.length > 0) count(kinds, 'Greenroom sleeps');
  if (away.length > 0) count(kinds, 'gateway away');
}

describe('whatever the calendar, the rotators and the lives of keys', () => {
  it(`in ${SEASONS} seasons nothing rotates or ends in a window that was not told a day ahead`, async () => {
    const kinds: Kinds = {};
    const untold: (Foul & { readonly seed: number })[] = [];
    for (let seed = FROM; seed < FROM + SEASONS; seed += 1) {
      const plan = planned(seed);
      const season = await play(plan);
      const fouls = foulsIn(plan, season);
      countPlan(kinds, plan);
      count(kinds, 'rotations', season.rotations.length);
      count(kinds, 'looks', season.looks);
      if (fouls.some(({ what }) => what === 'rotation')) count(kinds, 'seasons with a told rotation');
      if (fouls.some(({ what }) => what === 'refusal')) count(kinds, 'seasons with a told end');
      untold.push(...fouls.filter(({ verdict }) => verdict === 'untold').map((foul) => ({ seed, ...foul })));
    }
    expect(untold.slice(0, 5)).toEqual([]);
    // What is to be survived has been there, or nothing is proven.
    expect(KINDS.filter((kind) => !kinds[kind])).toEqual([]);
  }, 600_000);
});
