import { describe, expect, it } from 'vitest';
import { rotatorsArePaused } from '../../../src/core/checks/rotators-are-paused.ts';
import { hours, plus } from '../../../src/core/time.ts';
import type { RoomSighting } from '../../../src/core/room.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { aKey, aSighting, keyring } from '../a-keyring.ts';
import { before, CRON, ENDS, leaseOn, rotator, roomAt, STARTS, workshop } from '../a-room.ts';

const judged = (now: Date, suspended: boolean, more: Partial<RoomSighting> = {}) =>
  rotatorsArePaused.judge({ room: roomAt(now, [rotator(suspended)], more) }, now)[0];
const lease = leaseOn(CRON, 'pause', false, true);

describe('rotators are paused', () => {
  it('not a day ahead, because a key that lives for eight hours would end in the room', () => {
    expect(judged(before(24), false)).toMatchObject({ status: 'ok' });
  });

  it('from two hours before', () => {
    expect(judged(before(2), false)).toMatchObject({
      status: 'fail',
      remedy: { step: { is: false, move: { do: 'take', lease: { was: false, sets: [true] } } } },
    });
    expect(judged(STARTS, true, { leases: [lease] })).toMatchObject({ status: 'ok' });
  });

  it('a little earlier where a pause begins before the next look is over, and a Deployment by none of it', () => {
    const lever = { ...CRON, kind: 'Deployment' } as const;
    const loop = { ...rotator(false), stands: saw({ choice: { ok: true, lever, value: 1, risks: [] } as const }) };
    const pauseAhead = { from: before(2), until: plus(ENDS, hours(1)), workshops: [workshop] };
    const room = roomAt(before(2.1), [rotator(false), loop], { pauseAhead });
    expect(rotatorsArePaused.judge({ room }, before(2.1))).toMatchObject([
      { status: 'fail', remedy: { step: { move: { do: 'take', lease: { sets: [true] } } } } },
      { status: 'fail', remedy: { step: { move: { do: 'take', lease: { was: 1, sets: [0] } } } } },
    ]);
  });

  describe('ahead of it, while keys are made to last', () => {
    const DUE = before(2.5);
    const proven = saw(keyring());
    const paused = (more: Partial<RoomSighting>, now = DUE, rotates: readonly string[] = ['ai-coder']) => {
      const knob = { ...rotator(false), rotates };
      const found = rotatorsArePaused.judge({ room: roomAt(now, [knob], more) }, now)[0];
      return found?.status === 'fail';
    };
    const short = aSighting({ known: saw([aKey({ expires: STARTS })]) });
    const other = { ...short, key: { name: 'guests', secret: 'keys/guests' } };

    it('as soon as every key that they replace is proven to last', () => {
      expect(paused({ keys: proven })).toBe(true);
      expect(paused({ keys: saw(keyring({ keys: [short] })) })).toBe(false);
      expect(paused({ keys: saw(keyring({ keys: [aSighting(), other] })) })).toBe(true);
      expect(paused({ keys: saw(keyring({ keys: [aSighting(), other] })) }, DUE, ['ai-coder', 'guests'])).toBe(false);
    });

    it('but not where nobody can see them, nor before their time', () => {
      expect(paused({ keys: unseen('503') })).toBe(false);
      expect(paused({})).toBe(false);
      expect(paused({ keys: proven }, before(3.5))).toBe(false);
    });

    it('and stay so, whatever becomes of the keys', () => {
      const lapsed = { keys: saw(keyring({ keys: [short] })) };
      expect(paused({ ...lapsed, leases: [lease] })).toBe(true);
      // That a person has paused it is no proof of anything.
      expect(paused({ ...lapsed, leases: [{ ...lease, by: 'ana' }] })).toBe(false);
    });
  });

  it('and go on at the end of the grace, unless somebody paused them before us', () => {
    const over = plus(ENDS, hours(1));
    expect(judged(over, true, { leases: [lease] })).toMatchObject({ remedy: { step: { move: { do: 'restore' } } } });
    expect(judged(over, true)).toMatchObject({ status: 'ok' });
  });
});
