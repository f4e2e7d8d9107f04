import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { currentOf, moveFor, type Lease, type Setting, type Wish } from '../../src/core/lease.ts';
import { hours, plus } from '../../src/core/time.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const EVENING = plus(NOON, hours(8));
const lever = { kind: 'StatefulSet', namespace: 'coder', name: 'coder-provisioner' } as const;
const because = { by: 'calendar', why: 'Agents 101', cluster: 'ohio', lever };
const floor = (value: number, until = EVENING): Wish => ({
  target: 'provisioners',
  kind: 'floor',
  value,
  until,
  ...because,
});
const pause: Wish = { target: 'rotator', kind: 'pause', value: true, until: EVENING, ...because };

const leased = (was: Setting, ...sets: Setting[]): Lease => ({
  target: 'provisioners',
  kind: 'floor',
  was,
  sets,
  since: NOON,
  until: EVENING,
  edition: 1,
  ...because,
});

describe('a floor that is wanted', () => {
  it('is taken where fewer are there, and what was there is remembered', () => {
    const move = moveFor(3, floor(10), undefined, NOON);
    expect(move).toEqual({ do: 'take', lease: leased(3, 10) });
  });

  it.each([10, 25])('is nothing to do where %i are there already', (is) => {
    expect(moveFor(is, floor(10), undefined, NOON)).toEqual({ do: 'nothing' });
  });

  it('that stands under its lease is nothing to do', () => {
    expect(moveFor(10, floor(10), leased(3, 10), NOON)).toEqual({ do: 'nothing' });
  });

  it('that ends later than was written down renews the lease and touches nothing', () => {
    const later = plus(EVENING, hours(2));
    expect(moveFor(10, floor(10, later), leased(3, 10), NOON)).toMatchObject({
      do: 'renew',
      lease: { until: later, was: 3, sets: [10], edition: 2 },
    });
  });

  it('that grows is taken on, and what was there first is still what comes back', () => {
    expect(moveFor(10, floor(15), leased(3, 10), NOON)).toMatchObject({
      do: 'take',
      lease: { was: 3, sets: [10, 15], edition: 2 },
    });
  });

  it('that a run died before raising, or that a deployment reset, is raised', () => {
    expect(moveFor(3, floor(10), leased(3, 10), NOON)).toMatchObject({ do: 'take', lease: { was: 3, sets: [10] } });
  });

  it('is left to live load that went above it', () => {
    expect(moveFor(14, floor(10), leased(3, 10), NOON)).toEqual({ do: 'nothing' });
  });

  it('that ends later is written down also where live load went above it', () => {
    const later = plus(EVENING, hours(2));
    expect(moveFor(14, floor(10, later), leased(3, 10), NOON)).toMatchObject({ do: 'renew', lease: { until: later } });
  });

  it('is written anew, and nothing less, where somebody has begun to put it back, or only its marks were found', () => {
    const lifting: Lease = { ...leased(3, 10), isLifting: true };
    expect(moveFor(10, floor(10), lifting, NOON)).toMatchObject({ do: 'take', lease: { sets: [10], edition: 2 } });
    expect(moveFor(14, floor(10), lifting, NOON)).toMatchObject({ do: 'renew', lease: { edition: 2 } });
    expect(moveFor(10, floor(10), lifting, NOON)).not.toHaveProperty('lease.isLifting');
    expect(moveFor(10, floor(10), { ...leased(3, 10), edition: 0 }, NOON)).toMatchObject({
      do: 'renew',
      lease: { edition: 1 },
    });
  });

  it('is written down anew where somebody else asks for it, or for another reason', () => {
    expect(moveFor(10, { ...floor(10), by: 'ana' }, leased(3, 10), NOON)).toMatchObject({
      do: 'renew',
      lease: { by: 'ana' },
    });
    expect(moveFor(10, { ...floor(10), why: 'Templates' }, leased(3, 10), NOON)).toMatchObject({
      do: 'renew',
      lease: { why: 'Templates' },
    });
  });

  it('that was written down higher and stands lower is the last that was set', () => {
    expect(moveFor(10, floor(10), leased(3, 10, 14), NOON)).toMatchObject({ do: 'take', lease: { sets: [14, 10] } });
  });

  it('goes above somebody who went above us, and it is theirs that comes back', () => {
    expect(moveFor(12, floor(16), leased(3, 10), NOON)).toMatchObject({ do: 'take', lease: { was: 12, sets: [16] } });
    // More than was found and less than was set is nobody's wish for more.
    expect(moveFor(6, floor(16), leased(3, 10), NOON)).toMatchObject({ do: 'yield' });
  });

  it('is not forced upon somebody who set less since: theirs wins, and it is told', () => {
    expect(moveFor(6, floor(10), leased(3, 10), NOON)).toMatchObject({
      do: 'yield',
      why: expect.stringContaining('6'),
    });
  });

  it('that what was there first suffices for gives the knob back', () => {
    expect(moveFor(10, floor(2), leased(3, 10), NOON)).toMatchObject({ do: 'restore', lease: { was: 3 } });
  });
});

