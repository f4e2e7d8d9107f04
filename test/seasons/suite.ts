import { expect, it } from 'vitest';
import { HANDS, OUTAGES, planned } from './plan.ts';
import { foulsIn, kindsOf, type Foul } from './referee.ts';
import { play } from './season.ts';
import { batchesOf, describeHalf, ONE, seedsOf, type Half } from './seeds.ts';

/**
 * Seasons at random and repeatably: calendars, rotators, lives of keys, gateways, people's hands, outages and deaths.
 *
 * Whatever happens: nothing rotates a key and no key ends in a workshop's window, or people were told a day before it
 * opens, with the reason why it cannot be avoided. Who announces a workshop later than that is told at once.
 */
const SEASONS = Number(process.env['GREENROOM_SEASONS'] ?? 80);
const BATCH = 250;

type Kinds = Map<string, number>;

export function seasons(half: Half): void {
  const kinds: Kinds = new Map();
  describeHalf(half)('seasons', () => {
    for (const batch of batchesOf(seedsOf(half, SEASONS), BATCH))
      it(`${batch[0]} to ${batch.at(-1)} keep their promise`, { timeout: 600_000 }, async () => {
        for (const seed of batch)
          expect(await untoldIn(seed, kinds), `Again: GREENROOM_SEASON=${seed} npm run seasons`).toEqual([]);
      });
    it.skipIf(ONE !== undefined)('were of every kind', () => {
      console.log(spelled(kinds));
      expect(missingIn(kinds)).toEqual([]);
    });
  });
}

const spelled = (kinds: Kinds): string =>
  [...kinds]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([kind, times]) => `${kind} ${times}`)
    .join(' · ');

async function untoldIn(seed: number, kinds: Kinds): Promise<readonly Foul[]> {
  const plan = planned(seed);
  const season = await play(plan);
  const count = (kind: string, by = 1): void => void kinds.set(kind, (kinds.get(kind) ?? 0) + by);
  const fouls = foulsIn(plan, season);
  for (const kind of kindsOf(plan)) count(kind);
  for (const [kind, times] of season.met) count(kind, times);
  for (const kind of new Set(fouls.map(({ what, verdict }) => `season with a ${what}: ${verdict}`))) count(kind);
  count('season');
  return fouls.filter(({ verdict }) => verdict === 'untold').slice(0, 3);
}

/** What is to be survived has been there, or nothing is proven: of each so many. */
const OFTEN = [
  'workshop',
  'workshops that overlap',
  'called off',
  'moved',
  'vanished',
  'announced less than a day ahead',
  'announced in its own window',
  'historic rotator',
  'rotator that makes before it breaks',
  'rotator that sleeps and loops',
  'no rotator',
  'rotator of several keys',
  ...['UTC', 'America/New_York', 'Europe/London', 'Australia/Sydney'].map((zone) => `CronJob in ${zone}`),
  'keys of an hour',
  'keys of hours and days',
  'keys of 90 days or for ever',
  'several keys',
  'gateway that bounds lives',
  'gateway with sliding memory',
  'rotation by a CronJob',
  'rotation by a loop that sleeps',
  'rotation by Greenroom',
  'dropped look',
  ...OUTAGES.map((outage) => `${outage} away`),
  ...OUTAGES.filter((outage) => outage !== 'Greenroom').map((outage) => `look without ${outage}`),
  'fated season',
  'season with a refusal: told',
];
const SELDOM = [
  'cron that cannot be paused',
  'loop that cannot be paused',
  'rotator paused by hand',
  'CronJob in Australia/Lord_Howe',
  ...HANDS.map((does) => `hand: ${does}`),
  'dense season',
  'wake-up',
];
const RARE = ['season with a rotation: told', 'season with a refusal: helpless', 'season with a rotation: helpless'];
/** A death at `vault finish` comes once in ten thousand: that it costs nothing is what test/rotation.test.ts shows. */
const RAREST = ['gateway install', 'gateway extend', 'cluster set', 'journal setLease', 'crew say'].map(
  (act) => `struck at ${act}`,
);
const LEAST = [
  [OFTEN, 40],
  [SELDOM, 100],
  [RARE, 750],
  [RAREST, 5_000],
] as const;

/** Which kinds have not been met once in so many seasons. */
const missingIn = (kinds: Kinds): string[] =>
  LEAST.flatMap(([names, among]) => names.filter((kind) => (kinds.get(kind) ?? 0) < Math.floor(SEASONS / 2 / among)));
