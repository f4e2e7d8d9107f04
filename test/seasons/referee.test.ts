import { expect, it } from 'vitest';
import { planned } from './plan.ts';
import { foulsIn } from './referee.ts';
import { play } from './season.ts';

it('without Greenroom half of the seasons break the promise, so that it can be broken', async () => {
  const broken = [];
  for (let seed = 0; seed < 20; seed += 1) {
    const plan = planned(seed);
    // Looks that nobody makes find nobody helpless: what counts is what happened in windows.
    if (foulsIn(plan, await play(plan, { looking: false })).length > 0) broken.push(seed);
  }
  expect(broken.length).toBeGreaterThan(9);
});
