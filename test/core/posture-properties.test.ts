import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { instantsOf } from '../../src/core/instants.ts';
import { DEFAULT_POLICY, type Policy } from '../../src/core/policy.ts';
import { horizonOf, outlook, postureAt, timetable, type Posture } from '../../src/core/posture.ts';
import { replicasFor } from '../../src/core/capacity.ts';
import { minutes, plus } from '../../src/core/time.ts';
import { isWithin, overlap, type Interval, type Workshop } from '../../src/core/workshop.ts';
import { at, aWorkshop } from '../builders.ts';

const START = at('00:00', '2026-09-01');
const DAYS = 4 * 24 * 60;
const LONG = 20 * 24 * 60;

/** An instant in four days; often on the quarter of an hour, so that edges meet. */
const anInstant = fc
  .oneof(
    fc.integer({ min: 0, max: DAYS / 15 }).map((quarters) => quarters * 15 * 60_000),
    fc.integer({ min: 0, max: DAYS * 60_000 }),
  )
  .map((ms) => plus(START, ms));

const someWorkshops: fc.Arbitrary<Workshop[]> = fc
  .array(
    fc.record({
      starts: anInstant,
      quarters: fc.integer({ min: 1, max: 32 }),
      people: fc.integer({ min: 1, max: 40 }),
      // Often enough in the same minutes as the one before it.
      beside: fc.option(fc.integer({ min: -5, max: 5 }), { nil: undefined }),
    }),
    {
      maxLength: 6,
    },
  )
  .map((drawn) =>
    drawn.map(({ starts: drawnStart, quarters, people, beside }, i) => {
      const before = drawn[i - 1];
      const starts = before && beside !== undefined ? plus(before.starts, minutes(beside)) : drawnStart;
      return aWorkshop({
        id: `w${i}`,
        title: `Workshop ${i}`,
        starts,
        ends: plus(starts, minutes(quarters * 15)),
        attendance: { people, from: 'description' },
      });
    }),
  );

const aPolicy: fc.Arbitrary<Policy> = fc
  .record({
    leads: fc.array(fc.integer({ min: 0, max: 200 }), { minLength: 4, maxLength: 4 }),
    grace: fc.integer({ min: 0, max: 8 }),
    freezeNodes: fc.boolean(),
  })
  .map(({ leads, grace, freezeNodes }) => {
    const [close = 0, rotate = 0, raise = 0, check = 0] = leads.map((quarters) => quarters * 15).sort((a, b) => a - b);
    return {
      ...DEFAULT_POLICY,
      checkLeadMinutes: [check, Math.min(check, 60)],
      raiseLeadMinutes: raise,
      rotateLeadMinutes: rotate,
      closeLeadMinutes: close,
      graceMinutes: grace * 15,
      freezeNodes,
    };
  });
const policies = fc.oneof(fc.constant(DEFAULT_POLICY), aPolicy);

/** What happens at an edge, and right beside it, is where mistakes are. */
const calendars = fc
  .tuple(someWorkshops, policies, anInstant, fc.nat(), fc.integer({ min: -1, max: 1 }))
  .map(([workshops, policy, anywhere, edge, beside]): [Workshop[], Policy, Date] => {
    const { boundaries } = outlook(workshops, policy);
    const near = boundaries[edge % (2 * boundaries.length)];
    return [workshops, policy, near ? plus(near, beside) : anywhere];
  });

/** Says for whom a property failed, and by which draw. */
const always = (property: (workshops: Workshop[], policy: Policy, now: Date) => void): void =>
  fc.assert(
    fc.property(calendars, ([workshops, policy, now]) => property(workshops, policy, now)),
    { numRuns: 200 },
  );

/** What is done, without the words: what the world would be told to be. */
const acts = ({ floors, held, rotationDue, paused, frozen }: Posture): object => ({
  floors: floors.map(({ kind, replicas, until, restoreAt }) => ({ kind, replicas, until, restoreAt })),
  held,
  rotationDue,
  paused,
  frozen,
});
const timeless = (posture: Posture): object => ({ ...posture, at: START });
const intervals = (
  workshops: readonly Workshop[],
  policy: Policy,
  which: 'raised' | 'rotation' | 'closed',
): Interval[] => workshops.map((workshop) => timetable(workshop, policy)[which]);
const anyHolds = (intervals: readonly Interval[], now: Date): boolean => intervals.some((each) => isWithin(each, now));

