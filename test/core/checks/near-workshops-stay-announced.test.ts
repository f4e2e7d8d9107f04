import { describe, expect, it } from 'vitest';
import type { Gone } from '../../../src/core/calendar.ts';
import { nearWorkshopsStayAnnounced } from '../../../src/core/checks/near-workshops-stay-announced.ts';
import { saw } from '../../../src/core/sighting.ts';
import { before, roomAt, STARTS, workshop } from '../a-room.ts';

const judged = (...gone: Omit<Gone, 'workshop' | 'since'>[]) => {
  const all = gone.map((each) => ({ workshop, since: before(5), ...each }));
  const calendar = saw({ workshops: [], troubles: [], gone: all, asOf: STARTS });
  return nearWorkshopsStayAnnounced.judge({ room: roomAt(STARTS, [], { calendar }) }, STARTS);
};

describe('near workshops stay announced', () => {
  it('one that vanished is news, and how to say that it will not take place', () => {
    expect(judged({ how: 'vanished' })).toMatchObject([
      {
        subject: '“Agents 101” at 2026-09-14 12:00 UTC',
        status: 'warn',
        evidence: { have: 'vanished since 2026-09-14 07:00 UTC' },
        remedy: { ask: expect.stringContaining('greenroom confirm "agents-101"') as unknown },
      },
    ]);
  });

  it('one that was called off or moved is news too, and what became of one that vanished is another', () => {
    const [vanished] = judged({ how: 'vanished' });
    const [off, moved] = judged({ how: 'called off', by: 'ana' }, { how: 'moved' });
    expect(off?.evidence.have).toBe('gone, and called off by ana, since 2026-09-14 07:00 UTC');
    expect(moved).toMatchObject({ status: 'warn', subject: vanished?.subject });
    expect(new Set([vanished, off, moved].map((each) => each?.rung)).size).toBe(3);
  });

  it('where all are there, there is nothing to say', () => {
    expect(judged()).toEqual([]);
  });
});
