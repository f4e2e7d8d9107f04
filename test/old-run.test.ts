import { describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import { clusterOver } from '../src/cluster.ts';
import { FROZEN, type LeverKind } from '../src/core/lever.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import { reconcile } from '../src/reconcile.ts';
import { classroom, workshopAt, type Classroom } from '../src/rehearsal/classroom.ts';
import type { WakeupName } from '../src/ports.ts';
import { wakeupOf } from '../src/steps/move-knob.ts';
import { eachVerb } from './each-verb.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const STARTS = plus(BEGINS, hours(48));
const WORKSHOP = workshopAt(STARTS, 12);
const OVER = plus(WORKSHOP.ends, hours(1));
const TICK = minutes(5);

const look = (room: Classroom): Promise<unknown> =>
  reconcile(automations.posture, room, { now: room.now(), log: (what, error) => room.logged.push({ what, error }) });

/** What would still be lifted if everybody died. */
const rings = new Set<WakeupName>();

/** A room at an instant, after looks at these. */
async function roomAt(instant: Date, looks: readonly Date[]): Promise<Classroom> {
  const room = classroom(BEGINS);
  rings.clear();
  const { set, cancel } = room.wakeups;
  Object.assign(room.wakeups, {
    set: (name: WakeupName, at: Date) => (rings.add(name), set(name, at)),
    cancel: (name: WakeupName) => (rings.delete(name), cancel(name)),
  });
  room.workshops.push(WORKSHOP);
  for (const at of looks) {
    room.pass(at.getTime() - room.now().getTime());
    await look(room);
  }
  room.pass(instant.getTime() - room.now().getTime());
  return room;
}

async function standing({ ohio, journal, now }: Classroom) {
  const read = async (kind: LeverKind, namespace: string, name: string) =>
    (await ohio.port.read({ kind, namespace, name }))?.value;
  return {
    provisioners: await read('StatefulSet', 'coder-ws', 'coder-provisioner'),
    gateway: await read('HorizontalPodAutoscaler', 'litellm', 'litellm'),
    paused: await read('CronJob', 'litellm', 'litellm-rotate-key'),
    frozen: (await read('NodePool', '', 'default')) === FROZEN,
    held: (await journal.holds(now())).length > 0,
  };
}

const QUIET = { provisioners: 2, gateway: 2, paused: false, frozen: false, held: false };
const CLOSED = { provisioners: 10, gateway: 4, paused: true, frozen: true, held: true };

/** A process that stays in the middle of its nth act until it is let through: asked, and not yet heard by the other side. */
function slowAt(nth: number, room: Classroom) {
  const reached = Promise.withResolvers<string>();
  const letThrough = Promise.withResolvers<void>();
  let acts = 0;
  const act = async <T>(name: string, work: () => Promise<T>): Promise<T> => {
    acts += 1;
    if (acts === nth) {
      reached.resolve(name);
      await letThrough.promise;
    }
    return work();
  };
  const slow = <P extends object>(port: P, name: string): P =>
    eachVerb(port, (verb, work) => act(`${name} ${verb}`, work));
  const { ohio } = room;
  const verbs = slow(
    {
      get: async (...[kind, namespace, name]: Parameters<typeof ohio.store.get>) =>
        ohio.store.get(kind, namespace, name),
      list: async (...[kind, namespace, labels]: Parameters<typeof ohio.store.list>) =>
        ohio.store.list(kind, namespace, labels),
      patch: async (...[kind, namespace, name, body]: Parameters<typeof ohio.patched>) =>
        ohio.patched(kind, namespace, name, body),
    },
    'cluster',
  );
  const port = clusterOver(verbs, { name: 'ohio' });
  const world: Classroom = {
    ...room,
    clusters: { cluster: () => port },
    journal: slow(room.journal, 'journal'),
    wakeups: slow(room.wakeups, 'wakeups'),
  };
  return { world, reached: reached.promise, letThrough: letThrough.resolve };
}

/**
 * An old look stays in the middle of its nth act, the calendar changes, a newer look runs from end to end, and only then
 * the old one goes on. `undefined`: it has fewer acts than that.
 */
async function overtaken(nth: number, room: Classroom, change: () => void): Promise<string | undefined> {
  const { world, reached, letThrough } = slowAt(nth, room);
  const old = look(world);
  const act = await Promise.race([reached, old.then(() => undefined)]);
  if (act === undefined) return undefined;
  change();
  await look(room);
  letThrough();
  await old;
  return act;
}

interface Story {
  readonly what: string;
  readonly begins: () => Promise<Classroom>;
  readonly change: (room: Classroom) => void;
  /** What must not even go away until the next look. */
  readonly stays?: Partial<typeof CLOSED>;
  /** What must stand a few looks later. */
  readonly soon: typeof CLOSED;
}

const { held: _, ...NOTHING_FELL } = CLOSED;
const WINDOW = [plus(STARTS, -hours(24)), plus(STARTS, -hours(2)), STARTS];
const STORIES: readonly Story[] = [
  {
    what: 'puts nothing back that is wanted for longer now',
    begins: () => roomAt(plus(OVER, TICK), [...WINDOW, plus(OVER, -TICK)]),
    change: ({ workshops }) => void (workshops[0] = { ...WORKSHOP, ends: plus(WORKSHOP.ends, hours(2)) }),
    stays: NOTHING_FELL,
    soon: CLOSED,
  },
  {
    what: 'puts nothing back that is wanted for longer now, at the second look that finds nobody building',
    begins: () => roomAt(plus(OVER, TICK), [...WINDOW, OVER]),
    change: ({ workshops }) => void (workshops[0] = { ...WORKSHOP, ends: plus(WORKSHOP.ends, hours(2)) }),
    stays: NOTHING_FELL,
    soon: CLOSED,
  },
  {
    what: 'leaves nothing raised without a lease when what it raised for is called off',
    begins: () => roomAt(plus(STARTS, -hours(2)), []),
    change: ({ workshops, calledOff }) => {
      workshops.length = 0;
      calledOff.add(WORKSHOP.id);
    },
    soon: QUIET,
  },
];

describe('a look that was overtaken by a newer one, wherever it was just then', () => {
  it.each(STORIES)('$what', { timeout: 60_000 }, async ({ begins, change, stays = {}, soon }) => {
    const acts = new Set<string>();
    for (let nth = 1; ; nth += 1) {
      const room = await begins();
      const act = await overtaken(nth, room, () => change(room));
      if (act === undefined) break;
      acts.add(act);
      const where = `act ${nth}, ${act}`;
      expect(await standing(room), where).toMatchObject(stays);
      const silent = (await room.journal.leases()).filter((lease) => !rings.has(wakeupOf(lease)));
      expect(silent, where).toEqual([]);
      for (let looks = 0; looks < 5; looks += 1) {
        room.pass(TICK);
        await look(room);
      }
      expect(await standing(room), where).toEqual(soon);
      expect((await room.journal.leases()).length > 0, where).toBe(soon !== QUIET);
    }
    expect([...acts]).toEqual(expect.arrayContaining(['cluster patch', 'journal setLease', 'journal record']));
  });
});
