import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bandOf, capacityFor, replicasFor } from '../../src/core/capacity.ts';
import { DEFAULT_POLICY, type Sizing } from '../../src/core/policy.ts';
import { chanceOfWaiting } from '../../src/core/queue.ts';

const { sizing } = DEFAULT_POLICY;

describe("the guide's bands, each beginning where the last ends", () => {
  it.each([
    [1, 6, 4],
    [9, 6, 4],
    [10, 10, 4],
    [15, 10, 4],
    [16, 10, 6],
    [20, 10, 6],
    [21, 15, 8],
    [30, 15, 8],
    [31, 16, 9],
    [60, 30, 16],
  ])('%i people get %i provisioners and %i gateway replicas', (people, provisioners, gateway) => {
    expect(bandOf(people)).toEqual({ provisioners, gateway });
  });

  it('never fall as people are added, also beyond the last', () => {
    for (let people = 1; people < 200; people += 1) {
      const [fewer, more] = [bandOf(people), bandOf(people + 1)];
      expect(more.provisioners).toBeGreaterThanOrEqual(fewer.provisioners);
      expect(more.gateway).toBeGreaterThanOrEqual(fewer.gateway);
    }
  });
});

describe('the provisioners for a workshop', () => {
  it.each<[string, number, Partial<Sizing>, number]>([
    ['are the band where builds are quick', 25, { buildSeconds: 30 }, 15],
    ['are the band where people trickle in', 25, { arrivalSeconds: 600 }, 15],
    ['are more where everyone clicks within two minutes', 25, {}, 19],
    ['are one for each where everyone clicks at once and builds are slow', 25, { arrivalSeconds: 0 }, 24],
    ['are for those who come', 25, { showRate: 0.6 }, 12],
  ])('%s', (_, people, change, provisioners) => {
    expect(replicasFor(people, { ...sizing, ...change }).provisioners).toBe(provisioners);
  });

  it('are never below the band, are enough, and are not one too many', () => {
    const rooms = fc.record({
      people: fc.integer({ min: 1, max: 60 }),
      buildSeconds: fc.integer({ min: 10, max: 300 }),
      arrivalSeconds: fc.integer({ min: 0, max: 900 }),
    });
    fc.assert(
      fc.property(rooms, ({ people, ...room }) => {
        const rush = { people, ...room };
        const { provisioners } = replicasFor(people, { ...sizing, ...room });
        const least = bandOf(people).provisioners;
        expect(provisioners).toBeGreaterThanOrEqual(least);
        expect(chanceOfWaiting(sizing.waitSeconds, rush, provisioners)).toBeLessThanOrEqual(0.05);
        if (provisioners > least)
          expect(chanceOfWaiting(sizing.waitSeconds, rush, provisioners - 1)).toBeGreaterThan(0.05);
      }),
      { numRuns: 100 },
    );
  });
});

describe('everything about a workshop of 25', () => {
  const capacity = capacityFor(25, sizing);

  it('shows the way from too few to enough, with the band and the answer among them', () => {
    const counts = capacity.waits.map(({ provisioners }) => provisioners);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
    expect(counts).toEqual(expect.arrayContaining([15, 19]));
    const waits = capacity.waits.map(({ p95Seconds }) => p95Seconds);
    expect(waits).toEqual(waits.toSorted((a, b) => b - a));
  });

  it('says what the workspaces take of the nodes, least and most', () => {
    expect(capacity.demand).toEqual({ cpus: [50, 100], memoryGb: [100, 200], ephemeralGb: [250, 500] });
    expect(capacity.diskGb).toEqual([417, 834]);
  });

  it('says what would be cheaper, and it would really be enough', () => {
    const { prebuilds, stagger } = capacity.levers;
    expect(prebuilds).toEqual({ provisioners: 15, p95Seconds: 0 });
    expect(replicasFor(25, { ...sizing, arrivalSeconds: stagger.arrivalSeconds }).provisioners).toBe(15);
    expect(replicasFor(25, { ...sizing, arrivalSeconds: stagger.arrivalSeconds - 30 }).provisioners).toBeGreaterThan(
      15,
    );
  });

  it('has nothing to stagger where the band is enough', () => {
    expect(capacityFor(25, { ...sizing, buildSeconds: 30 }).levers.stagger.arrivalSeconds).toBe(0);
  });
});
