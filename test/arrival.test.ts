import { beforeEach, describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import type { News } from '../src/core/report.ts';
import { reconcile } from '../src/reconcile.ts';
import { classroom, workshopAt, type Classroom } from '../src/rehearsal/classroom.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const STARTS = plus(BEGINS, hours(48));
const WORKSHOP = workshopAt(STARTS, 12);
const POOL = 'coder-ws/coder-provisioner';
const NO_ROOM = 'Unschedulable: 0/6 nodes are available: insufficient cpu';

let room: Classroom;
beforeEach(() => {
  room = classroom(BEGINS);
  room.workshops.push(WORKSHOP);
});

const isArrival = ({ line }: News): boolean => line.includes('provisioners in ohio: floors-have-arrived');

/** What people hear of arrivals at the looks from now until an instant, and the look's own word on it at the end. */
async function heardUntil(instant: Date): Promise<{ lines: string[]; status: string | undefined }> {
  const before = room.said.length;
  for (;;) {
    const { findings } = await reconcile(automations.posture, room, { now: room.now(), log: () => undefined });
    if (room.now() >= instant) {
      const word = findings.find(
        ({ check, subject }) => check === 'floors-have-arrived' && /provisioners/.test(subject),
      );
      return {
        lines: room.said
          .slice(before)
          .filter(isArrival)
          .map(({ line }) => line),
        status: word?.status,
      };
    }
    room.pass(Math.min(minutes(5), instant.getTime() - room.now().getTime()));
  }
}

describe('what was asked for a day ahead', () => {
  it('arrives: pods are ready and Coder knows them, people are told once that it is on its way and once that it is there', async () => {
    const { lines, status } = await heardUntil(plus(STARTS, -hours(1)));
    expect(status).toBe('ok');
    // Asked for at one look, there by the next.
    expect(lines.filter((line) => line.startsWith('warn: provisioners in ohio'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('resolved: provisioners in ohio'))).toHaveLength(1);
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([]);
  });

  it('and has not arrived is told again as a NO-GO at T-1h, with the pods’ own words, and once it is there as resolved', async () => {
    room.ohio.kubelet.stuck.set(POOL, NO_ROOM);
    const dayBefore = await heardUntil(plus(STARTS, -hours(23)));
    expect(dayBefore.status).toBe('warn');
    expect(dayBefore.lines.filter((line) => /^warn: provisioners.*insufficient cpu/.test(line))).toHaveLength(1);

    const untilT1h = await heardUntil(plus(STARTS, -hours(1) - 1));
    expect(untilT1h).toEqual({ lines: [], status: 'warn' });

    room.pass(1);
    const atT1h = await heardUntil(room.now());
    expect(atT1h.status).toBe('fail');
    expect(atT1h.lines).toHaveLength(1);
    expect(atT1h.lines[0]).toMatch(
      /^fail: provisioners in ohio: floors-have-arrived: want 10 ready and known to Coder/,
    );
    expect(atT1h.lines[0]).toContain('have 2 of 10 ready, 2 known to Coder');
    expect(atT1h.lines[0]).toContain(`Mend what keeps the pods of ${POOL} in ohio: ${NO_ROOM}`);

    room.ohio.kubelet.stuck.clear();
    const after = await heardUntil(plus(STARTS, -minutes(45)));
    expect(after).toEqual({ lines: [expect.stringMatching(/^resolved: provisioners in ohio/)], status: 'ok' });
  });

  it('is a NO-GO at T-1h also where pods are ready and Coder does not know them', async () => {
    await heardUntil(plus(STARTS, -hours(25)));
    // From now on no daemon finds its way to Coder.
    room.control.connects = false;
    const { lines, status } = await heardUntil(plus(STARTS, -hours(1)));
    expect(status).toBe('fail');
    expect(lines.at(-1)).toContain('have 10 of 10 ready, 2 known to Coder');
    expect(lines.at(-1)).toContain('Coder does not know them');
  });

  it('for a larger workshop tomorrow is no NO-GO for the room that is in today', async () => {
    room.workshops.push(workshopAt(plus(STARTS, hours(24) + minutes(30)), 30, 'Tomorrow'));
    expect((await heardUntil(plus(STARTS, minutes(20)))).status).toBe('ok');
    room.ohio.kubelet.stuck.set(POOL, NO_ROOM);
    const { lines, status } = await heardUntil(plus(STARTS, minutes(45)));
    expect(status).toBe('warn');
    expect(lines).toEqual([
      expect.stringMatching(/^warn: provisioners in ohio: .*have 10 of 22 ready/),
      expect.stringMatching(/^warn: provisioners in ohio: .*insufficient cpu/),
    ]);
  });
});
