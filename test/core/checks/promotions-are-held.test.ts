import { describe, expect, it } from 'vitest';
import { promotionsAreHeld } from '../../../src/core/checks/promotions-are-held.ts';
import type { Hold } from '../../../src/core/promotion.ts';
import { hours, plus } from '../../../src/core/time.ts';
import type { RoomSighting } from '../../../src/core/room.ts';
import { before, ENDS, NO_CALENDAR, roomAt, STARTS } from '../a-room.ts';

const UNTIL = plus(ENDS, hours(1));
const hold: Hold = {
  id: 'calendar',
  scope: '*',
  since: before(24),
  until: UNTIL,
  by: 'calendar',
  why: 'Agents 101 (12 people)',
};
const judged = (now: Date, more: Partial<RoomSighting> = {}) =>
  promotionsAreHeld.judge({ room: roomAt(now, [], more) }, now)[0];

describe('promotions are held', () => {
  it('from a day before until the grace is over', () => {
    expect(judged(before(25))).toMatchObject({ status: 'ok' });
    expect(judged(before(24))).toMatchObject({
      status: 'fail',
      remedy: { step: { kind: 'hold-promotions', hold } },
    });
    expect(judged(STARTS, { hold })).toMatchObject({ status: 'ok' });
  });

  it('anew when the workshop was made longer', () => {
    const short = { ...hold, until: ENDS };
    expect(judged(STARTS, { hold: short })).toMatchObject({ remedy: { step: { kind: 'hold-promotions' } } });
  });

  it('no longer when the workshop was called off', () => {
    expect(judged(before(48), { hold })).toMatchObject({
      status: 'warn',
      remedy: { step: { kind: 'release-promotions', hold } },
    });
  });

  it('as they are while the calendar cannot be read', () => {
    expect(judged(STARTS, { ...NO_CALENDAR, hold })).toMatchObject({ status: 'ok' });
    expect(judged(STARTS, NO_CALENDAR)).toMatchObject({ status: 'ok' });
  });
});
