import { expect, it } from 'vitest';
import { foulsIn } from './referee.ts';
import { planned } from './plans.ts';
import { play, type Plan } from './season.ts';

/** Seasons at random and repeatably. `npm run seasons` plays ten thousand; another first one: `GREENROOM_SEASONS_FROM`. */
const SEASONS = Number(process.env['GREENROOM_SEASONS'] ?? 60);
const FROM = Number(process.env['GREENROOM_SEASONS_FROM'] ?? 0);
const BATCH = 250;

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

/** Half of the seasons, so that two processes share them. */
export function seasons(half: 0 | 1): void {
  const kinds: Kinds = {};
  const seeds = Array.from({ length: SEASONS / 2 }, (_, i) => FROM + 2 * i + half);
  for (let first = 0; first < seeds.length; first += BATCH) {
    const batch = seeds.slice(first, first + BATCH);
    it(`seasons ${batch[0]} to ${batch.at(-1)}: no rotation and no end in a window that was not told a day ahead`, async () => {
      const untold: object[] = [];
      for (const seed of batch) untold.push(...(await untoldIn(seed, kinds)));
      expect(untold.slice(0, 5)).toEqual([]);
    }, 600_000);
  }

  it('had of everything that is to be survived', () => {
    expect(KINDS.filter((kind) => !kinds[kind])).toEqual([]);
    console.log(
      `${SEASONS / 2} seasons: ${Object.entries(kinds)
        .map(([kind, times]) => `${times} ${kind}`)
        .join(', ')}`,
    );
  });
}

async function untoldIn(seed: number, kinds: Kinds): Promise<object[]> {
  const plan = planned(seed);
  const season = await play(plan);
  const fouls = foulsIn(plan, season);
  countPlan(kinds, plan);
  count(kinds, 'rotations', season.rotations.length);
  count(kinds, 'looks', season.looks);
  if (fouls.some(({ what }) => what === 'rotation')) count(kinds, 'seasons with a told rotation');
  if (fouls.some(({ what }) => what === 'refusal')) count(kinds, 'seasons with a told end');
  return fouls.filter(({ verdict }) => verdict === 'untold').map((foul) => ({ seed, ...foul }));
}
