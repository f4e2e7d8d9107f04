import { expect, it } from 'vitest';
import { between, minutes } from '../../src/core/time.ts';
import { OUTAGES, planned, type Plan } from './plan.ts';
import { foulsIn, type Foul } from './referee.ts';
import { play } from './season.ts';
import { batchesOf, describeHalf, ONE, seedsOf, type Half } from './seeds.ts';
import type { Season } from './stage.ts';

const SEASONS = Number(process.env['GREENROOM_CALM_SEASONS'] ?? 40);
const BATCH = 125;

/**
 * The same seasons as the others, in which nothing is out of reach, nothing dies, and no hand is put on a key: whatever
 * rotates or ends in a window was told, but for the minutes before the first look.
 */
export function calmSeasons(half: Half): void {
  describeHalf(half)('calm seasons', () => {
    for (const batch of batchesOf(seedsOf(half, SEASONS), BATCH))
      it(`${batch[0]} to ${batch.at(-1)} keep the promise without an excuse`, { timeout: 600_000 }, async () => {
        let told = 0;
        for (const seed of batch) {
          const { wrong, foreseen } = await foulsOf(calm(seed));
          expect(wrong.slice(0, 3), `Again: GREENROOM_SEASON=${seed} npm run seasons`).toEqual([]);
          told += foreseen;
        }
        if (ONE === undefined) expect(told).toBeGreaterThan(0);
      });
  });
}

async function foulsOf(plan: Plan): Promise<{ wrong: Foul[]; foreseen: number }> {
  const season = await play(plan);
  const fouls = foulsIn(plan, season);
  const isExcused = (foul: Foul): boolean => isBeforeTheFirstLook(foul, plan) || isOnItsWay(foul, plan, season);
  const untold = fouls.filter(({ verdict }) => verdict !== 'told');
  return { wrong: untold.filter((foul) => !isExcused(foul)), foreseen: fouls.length - untold.length };
}

function calm(seed: number): Plan {
  const outages = Object.fromEntries(OUTAGES.map((outage) => [outage, []])) as unknown as Plan['outages'];
  return { ...planned(seed), hands: [], fated: 0, outages };
}

const LOOKS_COME_MS = minutes(5);

/** A look comes every five minutes: what ended before the calendar said that it was needed, it can only find. */
const isBeforeTheFirstLook = ({ at }: Foul, { calendar }: Plan): boolean =>
  calendar.some(({ since }) => isJustAfter(since, at, LOOKS_COME_MS));

/** The first look made another key, and the copy that people work with follows. */
function isOnItsWay({ what, at, key }: Foul, { calendar, keys }: Plan, { rotations }: Season): boolean {
  const copyMs = keys.find(({ name }) => name === key)?.copyMs ?? 0;
  const made = rotations.filter((each) => each.by === 'Greenroom' && each.key === key);
  const first = made.find((each) => calendar.some(({ since }) => isJustAfter(since, each.at, LOOKS_COME_MS)));
  return what === 'refusal' && first !== undefined && isJustAfter(first.at, at, copyMs);
}

const isJustAfter = (before: Date, at: Date, ms: number): boolean => before <= at && between(before, at) <= ms;
