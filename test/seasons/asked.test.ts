import { expect, it } from 'vitest';
import { planned } from './plan.ts';
import { foulsIn } from './referee.ts';
import { play } from './season.ts';

/** Others than those that are played with the gateway's own key. More of them: `GREENROOM_ASKED_SEASONS`. */
const SEASONS = Number(process.env['GREENROOM_ASKED_SEASONS'] ?? 20);
const FROM = 1_000_000;

it(`${SEASONS} seasons of AWS, where posture has no power over the gateway and asks for rotations, keep their promise`, async () => {
  let [rotated, prolonged] = [0, 0];
  for (let seed = FROM; seed < FROM + SEASONS; seed += 1) {
    const plan = planned(seed);
    const season = await play(plan, { asks: true });
    const untold = foulsIn(plan, season).filter(({ verdict }) => verdict === 'untold');
    expect(untold.slice(0, 3), `season ${seed}`).toEqual([]);
    rotated += season.rotations.filter(({ by }) => by === 'Greenroom').length;
    prolonged += season.told.filter(({ news: { line } }) => line.startsWith('done: extend key')).length;
  }
  expect(Math.min(rotated, prolonged)).toBeGreaterThan(0);
}, 600_000);
