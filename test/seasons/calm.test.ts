import { expect, it } from 'vitest';
import { minutes } from '../../src/core/time.ts';
import { OUTAGES, planned, type Plan } from './plan.ts';
import { foulsIn, type Foul } from './referee.ts';
import { play } from './season.ts';

/** The same seasons as the others, in which nothing is out of reach, nothing dies, and no hand is put on a key. */
const ONE = process.env['GREENROOM_SEASON'];
const SEASONS = ONE === undefined ? Number(process.env['GREENROOM_CALM_SEASONS'] ?? 40) : 1;
const FROM = Number(ONE ?? process.env['GREENROOM_SEASONS_FROM'] ?? 0);
const BATCH = 250;

function calm(seed: number): Plan {
  const outages = Object.fromEntries(OUTAGES.map((outage) => [outage, []])) as unknown as Plan['outages'];
  return { ...planned(seed), hands: [], fated: 0, outages };
}

/** A look comes every five minutes: what ended before the calendar said that it was needed, it can only find. */
const isBeforeTheFirstLook = ({ at }: Foul, { calendar }: Plan): boolean =>
  calendar.some(({ since }) => since <= at && at.getTime() - since.getTime() <= minutes(5));

for (let first = FROM; first < FROM + SEASONS; first += BATCH) {
  const last = Math.min(first + BATCH, FROM + SEASONS) - 1;
  it(`calm seasons ${first} to ${last}: whatever rotates or ends in a window was told, but for the minutes before the first look`, async () => {
    let told = 0;
    for (let seed = first; seed <= last; seed += 1) {
      const plan = calm(seed);
      const fouls = foulsIn(plan, await play(plan));
      const wrong = fouls.filter((foul) => foul.verdict !== 'told' && !isBeforeTheFirstLook(foul, plan));
      expect(wrong.slice(0, 3), `season ${seed}`).toEqual([]);
      told += fouls.filter(({ verdict }) => verdict === 'told').length;
    }
    if (SEASONS > 1) expect(told).toBeGreaterThan(0);
  }, 600_000);
}
