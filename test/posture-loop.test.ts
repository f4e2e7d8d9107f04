import { beforeEach, describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import { isGo } from '../src/core/finding.ts';
import { FROZEN, type LeverKind } from '../src/core/lever.ts';
import type { Setting } from '../src/core/lease.ts';
import { overrideKey, writeOverride } from '../src/core/override.ts';
import type { Report } from '../src/core/report.ts';
import { noWakeups } from '../src/clients/no-wakeups.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import { liftLeases } from '../src/lift.ts';
import { reconcile, type Automation } from '../src/reconcile.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { classroom, workshopAt, type Classroom } from '../src/rehearsal/classroom.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const { posture } = automations;
const TICK = minutes(5);

async function tick(room: Classroom, automation: Automation = posture): Promise<Report> {
  return reconcile(automation, room, { now: room.now(), log: (what, error) => room.logged.push({ what, error }) });
}

/** Ticks every five minutes until an instant, as the schedule would. */
async function until(room: Classroom, instant: Date): Promise<Report> {
  let report = await tick(room);
  while (room.now() < instant) {
    room.pass(TICK);
    report = await tick(room);
  }
  return report;
}

const standing = async (
  room: Classroom,
  kind: LeverKind,
  namespace: string,
  name: string,
): Promise<Setting | undefined> => (await room.ohio.port.read({ kind, namespace, name }))?.value;

/** Provisioners, gateway, rotator, nodes, promotions: all that is turned. */
async function stands(room: Classroom) {
  return {
    provisioners: await standing(room, 'StatefulSet', 'coder-ws', 'coder-provisioner'),
    gateway: await standing(room, 'HorizontalPodAutoscaler', 'litellm', 'litellm'),
    paused: await standing(room, 'CronJob', 'litellm', 'litellm-rotate-key'),
    frozen: (await standing(room, 'NodePool', '', 'default')) === FROZEN,
    held: (await room.journal.holds(room.now())).length > 0,
  };
}

const QUIET = { provisioners: 2, gateway: 2, paused: false, frozen: false, held: false };
const STARTS = plus(BEGINS, hours(48));
const workshop = workshopAt(STARTS, 12);
const RAISED = { provisioners: 10, gateway: 4, paused: false, frozen: false, held: true };
const CLOSED = { ...RAISED, paused: true, frozen: true };

describe('a workshop on the calendar', () => {
  let room: Classroom;
  beforeEach(() => {
    room = classroom(BEGINS);
    room.workshops.push(workshop);
  });

  it('changes nothing more than a day before it', async () => {
    await until(room, plus(STARTS, -hours(24) - TICK));
    expect(await stands(room)).toEqual(QUIET);
    expect(room.ohio.writes).toBe(0);
  });

  it('has its floors raised and promotions held a day before, and everything still in its window', async () => {
    await until(room, plus(STARTS, -hours(24)));
    expect(await stands(room)).toEqual(RAISED);
    await until(room, plus(STARTS, -hours(2)));
    expect(await stands(room)).toEqual(CLOSED);
    const during = await until(room, plus(STARTS, minutes(30)));
    expect(await stands(room)).toEqual(CLOSED);
    expect(isGo(during.findings)).toBe(true);
  });

  it('gives everything back when it is over, and leaves neither a lease nor a mark behind', async () => {
    await until(room, plus(workshop.ends, hours(1) + 2 * TICK));
    expect(await stands(room)).toEqual(QUIET);
    expect(await room.journal.leases()).toEqual([]);
    expect(JSON.stringify(room.ohio.store)).not.toContain('greenroom.coder.com/was');
    expect(room.wakeups.next()).toBeUndefined();
  });

  it('tells each change once', async () => {
    await until(room, plus(workshop.ends, hours(2)));
    const done = room.said.filter(({ kind }) => kind === 'done').map(({ line }) => line);
    expect(new Set(done).size).toBe(done.length);
    // Two floors, the rotator and the nodes, there and back; the hold, which ends by itself.
    expect(done).toHaveLength(9);
  });

  it('that vanishes from it the day before is prepared for all the same: nobody said that it was called off', async () => {
    await until(room, plus(STARTS, -hours(20)));
    room.workshops.length = 0;
    await until(room, plus(STARTS, minutes(30)));
    expect(await stands(room)).toEqual(CLOSED);
  });

  it('that is called off a day ahead is put back at the next look', async () => {
    await until(room, plus(STARTS, -hours(20)));
    expect(await stands(room)).toEqual(RAISED);
    room.workshops.length = 0;
    room.calledOff.add(workshop.id);
    await until(room, plus(STARTS, -hours(20) + 2 * TICK));
    expect(await stands(room)).toEqual(QUIET);
  });

  it('is prepared for although no look ran for six hours', async () => {
    await until(room, plus(STARTS, -hours(25)));
    room.pass(hours(6));
    await tick(room);
    expect(await stands(room)).toEqual(RAISED);
  });

  it('whose calendar cannot be read stays as it was asked to be, and ends when it was to end', async () => {
    await until(room, plus(STARTS, -hours(1)));
    room.unreadable = '503';
    const blind = await until(room, plus(STARTS, hours(1)));
    expect(await stands(room)).toEqual(CLOSED);
    expect(blind.findings.length).toBeGreaterThan(0);
    await until(room, plus(workshop.ends, hours(1) + 3 * TICK));
    expect(await stands(room)).toEqual(QUIET);
  });

  it('that overlaps a larger one gets the larger floor, and keeps its own when the larger one is over', async () => {
    room.workshops.push(workshopAt(plus(STARTS, -hours(3)), 28, 'Templates', 60));
    await until(room, plus(STARTS, -hours(2)));
    expect((await stands(room)).provisioners).toBeGreaterThanOrEqual(15);
    await until(room, plus(STARTS, minutes(30)));
    expect(await stands(room)).toMatchObject({ provisioners: 10, gateway: 4, paused: true });
  });
});

describe('somebody’s later word', () => {
  it('wins: fewer replicas in the middle of a window are told and left, and stay when it is over', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    room.ohio.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 5 } });
    const told = await until(room, plus(STARTS, hours(1)));
    expect((await stands(room)).provisioners).toBe(5);
    expect(isGo(told.findings)).toBe(false);
    await until(room, plus(workshop.ends, hours(2)));
    expect(await stands(room)).toEqual({ ...QUIET, provisioners: 5 });
    expect(await room.journal.leases()).toEqual([]);
  });

  it('may be a floor of its own, which ends by itself', async () => {
    const room = classroom(BEGINS);
    const word = { value: 7, until: plus(BEGINS, hours(3)), by: 'ana', why: 'a demo' };
    await room.journal.keep(overrideKey('provisioners'), writeOverride(word), word.until);
    await until(room, plus(BEGINS, hours(1)));
    expect(await stands(room)).toEqual({ ...QUIET, provisioners: 7 });
    await until(room, plus(BEGINS, hours(3) + 2 * TICK));
    expect(await stands(room)).toEqual(QUIET);
  });

  it('is a deployment’s too, when it resets what was raised: then it is raised again', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    room.ohio.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 2 } }, 'helm');
    await until(room, plus(STARTS, TICK));
    expect(await stands(room)).toEqual(CLOSED);
  });
});

