import { describe, expect, it } from 'vitest';
import { workshopsIn } from '../../src/core/calendar.ts';
import { confirmationKey, writeConfirmation } from '../../src/core/confirmation.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { sightCalendar } from '../../src/observers/workshops.ts';
import type { Calendar } from '../../src/ports.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { rehearse } from '../../src/rehearsal/world.ts';
import { at } from '../builders.ts';

const NOON = at('12:00');
const inHours = (n: number, change: Partial<Workshop> = {}): Workshop => ({
  id: `in-${n}`,
  title: `Workshop in ${n} hours`,
  starts: plus(NOON, hours(n)),
  ends: plus(NOON, hours(n + 2)),
  zone: 'UTC',
  attendance: { people: 20, from: 'description' },
  ...change,
});

/** A calendar that a story can write in, or lose. */
function opened(...workshops: Workshop[]) {
  const page = { workshops, uids: new Set(workshops.map(({ id }) => id)), isLost: false, now: NOON, writes: 0 };
  const journal = memoryJournal();
  const calendar: Calendar = {
    workshops: async () => {
      if (page.isLost)
        throw new OutsideError({ service: 'calendar.example', operation: 'read the calendar', trouble: 'broken' });
      return { workshops: page.workshops, troubles: [], uids: page.uids, asOf: page.now };
    },
  };
  const { estate } = rehearse({ begins: NOON });
  const counted = {
    ...journal,
    keep: async (...all: Parameters<typeof journal.keep>) => ((page.writes += 1), journal.keep(...all)),
  };
  const look = async (later = 0) => {
    page.now = plus(page.now, later);
    const sighting = await sightCalendar(
      { calendar, estate, journal: counted },
      { now: page.now, log: () => undefined },
    );
    if (!sighting) throw new Error('there is a calendar');
    return { ...sighting, titles: workshopsIn(sighting).map(({ title }) => title) };
  };
  const write = (...after: Workshop[]): void => {
    page.workshops = after;
    page.uids = new Set(after.map(({ id }) => id));
  };
  const confirm = (id: string) =>
    journal.keep(confirmationKey(id), writeConfirmation({ by: 'ana', why: 'the room is closed' }), plus(NOON, days(1)));
  return { page, look, write, confirm };
}

describe('a calendar that cannot be read is not an empty one', () => {
  it('its last good copy stands in, with its age and the reason', async () => {
    const { page, look } = opened(inHours(5));
    await look();
    page.isLost = true;
    const later = await look(hours(3));
    expect(later).toMatchObject({
      titles: ['Workshop in 5 hours'],
      asOf: NOON,
      unread: expect.stringContaining('calendar.example'),
    });
  });

  it('is unknown where there never was a copy', async () => {
    const { page, look } = opened();
    page.isLost = true;
    await expect(look()).rejects.toThrow('could not read the calendar');
  });

  it('a quiet look writes nothing, and within the hour not even that it is still so', async () => {
    const { page, look } = opened(inHours(100));
    await look();
    await look(minutes(5));
    await look(minutes(5));
    expect(page.writes).toBe(1);
    await look(hours(1));
    expect(page.writes).toBe(2);
  });
});

describe('a near workshop never goes in silence', () => {
  it('one that vanished is prepared for until its window has passed', async () => {
    const { look, write } = opened(inHours(5));
    await look();
    write();
    expect(await look(hours(1))).toMatchObject({ titles: ['Workshop in 5 hours'], gone: [{ how: 'vanished' }] });
    expect((await look(hours(5))).titles).toEqual(['Workshop in 5 hours']);
    expect(await look(hours(3))).toMatchObject({ titles: [], gone: [] });
  });

  it('one that vanished goes when a person confirms it, also while the calendar cannot be read, and for good', async () => {
    const { page, look, write, confirm } = opened(inHours(5));
    await look();
    write();
    await look(minutes(5));
    page.isLost = true;
    await confirm('in-5');
    expect(await look(minutes(5))).toMatchObject({ titles: [], gone: [{ how: 'called off', by: 'ana' }] });
    page.isLost = false;
    expect(await look(minutes(5))).toMatchObject({ titles: [], gone: [{ how: 'called off', by: 'ana' }] });
  });

  it('one that is called off by its own event goes at once, and is told', async () => {
    const { page, look, write } = opened(inHours(5, { id: 'series#2026-09-14T17:00:00.000Z' }));
    await look();
    write();
    page.uids = new Set(['series']);
    expect(await look(minutes(5))).toMatchObject({ titles: [], gone: [{ how: 'called off' }] });
  });

  it('one that was moved is where it is now, and that it was moved is told', async () => {
    const { look, write } = opened(inHours(5));
    await look();
    write(inHours(5, { starts: plus(NOON, days(9)), ends: plus(NOON, days(9) + hours(2)) }));
    expect(await look(minutes(5))).toMatchObject({ titles: ['Workshop in 5 hours'], gone: [{ how: 'moved' }] });
  });

  it('one that comes back is there once', async () => {
    const { look, write } = opened(inHours(5));
    await look();
    write();
    await look(minutes(5));
    write(inHours(5));
    expect(await look(minutes(5))).toMatchObject({ titles: ['Workshop in 5 hours'], gone: [] });
  });

  it('one that is far off may go', async () => {
    const { look, write } = opened(inHours(100));
    await look();
    write();
    expect(await look(minutes(5))).toMatchObject({ titles: [], gone: [] });
  });
});
