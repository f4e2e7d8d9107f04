import { describe, expect, it } from 'vitest';
import { chanceOfWaiting, provisionersFor, waitOf, type Rush } from '../../src/core/queue.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { rushMsOf } from '../../src/core/crowd.ts';
import { always, lengthen, simulated, simulatedPair } from './rooms.ts';

const rush = (people: number, buildSeconds: number, arrivalSeconds: number): Rush => ({
  people,
  buildSeconds,
  arrivalSeconds,
});

describe('a room in which everybody clicks at once', () => {
  it.each([
    [10, 10, 0, 0],
    [12, 6, 0, 90],
    [13, 6, 90, 180],
    [30, 10, 90, 180],
    [1, 6, 0, 0],
  ])(
    'of %i people with %i provisioners goes in rounds: half wait %i s, nineteen in twenty %i s',
    (people, provisioners, p50, p95) => {
      const all = rush(people, 90, 0);
      expect(waitOf(0.5, all, provisioners)).toBeCloseTo(p50, 0);
      expect(waitOf(0.95, all, provisioners)).toBeCloseTo(p95, 0);
    },
  );
});

describe('the reckoned wait is that of a simulated room', () => {
  // People, provisioners, seconds for a build, seconds of arrival: the guide's bands, then too few and more than enough.
  it.each([
    [10, 6, 90, 120],
    [15, 10, 90, 120],
    [20, 10, 90, 120],
    [30, 15, 90, 120],
    [10, 6, 90, 30],
    [20, 10, 150, 30],
    [20, 10, 150, 300],
    [30, 20, 90, 120],
    [60, 20, 60, 120],
    [25, 3, 90, 120],
    [25, 3, 90, 600],
    [25, 25, 90, 120],
    [20, 10, 90, 600],
  ])('%i people, %i provisioners, %i s builds, within %i s', (people, provisioners, buildSeconds, arrivalSeconds) => {
    const given = rush(people, buildSeconds, arrivalSeconds);
    const waits = simulated(given, provisioners, always(buildSeconds));
    const p95 = waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN;
    const reckoned = waitOf(0.95, given, provisioners);
    expect(reckoned).toBeGreaterThan(p95 - 4);
    expect(reckoned).toBeLessThan(p95 * 1.08 + 4);

    for (const seconds of [0, 15, 45, 100]) {
      const share = waits.filter((wait) => wait > seconds).length / waits.length;
      const chance = chanceOfWaiting(seconds, given, provisioners);
      expect(chance).toBeGreaterThan(share - 0.015);
      // Adding up the rounds overstates where provisioners are far too few; then only the percentile is near.
      if (reckoned < buildSeconds) expect(chance).toBeLessThan(share + 0.03);
    }
  });
});

describe('where builds do not all take equally long', () => {
  it.each([
    [10, 6],
    [20, 10],
    [20, 15],
    [30, 22],
  ])(
    '%i people with %i provisioners wait no longer than reckoned from the time that nine builds in ten keep',
    (people, provisioners) => {
      const given = rush(people, 90, 120);
      const waits = simulated(given, provisioners, lengthen(90));
      const p95 = waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN;
      expect(p95).toBeLessThanOrEqual(waitOf(0.95, given, provisioners) + 3);
    },
  );
});

describe('two rooms of the same size', () => {
  const sizing = { ...DEFAULT_POLICY.sizing };
  const apart = rushMsOf(sizing) / 1_000;
  const p95Of = (people: number, apartSeconds: number, provisioners: number): number => {
    const waits = simulatedPair(rush(people, sizing.buildSeconds, sizing.arrivalSeconds), apartSeconds, provisioners);
    return waits[Math.ceil(waits.length * 0.95) - 1] ?? Number.NaN;
  };
  const enoughFor = (people: number): number =>
    provisionersFor(rush(people, sizing.buildSeconds, sizing.arrivalSeconds), sizing.waitSeconds, 1);

  it.each([10, 20, 30])(
    'of %i people wait too long if they begin in the same minutes and are sized apart',
    (people) => {
      for (const seconds of [0, 60, 120]) expect(p95Of(people, seconds, enoughFor(people))).toBeGreaterThan(20);
    },
  );

  it.each([10, 20, 30])('of %i people do not if they are sized as one, whichever minutes these are', (people) => {
    for (const seconds of [0, 30, 60, 120, apart - 1])
      expect(p95Of(people, seconds, enoughFor(2 * people))).toBeLessThanOrEqual(sizing.waitSeconds + 1);
  });

  it.each([10, 20, 30])('of %i people are none in the other’s way once its builds are done', (people) => {
    for (const seconds of [apart, apart + 60])
      expect(p95Of(people, seconds, enoughFor(people))).toBeLessThanOrEqual(sizing.waitSeconds + 1);
  });
});

describe('the number of provisioners', () => {
  it.each([
    [10, 45, 600, 3],
    [10, 90, 120, 8],
    [20, 90, 120, 15],
    [30, 45, 600, 5],
    [30, 150, 30, 29],
  ])('for %i people, %i s builds and %i s of arrival is %i', (people, buildSeconds, arrivalSeconds, count) => {
    expect(provisionersFor(rush(people, buildSeconds, arrivalSeconds), 15, 1)).toBe(count);
  });

  it('is never under the least, and never over one for each person', () => {
    expect(provisionersFor(rush(3, 90, 600), 15, 6)).toBe(6);
    expect(provisionersFor(rush(40, 3_600, 0), 0, 1)).toBeLessThanOrEqual(40);
    expect(provisionersFor(rush(0, 90, 120), 15, 6)).toBe(6);
  });
});
