import { beforeEach, describe, expect, it } from 'vitest';
import { automations } from '../../src/automations.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import { setNextWakeup } from '../../src/next-wakeup.ts';
import type { Journal } from '../../src/ports.ts';
import { reconcile } from '../../src/reconcile.ts';
import { classroom, workshopAt, type Classroom } from '../../src/rehearsal/classroom.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const TICK_MINUTES = 5;

const VERBS: Readonly<Record<keyof Journal, 'reads' | 'writes'>> = {
  promotions: 'reads',
  begin: 'writes',
  conclude: 'writes',
  pin: 'reads',
  setPin: 'writes',
  unpin: 'writes',
  holds: 'reads',
  hold: 'writes',
  release: 'writes',
  leases: 'reads',
  setLease: 'writes',
  endLease: 'writes',
  record: 'writes',
  entries: 'reads',
  claim: 'writes',
  renew: 'writes',
  yield: 'writes',
  claimant: 'reads',
  keep: 'writes',
  kept: 'reads',
  last: 'reads',
  append: 'writes',
  untold: 'reads',
  setUntold: 'writes',
};

/** A journal that also puts down, beside what it keeps, what was written into it and what it was about. */
function noted(journal: Journal, notes: string[]): Journal {
  const verbs = Object.entries(journal).map(([verb, work]) => [
    verb,
    (...given: readonly unknown[]): unknown => {
      const about = given[0] as string | { readonly automation?: string } | undefined;
      const what = typeof about === 'string' ? about : (about?.automation ?? '');
      if (VERBS[verb as keyof Journal] === 'writes') notes.push(`${verb} ${what}`);
      return (work as (...all: readonly unknown[]) => unknown)(...given);
    },
  ]);
  return Object.fromEntries(verbs) as Journal;
}

let notes: string[];
let room: Classroom;
beforeEach(async () => {
  notes = [];
  room = classroom(BEGINS, noted(memoryJournal(), notes));
  room.workshops.push(workshopAt(plus(BEGINS, days(14)), 12));
  const [created, lifetimeMs] = [BEGINS, days(300)];
  room.control.token = { created, expires: plus(created, lifetimeMs), lifetimeMs };
  room.publish('monday');
  await tick(0);
  await tick(0);
  notes.length = 0;
});

/** Everything that is due in a minute of the day, each automation at its own rate. */
async function tick(minute: number): Promise<void> {
  const log = (what: string, error: unknown): void => void room.logged.push({ what, error });
  for (const automation of Object.values(automations)) {
    if (minute % automation.everyMinutes === 0) await reconcile(automation, room, { now: room.now(), log });
  }
  await setNextWakeup(room, room.now());
}

async function live(lastsMs: number): Promise<void> {
  for (let minute = TICK_MINUTES; minutes(minute) <= lastsMs; minute += TICK_MINUTES) {
    room.pass(minutes(TICK_MINUTES));
    await tick(minute);
  }
}

describe('a quiet day', () => {
  it('leaves 28 lines in the journal: the calendar’s copy confirmed each hour, and a minute of each automation', async () => {
    await live(days(1));
    const counts = Object.fromEntries([...Map.groupBy(notes, (note) => note)].map(([note, all]) => [note, all.length]));
    expect(counts).toEqual({
      'keep calendar of rehearsal': 24,
      'append look': 1,
      'append posture': 1,
      'append parity': 1,
      'append credentials': 1,
    });
    expect([room.ohio.writes, room.logged]).toEqual([0, []]);
  });

  it('leaves none in between: whatever is quiet writes nothing', async () => {
    await live(minutes(55));
    expect(notes).toEqual([]);
  });
});

describe('a window in which everything is as it was asked to be', () => {
  it('is quiet too: leases stand, and nothing is written but the calendar’s copy', async () => {
    const starts = plus(BEGINS, hours(26));
    room.workshops.splice(0, 1, workshopAt(starts, 12, 'Agents 101', 180));
    await live(hours(26) + minutes(10));
    expect([(await room.journal.leases()).length, (await room.journal.holds(room.now())).length]).toEqual([4, 1]);
    notes.length = 0;
    const before = room.ohio.writes;
    await live(hours(2));
    expect([[...new Set(notes)], room.ohio.writes - before]).toEqual([['keep calendar of rehearsal'], 0]);
  });
});

describe('a day on which something happens', () => {
  it('is written down when it happens and when it is over, and not in between', async () => {
    const ends = plus(BEGINS, minutes(40));
    room.copyIn('us-west-2').mood.silent = true;
    while (room.now() < ends) await live(minutes(TICK_MINUTES));
    const silent = notes.filter((note) => note === 'append look').length;
    room.copyIn('us-west-2').mood.silent = false;
    await live(minutes(15));
    expect([silent, notes.filter((note) => note === 'append look').length]).toEqual([1, 2]);
  });
});
