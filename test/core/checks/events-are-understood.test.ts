import { describe, expect, it } from 'vitest';
import type { Trouble } from '../../../src/core/announcement.ts';
import { eventsAreUnderstood } from '../../../src/core/checks/events-are-understood.ts';
import { saw } from '../../../src/core/sighting.ts';
import { roomAt, STARTS } from '../a-room.ts';

const judged = (...troubles: Trouble[]) =>
  eventsAreUnderstood.judge(
    { room: roomAt(STARTS, [], { calendar: saw({ workshops: [], troubles, gone: [], asOf: STARTS }) }) },
    STARTS,
  );

describe('events are understood', () => {
  it('where nothing is doubtful there is nothing to say', () => {
    expect(judged()).toEqual([]);
  });

  it('an event that is not is told to its organiser, once, with all that is the matter', () => {
    const event = { event: 'Agents 101', at: STARTS };
    expect(judged({ ...event, why: 'it has no time zone' }, { ...event, why: 'it does not say when it ends' })).toEqual(
      [
        {
          subject: '“Agents 101” at 2026-09-14 12:00 UTC',
          status: 'warn',
          evidence: {
            want: 'an event that can be read without guessing',
            have: 'it has no time zone; it does not say when it ends',
          },
          remedy: { by: 'person', ask: 'Ask the organiser of “Agents 101” at 2026-09-14 12:00 UTC to put it right.' },
        },
      ],
    );
  });

  it('two events are two findings, also where one has no date', () => {
    expect(judged({ event: 'A', why: 'it has no UID' }, { event: 'B', why: 'it has no UID' })).toHaveLength(2);
  });
});