describe('builds that run when a workshop is over', () => {
  it('are never cut short: provisioners go when two looks found nobody building', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, workshop.ends);
    for (let count = 0; count < 10; count += 1) {
      room.control.build({ organization: 'default', takesMs: hours(2) }, room.now());
    }
    await until(room, plus(workshop.ends, hours(1) + 3 * TICK));
    expect((await stands(room)).provisioners).toBe(10);
    await until(room, plus(workshop.ends, hours(2) + 3 * TICK));
    expect(await stands(room)).toEqual(QUIET);
    expect(room.control.lost).toEqual([]);
  });
});

/** Nothing runs any more but the wake-ups, until none is left. */
async function ringOut(room: Classroom): Promise<void> {
  const log = (what: string, error: unknown): void => void room.logged.push({ what, error });
  for (let next = room.wakeups.next(); next; next = room.wakeups.next()) {
    room.pass(next.getTime() - room.now().getTime());
    expect(room.wakeups.due(room.now()).length).toBeGreaterThan(0);
    await liftLeases(room, { now: room.now(), by: 'wake-up', log });
  }
}

describe('a host that can wake nobody', () => {
  it('turns nothing, writes no lease, and says who can', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshopAt(plus(BEGINS, minutes(30)), 12));
    const { taken } = await reconcile(
      posture,
      { ...room, wakeups: noWakeups },
      { now: room.now(), log: () => undefined },
    );
    expect({ ...(await stands(room)), held: false }).toEqual(QUIET);
    expect([room.ohio.writes, await room.journal.leases()]).toEqual([0, []]);
    const errors = taken.filter(({ step }) => step.kind === 'move-knob').map(({ error }) => error);
    expect(errors).toHaveLength(4);
    expect(new Set(errors.map((error) => /leave it to the automation posture/.test(error ?? '')))).toEqual(
      new Set([true]),
    );
  });
});