describe('a lease that nobody wants any longer', () => {
  it('is restored where it stands as we set it', () => {
    expect(moveFor(10, undefined, leased(3, 10), EVENING)).toMatchObject({ do: 'restore', lease: { was: 3 } });
  });

  it('is restored from anything that we ever set, because a run may have died before the last one', () => {
    expect(moveFor(10, undefined, leased(3, 10, 15), EVENING)).toMatchObject({ do: 'restore' });
  });

  it('is ended without a change where it stands as it was', () => {
    expect(moveFor(3, undefined, leased(3, 10), EVENING)).toMatchObject({ do: 'end', why: 'stands at 3 again' });
  });

  it.each([7, 0, null])('is ended and the knob left at %s where somebody set that since', (is) => {
    expect(moveFor(is, undefined, leased(3, 10), EVENING)).toMatchObject({
      do: 'end',
      why: expect.stringContaining('left'),
    });
  });
});

describe('a rotator', () => {
  it('that is a Deployment and that somebody scaled since is theirs, however many they want of it', () => {
    const loop: Wish = { ...pause, value: 0 };
    expect(moveFor(3, loop, { ...leased(1, 0), kind: 'pause' }, NOON)).toMatchObject({ do: 'yield' });
  });

  it('is paused, and one that somebody paused before is nobody’s to resume', () => {
    expect(moveFor(false, pause, undefined, NOON)).toMatchObject({ do: 'take', lease: { was: false, sets: [true] } });
    expect(moveFor(true, pause, undefined, NOON)).toEqual({ do: 'nothing' });
  });

  it('without a word about it gets that word taken away again', () => {
    const { lease } = moveFor(null, pause, undefined, NOON) as { lease: Lease };
    expect(moveFor(true, undefined, lease, EVENING)).toMatchObject({ do: 'restore', lease: { was: null } });
  });
});

it('whatever was wanted, however often a run died, and in whatever order: what was there first comes back', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 30 }),
      fc.array(
        fc.record({
          want: fc.option(fc.integer({ min: 1, max: 30 }), { nil: undefined }),
          dies: fc.constantFrom('', 'before', 'after'),
        }),
      ),
      (first, days) => {
        const world = { is: first as Setting, lease: undefined as Lease | undefined };
        for (const { want, dies } of [...days, { want: undefined, dies: '' }]) {
          const move = moveFor(world.is, want === undefined ? undefined : floor(want), world.lease, NOON);
          if (move.do === 'take' || move.do === 'renew') world.lease = move.lease;
          if (dies === 'before') continue;
          if (move.do === 'take') world.is = currentOf(move.lease);
          if (move.do === 'restore') world.is = move.lease.was;
          if (dies === 'after') continue;
          if (move.do === 'restore' || move.do === 'end') world.lease = undefined;
          if (want !== undefined) expect(Number(world.is)).toBeGreaterThanOrEqual(want);
        }
        expect(world).toEqual({ is: first, lease: undefined });
      },
    ),
  );
});
