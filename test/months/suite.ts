import { expect, it } from 'vitest';
import { ENDS, RARE_ACTS, USUAL_ACTS } from './fate.ts';
import { month, type Weather } from './month.ts';

/**
 * Months at random and repeatably: the same loop, observers, steps and journal as everywhere, in a cluster in memory.
 *
 * Whatever happens: no window is missed after a look that nothing hindered, nothing rotates and nothing is promoted in
 * one, no lease outlives its end by more than a look, no build is lost, and in the end nothing is left behind.
 */
const MONTHS = Number(process.env['GREENROOM_MONTHS'] ?? 300);
const ONE = process.env['GREENROOM_MONTH'];
const BATCH = 250;

/** Half of the months, so that two processes share them. */
export function months(half: 0 | 1): void {
  if (ONE !== undefined) {
    if (half === 0) it(`month ${ONE} keeps every promise`, { timeout: 60_000 }, () => month(Number(ONE), {}));
    return;
  }
  const seeds = Array.from({ length: MONTHS / 2 }, (_, i) => 2 * i + half + 1);
  const weather: Weather = {};
  for (let first = 0; first < seeds.length; first += BATCH) {
    const batch = seeds.slice(first, first + BATCH);
    it(`months ${batch[0]} to ${batch.at(-1)} keep every promise`, { timeout: 600_000 }, async () => {
      for (const seed of batch) await month(seed, weather);
      expect(weather['rotator fired']).toBeGreaterThan(0);
    });
  }

  it('had weather worth the name', () => {
    const seldom = [...OFTEN, ...DEATHS].filter((kind) => (weather[kind] ?? 0) < leastOf(kind));
    expect(seldom, JSON.stringify(weather, undefined, 1)).toEqual([]);
  });
}

const OFTEN = [
  'announce',
  'overlap',
  'arrive together',
  'move',
  'call off',
  'call off in its window',
  'vanish',
  'come back',
  'confirm',
  'feed out',
  'loop out',
  'cluster out',
  'coder out',
  'crew out',
  'dropped look',
  'two looks at once',
  'wake-up',
  'conflict struck',
  'hand on provisioners',
  'hand on gateway',
  'hand on paused',
  'redeploy',
  'git',
  'build',
  'promotion begun',
  'promotion held',
  'rotator fired',
];
const DEATHS = [...USUAL_ACTS, ...RARE_ACTS].flatMap((act) => ENDS.map((end) => `${end} ${act}`));

/** Of each kind so many in a half: common weather in one month of fifty, each single death in one of five hundred. */
const leastOf = (kind: string): number => Math.floor(MONTHS / 2 / (OFTEN.includes(kind) ? 50 : 500));