/** Two minutes of clicks, a quarter of a minute in the line, a build of a minute and a half. */
const RUSH_MS = 225_000;
const arrivingWith = ({ starts }: Workshop, asking: readonly Workshop[]): number =>
  asking
    .filter((other) => other.starts <= starts && starts.getTime() < other.starts.getTime() + RUSH_MS)
    .reduce((sum, { attendance }) => sum + attendance.people, 0);

describe('whatever the calendar', () => {
  it('the posture is the same between one instant and the next', () => {
    always((workshops, policy, now) => {
      const { at: postureOf, boundaries } = outlook(workshops, policy);
      const before = boundaries.findLast((instant) => instant <= now);
      expect(timeless(postureOf(now))).toEqual(timeless(postureOf(before ?? plus(START, -minutes(LONG)))));
      expect(postureOf(now).next).toEqual(boundaries.find((instant) => instant > now));
    });
  });

  it('nothing is to be done at an instant that the plan does not name', () => {
    always((workshops, policy, now) => {
      const until = plus(now, minutes(24 * 60));
      const planned = instantsOf(workshops, policy, now, until).map((change) => change.at);
      for (const at of [...outlook(workshops, policy).boundaries, until].filter((each) =>
        isWithin({ from: now, until }, each),
      )) {
        if (planned.some((each) => each.getTime() === at.getTime())) continue;
        const [before, after] = [postureAt(plus(at, -1), workshops, policy), postureAt(at, workshops, policy)];
        expect(acts(after)).toEqual(acts(before));
        expect(after.checks).toEqual(before.checks);
      }
    });
  });

  it('the order in which workshops are listed does not matter', () => {
    always((workshops, policy, now) => {
      expect(postureAt(now, workshops.toReversed(), policy)).toEqual(postureAt(now, workshops, policy));
    });
  });

  it('moving every workshop moves everything, and nothing else', () => {
    const moved = ({ starts, ends, ...rest }: Workshop, by: number): Workshop => ({
      ...rest,
      starts: plus(starts, by),
      ends: plus(ends, by),
    });
    always((workshops, policy, now) => {
      const by = minutes(1_234);
      const later = workshops.map((workshop) => moved(workshop, by));
      const shifted = instantsOf(later, policy, plus(START, -minutes(LONG)), plus(now, by));
      const stayed = instantsOf(workshops, policy, plus(START, -minutes(LONG) - by), now);
      expect(shifted.map(({ at, does, replicas }) => [at, does, replicas])).toEqual(
        stayed.map(({ at, does, replicas }) => [plus(at, by), does, replicas]),
      );
    });
  });

  it('a floor is the most that any workshop in its window asks for, with those who still build, and nobody else', () => {
    always((workshops, policy, now) => {
      const asking = workshops.filter((workshop) => isWithin(timetable(workshop, policy).raised, now));
      const { floors } = postureAt(now, workshops, policy);
      expect(floors.map(({ kind, replicas }) => [kind, replicas])).toEqual(
        asking.length === 0
          ? []
          : (['provisioners', 'gateway'] as const).map((kind) => [
              kind,
              Math.max(...asking.map((each) => replicasFor(arrivingWith(each, asking), policy.sizing)[kind])),
            ]),
      );
    });
  });

  it('a floor says until when it stays so high, unless somebody else comes', () => {
    always((workshops, policy, now) => {
      for (const { kind, replicas, asks, until } of postureAt(now, workshops, policy).floors) {
        const asking = asks.map(({ workshop }) => workshop);
        const heightAt = (instant: Date): number =>
          postureAt(instant, asking, policy).floors.find((floor) => floor.kind === kind)?.replicas ?? 0;
        expect(heightAt(plus(until, -1))).toBe(replicas);
        expect(heightAt(until)).toBeLessThan(replicas);
      }
    });
  });

  it('nothing is raised, held, paused or frozen outside a window or its lead', () => {
    always((workshops, policy, now) => {
      const posture = postureAt(now, workshops, policy);
      expect(posture.held !== undefined).toBe(anyHolds(intervals(workshops, policy, 'raised'), now));
      expect(posture.floors.length > 0).toBe(anyHolds(intervals(workshops, policy, 'raised'), now));
      expect(posture.frozen !== undefined).toBe(
        policy.freezeNodes && anyHolds(intervals(workshops, policy, 'closed'), now),
      );
      const isPausedOrDue = posture.paused !== undefined || posture.rotationDue !== undefined;
      expect(isPausedOrDue).toBe(anyHolds(intervals(workshops, policy, 'rotation'), now));
    });
  });

  it('rotation is paused in every window, and never due there', () => {
    always((workshops, policy, now) => {
      const { paused, rotationDue } = postureAt(now, workshops, policy);
      if (anyHolds(intervals(workshops, policy, 'closed'), now)) {
        expect(paused).toBeDefined();
        expect(rotationDue).toBeUndefined();
      }
      expect(paused && rotationDue).toBeUndefined();
    });
  });

  it('keys always get their whole time to be made in, and are asked to outlast every window until the next such time', () => {
    always((workshops, policy, now) => {
      const { rotationDue } = postureAt(now, workshops, policy);
      if (!rotationDue) return;
      const { from, until, outlast } = rotationDue;
      expect(until.getTime() - from.getTime()).toBe(minutes(policy.rotateLeadMinutes - policy.closeLeadMinutes));
      const windows = intervals(workshops, policy, 'closed');
      expect(windows.some((window) => overlap(window, { from, until }))).toBe(false);
      const met = windows.filter((window) => overlap(window, { from: until, until: outlast }));
      expect(Math.max(...met.map((window) => window.until.getTime()))).toBe(outlast.getTime());
    });
  });

  it('what says until when it stays is right, and does not end a moment sooner', () => {
    always((workshops, policy, now) => {
      const { held, paused, frozen } = postureAt(now, workshops, policy);
      for (const [name, shut] of Object.entries({ held, paused, frozen }) as ['held', Interval | undefined][]) {
        if (!shut) continue;
        expect(postureAt(shut.until, workshops, policy)[name]).toBeUndefined();
        expect(postureAt(plus(shut.until, -1), workshops, policy)[name]).toBeDefined();
        expect(isWithin(shut, now)).toBe(true);
      }
    });
  });

  it('two plans that meet are the plan of the whole', () => {
    always((workshops, policy, now) => {
      const plan = (from: Date, to: Date) => instantsOf(workshops, policy, from, to);
      const [first, last] = [plus(START, -minutes(LONG)), plus(START, minutes(LONG))];
      expect([...plan(first, now), ...plan(now, last)]).toEqual(plan(first, last));
    });
  });

  it('after everything was done and undone, nothing is left', () => {
    always((workshops, policy) => {
      const changes = instantsOf(workshops, policy, plus(START, -minutes(LONG)), plus(START, minutes(LONG)));
      const count = (does: string): number => changes.filter((change) => change.does === does).length;
      expect(count('release')).toBe(count('hold'));
      expect(count('resume')).toBe(count('pause'));
      expect(count('thaw')).toBe(count('freeze'));
      expect(count('restore')).toBe(2 * count('hold'));
      expect([count('start'), count('end')]).toEqual([workshops.length, workshops.length]);
    });
  });

  it('a look needs no more of the calendar than its horizon', () => {
    always((workshops, policy, now) => {
      const horizon = horizonOf({ from: now, until: plus(now, 1) }, policy);
      const inSight = workshops.filter(({ starts, ends }) => overlap({ from: starts, until: ends }, horizon));
      const [far, near] = [postureAt(now, workshops, policy), postureAt(now, inSight, policy)];
      const heights = ({ floors }: Posture) => floors.map(({ replicas, asks }) => [replicas, asks.length]);
      expect(heights(near)).toEqual(heights(far));
      expect(near.checks).toEqual(far.checks);
      for (const name of ['held', 'rotationDue', 'paused', 'frozen'] as const) {
        expect(near[name] !== undefined).toBe(far[name] !== undefined);
      }
    });
  });
});
