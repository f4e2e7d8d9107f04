import { describe, expect, it } from 'vitest';
import { calendarIsRead } from '../../../src/core/checks/calendar-is-read.ts';
import type { Judgement } from '../../../src/core/finding.ts';
import type { RoomSighting } from '../../../src/core/room.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours, minus } from '../../../src/core/time.ts';
import { roomAt, STARTS } from '../a-room.ts';

const judged = (calendar: RoomSighting['calendar']): readonly Judgement[] =>
  calendarIsRead.judge({ room: roomAt(STARTS, [], { calendar }) }, STARTS);
const copyOf = (age: number, unread?: string): RoomSighting['calendar'] =>
  saw({
    workshops: [],
    troubles: [],
    gone: [],
    asOf: minus(STARTS, hours(age)),
    ...(unread !== undefined && { unread }),
  });

describe('the calendar is read', () => {
  it('and how many workshops it has is said', () => {
    expect(judged(copyOf(0))).toMatchObject([{ status: 'ok', evidence: { have: 'read, with 0 workshops' } }]);
  });

  it('for an hour or two its last good copy is as good', () => {
    expect(judged(copyOf(1.9, '503'))).toMatchObject([{ status: 'ok' }]);
  });

  it('then it is a warning with the copy’s age and the cause, and after a day nobody knows', () => {
    expect(judged(copyOf(3, '503'))).toMatchObject([
      {
        status: 'warn',
        evidence: {
          have: 'a copy of 2026-09-14 09:00 UTC, 3 h old, with 0 workshops; 503',
          gauge: { value: 180, unit: 'minutes old' },
        },
      },
    ]);
    expect(judged(copyOf(24, '503'))).toMatchObject([{ status: 'unknown' }]);
  });

  it('nobody knows either where there never was a copy', () => {
    expect(judged(unseen('403'))).toMatchObject([{ status: 'unknown', evidence: { have: '403' } }]);
  });

  it('has nothing to say to an estate without one', () => {
    expect(judged(saw(undefined))).toEqual([]);
  });
});
