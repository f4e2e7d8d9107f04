import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY as policy } from '../../src/core/policy.ts';
import { postureAt, type Floor, type Posture } from '../../src/core/posture.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { at, aWorkshop } from '../builders.ts';

const SUNDAY = '2026-09-13';
const SATURDAY = '2026-09-12';

const oneMillisecondBefore = (instant: Date): Date => new Date(instant.getTime() - 1);
const people = (count: number): Workshop['attendance'] => ({ people: count, from: 'description' });

/** What a posture asks for, in one line a person can check. */
const briefly = ({ workshops, floors, held, rotationDue, paused, frozen, checks }: Posture): string =>
  [
    workshops.map(({ phase }) => phase).join(' '),
    ...floors.map(({ kind, replicas }) => `${kind} ${replicas}`),
    ...(held ? ['held'] : []),
    ...(rotationDue ? ['rotation due'] : []),
    ...(paused ? ['paused'] : []),
    ...(frozen ? ['frozen'] : []),
    ...(checks.length > 0 ? ['checks due'] : []),
  ].join(', ');

const nothing = '';
const raised = 'provisioners 15, gateway 6, held';

describe('a workshop of 20 people from 09:00 to 11:00', () => {
  const workshop = aWorkshop();

  it.each<[string, Date, string, string]>([
    ['two days before, checks are due', at('09:00', SATURDAY), 'planned', 'checks, checks due'],
    [
      'a day before, floors are raised and promotions held',
      at('09:00', SUNDAY),
      'checks, checks due',
      `raised, ${raised}, checks due`,
    ],
    [
      'three hours before, keys are to be made fresh',
      at('06:00'),
      `raised, ${raised}, checks due`,
      `keys, ${raised}, rotation due, checks due`,
    ],
    [
      'two hours before, rotation is paused and nodes are frozen',
      at('07:00'),
      `keys, ${raised}, rotation due, checks due`,
      `closed, ${raised}, paused, frozen, checks due`,
    ],
    [
      'at its start, it is live',
      at('09:00'),
      `closed, ${raised}, paused, frozen, checks due`,
      `live, ${raised}, paused, frozen, checks due`,
    ],
    [
      'at its end, nothing is let go yet',
      at('11:00'),
      `live, ${raised}, paused, frozen, checks due`,
      `grace, ${raised}, paused, frozen`,
    ],
    ['an hour later, everything is as it was', at('12:00'), `grace, ${raised}, paused, frozen`, nothing],
  ])('%s, and not a millisecond earlier', (_, instant, before, after) => {
    expect(briefly(postureAt(oneMillisecondBefore(instant), [workshop], policy))).toBe(before);
    expect(briefly(postureAt(instant, [workshop], policy))).toBe(after);
  });

  it('says until when', () => {
    const { floors, held, paused, frozen, next } = postureAt(at('08:00'), [workshop], policy);
    const until = at('12:00');
    const shut = { until, workshops: [workshop] };
    expect(held).toEqual({ ...shut, from: at('09:00', SUNDAY) });
    expect(paused).toEqual({ ...shut, from: at('07:00') });
    expect(frozen).toEqual({ ...shut, from: at('07:00') });
    expect(next).toEqual(at('09:00'));
    expect(floors[0]).toEqual({
      kind: 'provisioners',
      replicas: 15,
      asks: [{ workshop, crowd: { workshops: [workshop], people: 20 }, replicas: 15, until }],
      until,
      restoreAt: until,
    } satisfies Floor);
  });

  it('wants keys that outlast the pause, made before it', () => {
    expect(postureAt(at('06:30'), [workshop], policy).rotationDue).toEqual({
      from: at('06:00'),
      until: at('07:00'),
      outlast: at('12:00'),
      workshops: [workshop],
    });
  });

  it.each([
    [at('09:00', SATURDAY), at('09:00', SATURDAY)],
    [at('08:59', SUNDAY), at('09:00', SATURDAY)],
    [at('09:00', SUNDAY), at('09:00', SUNDAY)],
    [at('07:59'), at('09:00', SUNDAY)],
    [at('08:00'), at('08:00')],
    [at('10:59'), at('08:00')],
  ])('at %s counts no report from before %s', (now, since) => {
    expect(postureAt(now, [workshop], policy).checks).toEqual([{ workshop, since }]);
  });

  it('asks for nothing when it is cancelled, whatever was done for it', () => {
    expect(postureAt(at('10:00'), [], policy)).toEqual({ at: at('10:00'), workshops: [], floors: [], checks: [] });
  });

  it('asks for nothing today when it is moved to next week', () => {
    const moved = aWorkshop({ starts: at('09:00', '2026-09-21'), ends: at('11:00', '2026-09-21') });
    expect(briefly(postureAt(at('10:00'), [moved], policy))).toBe('planned');
  });

  it('lets nodes be replaced where the policy does not freeze them', () => {
    expect(postureAt(at('10:00'), [workshop], { ...policy, freezeNodes: false }).frozen).toBeUndefined();
  });
});