describe('when Greenroom dies', () => {
  it('in the middle of a window, the wake-ups lift everything by the journal alone', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    room.unreadable = 'gone';
    await ringOut(room);
    expect(await stands(room)).toEqual(QUIET);
    expect(await room.journal.leases()).toEqual([]);
    expect(room.now().getTime()).toBeLessThanOrEqual(plus(workshop.ends, hours(1) + minutes(20)).getTime());
  });

  it('while somebody still builds, the wake-ups wait as the loop does', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, workshop.ends);
    for (let count = 0; count < 10; count += 1) {
      room.control.build({ organization: 'default', takesMs: hours(2) }, room.now());
    }
    await ringOut(room);
    expect(room.control.lost).toEqual([]);
    expect(room.control.finished).toHaveLength(10);
    expect(await stands(room)).toEqual(QUIET);
  });

  it('a workshop that was made longer meanwhile keeps what it has when the wake-up rings', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    room.workshops[0] = { ...workshop, ends: plus(workshop.ends, hours(2)) };
    const first = room.wakeups.next() ?? STARTS;
    room.pass(first.getTime() - room.now().getTime());
    room.wakeups.due(room.now());
    await liftLeases(room, { now: room.now(), by: 'wake-up', log: () => undefined });
    expect(await stands(room)).toMatchObject({ provisioners: 10, gateway: 4, paused: true, frozen: true });
  });
});

describe('when the journal is lost', () => {
  it('in the middle of a window, what was changed is known by its marks, and put back at the end', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    const lost: Classroom = Object.assign(room, { journal: memoryJournal() });
    await until(lost, plus(STARTS, TICK));
    expect(await stands(lost)).toEqual(CLOSED);
    expect((await lost.journal.leases()).map(({ was, edition }) => [was, edition])).toHaveLength(4);
    await until(lost, plus(workshop.ends, hours(1) + 3 * TICK));
    expect(await stands(lost)).toEqual(QUIET);
    expect(await lost.journal.leases()).toEqual([]);
    expect(JSON.stringify(lost.ohio.store)).not.toContain('greenroom.coder.com/was');
  });

  it('what somebody changed since stays as it is', async () => {
    const room = classroom(BEGINS);
    room.workshops.push(workshop);
    await until(room, STARTS);
    const lost: Classroom = Object.assign(room, { journal: memoryJournal() });
    room.workshops.length = 0;
    room.ohio.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 5 } });
    await until(lost, plus(STARTS, 3 * TICK));
    expect(await stands(lost)).toEqual({ ...QUIET, provisioners: 5 });
  });
});
