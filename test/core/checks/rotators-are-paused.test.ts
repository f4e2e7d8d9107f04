import { describe, expect, it } from 'vitest';
import { rotatorsArePaused } from '../../../src/core/checks/rotators-are-paused.ts';
import { hours, plus } from '../../../src/core/time.ts';
import type { RoomSighting } from '../../../src/core/room.ts';
import { before, CRON, ENDS, leaseOn, rotator, roomAt, STARTS } from '../a-room.ts';

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

  it('and go on at the end of the grace, unless somebody paused them before us', () => {
    const over = plus(ENDS, hours(1));
    expect(judged(over, true, { leases: [lease] })).toMatchObject({ remedy: { step: { move: { do: 'restore' } } } });
    expect(judged(over, true)).toMatchObject({ status: 'ok' });
  });
});