describe('two workshops that overlap', () => {
  const morning = aWorkshop({ attendance: people(25) });
  const noon = aWorkshop({ id: 'noon', title: 'Noon', starts: at('10:30'), ends: at('13:00'), attendance: people(9) });
  const both = [noon, morning];

  it('get the floor of the larger one, and hear when fewer will do and when all is over', () => {
    const [provisioners, gateway] = postureAt(at('10:45'), both, policy).floors;
    expect(provisioners).toMatchObject({ replicas: 19, until: at('12:00'), restoreAt: at('14:00') });
    expect(gateway).toMatchObject({ replicas: 8, until: at('12:00'), restoreAt: at('14:00') });
    expect(provisioners?.asks.map(({ workshop, replicas }) => [workshop.id, replicas])).toEqual([
      ['agents-101', 19],
      ['noon', 8],
    ]);
  });

  it('keep only what the smaller one needs once the larger one is over', () => {
    const [provisioners] = postureAt(at('12:00'), both, policy).floors;
    expect(provisioners).toMatchObject({ replicas: 8, until: at('14:00'), restoreAt: at('14:00') });
  });

  it('are one pause: keys made before the first one outlast the second one', () => {
    expect(postureAt(at('06:30'), both, policy).rotationDue).toMatchObject({
      until: at('07:00'),
      outlast: at('14:00'),
    });
    expect(postureAt(at('08:00'), both, policy).paused).toMatchObject({ from: at('07:00'), until: at('14:00') });
    expect(postureAt(at('08:00'), both, policy).rotationDue).toBeUndefined();
  });

  it('are held together', () => {
    expect(postureAt(at('11:30'), both, policy).held).toEqual({
      from: at('09:00', SUNDAY),
      until: at('14:00'),
      workshops: [morning, noon],
    });
  });
});

describe('two rooms that arrive together', () => {
  const room = (id: string, starts: string, ends = '11:00'): Workshop =>
    aWorkshop({ id, title: id, starts: at(starts), ends: at(ends), attendance: people(12) });
  const one = room('one', '09:00');
  const provisionersFor = (workshops: readonly Workshop[], now = at('08:00')): Floor | undefined =>
    postureAt(now, workshops, policy).floors[0];

  it('are sized as one larger room', () => {
    const alone = { replicas: 10, asks: [{ crowd: { people: 12 } }] };
    expect(provisionersFor([one])).toMatchObject(alone);
    const asOne = postureAt(at('08:00'), [aWorkshop({ attendance: people(24) })], policy).floors;
    const together = postureAt(at('08:00'), [one, room('two', '09:00')], policy).floors;
    expect(together.map(({ replicas }) => replicas)).toEqual(asOne.map(({ replicas }) => replicas));
    expect(together[0]?.asks).toMatchObject([{ crowd: { people: 24 } }, { crowd: { people: 24 } }]);
  });

  it.each([
    ['clicks while the first one’s builds run', '09:03', 18],
    ['has the provisioners to itself when it clicks', '09:04', 10],
  ])('are that also where the second one %s', (_, starts, replicas) => {
    expect(provisionersFor([one, room('two', starts)])).toMatchObject({ replicas });
  });

  it('ask for less once one of them is over, and say when that is', () => {
    const both = [one, room('two', '09:00', '15:00')];
    expect(provisionersFor(both)).toMatchObject({ replicas: 18, until: at('12:00'), restoreAt: at('16:00') });
    expect(provisionersFor(both, at('12:00'))).toMatchObject({ replicas: 10, until: at('16:00') });
  });

  it('are all three one room where each clicks while the one before still builds', () => {
    const three = [one, room('two', '09:02'), room('three', '09:03')];
    expect(provisionersFor(three)?.asks.map(({ crowd }) => crowd.people)).toEqual([12, 24, 36]);
  });
});

describe('two workshops on one day', () => {
  const morning = aWorkshop();
  const later = (starts: string): Workshop =>
    aWorkshop({ id: 'later', starts: at(starts), ends: new Date(at(starts).getTime() + 3_600_000) });

  it.each<[string, string, Date | undefined, boolean]>([
    ['has a time of its own to rotate in', '16:00', at('13:00'), false],
    ['begins too soon to rotate in between', '14:30', undefined, true],
  ])('where the second one %s', (_, starts, dueFrom, isPaused) => {
    const both = [morning, later(starts)];
    expect(postureAt(at('13:30'), both, policy).rotationDue?.from).toEqual(dueFrom);
    const inBetween = postureAt(at('12:15'), both, policy);
    expect(inBetween.paused !== undefined).toBe(isPaused);
    expect(inBetween.frozen).toBeUndefined();
    expect(inBetween.floors).not.toEqual([]);
  });
});
