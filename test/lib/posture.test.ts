import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../src/core/lease.ts';
import { FROZEN, type LeverKind } from '../../src/core/lever.ts';
import { hours, minutes, plus } from '../../src/core/time.ts';
import { classroom, workshopAt, type Classroom } from '../../src/rehearsal/classroom.ts';
import { rehearseAwsIn, type RehearsedAws } from './rehearsed-aws.ts';

let aws: RehearsedAws<Classroom>;
let began: Date;
const used = new Set<string>();
const refused = new Set<string>();

beforeEach(async () => {
  aws = await rehearseAwsIn(classroom);
  // On a whole second, since that is what Scheduler knows.
  began = new Date(Math.floor(Date.now() / 1_000) * 1_000);
});
afterEach(async () => {
  for (const [name, role] of aws.roles) {
    for (const action of role.used) used.add(`${name} ${action}`);
    for (const action of role.allows.size > 0 ? role.refused : []) refused.add(`${name} ${action}`);
  }
  await aws[Symbol.asyncDispose]();
});

const standing = async (kind: LeverKind, namespace: string, name: string) =>
  (await aws.world.ohio.port.read({ kind, namespace, name }))?.value;

const stands = async () => ({
  provisioners: await standing('StatefulSet', 'coder-ws', 'coder-provisioner'),
  gateway: await standing('HorizontalPodAutoscaler', 'litellm', 'litellm'),
  paused: await standing('CronJob', 'litellm', 'litellm-rotate-key'),
  frozen: (await standing('NodePool', '', 'default')) === FROZEN,
  held: (await aws.journal.holds(new Date())).length > 0,
});

const QUIET = { provisioners: 2, gateway: 2, paused: false, frozen: false, held: false };
const CLOSED = { provisioners: 10, gateway: 4, paused: true, frozen: true, held: true };

/** A workshop that starts in half an hour: its window is open. */
const soon = () => workshopAt(plus(began, minutes(30)), 12);
const scheduledAt = (name: string): string | undefined => aws.scheduler.schedules.get(name)?.ScheduleExpression;
const at = (instant: Date): string => `at(${instant.toISOString().slice(0, 19)})`;
const lines = () => aws.world.said.map(({ line }) => line);

/** As if time had passed for every lease: nobody can wait for it here. */
async function letLeases(change: (now: Date) => Partial<Lease>): Promise<void> {
  for (const lease of await aws.journal.leases()) {
    const later = { ...lease, ...change(new Date()), edition: lease.edition + 1 };
    expect(await aws.journal.setLease(later, lease.edition)).toBe(true);
  }
}
const ended = (now: Date) => ({ until: plus(now, -minutes(1)) });
const idleForLong = (now: Date) => ({ idleSince: plus(now, -minutes(2)) });

describe('the posture in AWS', () => {
  it('turns what the calendar asks for, each under a lease that a schedule of its own would lift', async () => {
    const workshop = soon();
    aws.world.workshops.push(workshop);
    await aws.wake('posture');
    expect(await stands()).toEqual(CLOSED);
    const lifts = [...aws.scheduler.schedules].filter(([name]) => name.startsWith('lift-'));
    expect(lifts).toHaveLength((await aws.journal.leases()).length);
    const after = at(plus(workshop.ends, hours(1) + minutes(15)));
    expect(lifts.map(([, { ScheduleExpression }]) => ScheduleExpression)).toEqual(lifts.map(() => after));
  });

  it('is woken at the next instant at which anything changes, and again after it', async () => {
    const workshop = soon();
    aws.world.workshops.push(workshop);
    await aws.wake('posture');
    expect(scheduledAt('posture')).toBe(at(workshop.starts));
    expect(await aws.ring(workshop.starts)).toEqual(['posture']);
  });

  it('sets nothing anew while nothing changes: a quiet look writes no schedule', async () => {
    aws.world.workshops.push(soon());
    await aws.wake('posture');
    const before = aws.scheduler.asked.length;
    await aws.wake('posture');
    expect(aws.scheduler.asked.slice(before)).toEqual([]);
  });

  it('is woken elsewhere when the workshop moves, and nowhere when it is called off', async () => {
    const workshop = workshopAt(plus(began, hours(24 * 10)), 12);
    aws.world.workshops.push(workshop);
    await aws.wake('posture');
    expect(scheduledAt('posture')).toBe(at(plus(workshop.starts, -hours(48))));
    const moved = { ...workshop, starts: plus(workshop.starts, hours(3)), ends: plus(workshop.ends, hours(3)) };
    aws.world.workshops.splice(0, 1, moved);
    await aws.wake('posture');
    expect(scheduledAt('posture')).toBe(at(plus(moved.starts, -hours(48))));
    aws.world.workshops.length = 0;
    await aws.wake('posture');
    expect([...aws.scheduler.schedules.keys()]).toEqual([]);
    const before = aws.scheduler.asked.length;
    await aws.wake('posture');
    expect(aws.scheduler.asked.slice(before)).toEqual([]);
  });

  it('keeps its wake-up while the calendar cannot be read: the last good copy says when', async () => {
    aws.world.workshops.push(workshopAt(plus(began, hours(24 * 10)), 12));
    await aws.wake('posture');
    const before = scheduledAt('posture');
    aws.world.unreadable = '503';
    await aws.wake('posture');
    expect(scheduledAt('posture')).toBe(before);
    expect(before).toBeDefined();
  });

  it('lets a hold go that the calendar no longer asks for, and tells it', async () => {
    const hold = { id: 'calendar', scope: '*', since: began, until: plus(began, hours(8)) };
    await aws.journal.hold({ ...hold, by: 'calendar', why: 'a workshop that was called off' });
    await aws.wake('posture');
    expect(await aws.journal.holds(new Date())).toEqual([]);
    expect(lines()).toEqual(['done: release promotions']);
  });

  it('turns nothing where nobody could be woken to put it back', async () => {
    aws.world.workshops.push(soon());
    aws.disempower('posture', 'scheduler:CreateSchedule');
    await expect(aws.wake('posture')).rejects.toThrow(/CreateSchedule/);
    expect({ ...(await stands()), held: false }).toEqual(QUIET);
    expect(aws.world.ohio.writes).toBe(0);
  });
});

describe('the function that lifts', () => {
  it('puts everything back although calendar and loop are gone, and tells people', async () => {
    aws.world.workshops.push(soon());
    await aws.wake('posture');
    await letLeases(ended);
    aws.world.unreadable = 'gone';
    await aws.journal.keep('calendar of rehearsal', '', new Date(0));
    aws.disempower('posture');
    expect(await aws.ring(plus(began, hours(24)))).toContain('lift');
    // Provisioners wait for a second look that finds nobody building, for which it has itself woken.
    expect({ ...(await stands()), held: false }).toEqual({ ...QUIET, provisioners: 10 });
    await letLeases(idleForLong);
    expect(await aws.ring(plus(began, hours(24)))).toEqual(['lift']);
    expect({ ...(await stands()), held: false }).toEqual(QUIET);
    expect(await aws.journal.leases()).toEqual([]);
    expect([...aws.scheduler.schedules.keys()]).toEqual([]);
    expect(lines().filter((line) => line.startsWith('done: put'))).toHaveLength(4);
  });

  it('comes back for what it could not lift, and says so', async () => {
    aws.world.workshops.push(soon());
    await aws.wake('posture');
    await letLeases(ended);
    aws.scheduler.due(plus(began, hours(24)));
    aws.disempower('lift', 'eks:DescribeCluster');
    // Each lease has a wake-up of its own, and each of them finds the others' still there.
    for (const _ of ['one', 'another']) await aws.wake('lift');
    expect(await stands()).toEqual(CLOSED);
    expect([...aws.scheduler.schedules.keys()].filter((name) => name.startsWith('lift-'))).toHaveLength(4);
    expect(lines().filter((line) => line.startsWith('failed: put'))).toHaveLength(4);
  });

  it('finds nothing to do where the loop is well, and tells nobody', async () => {
    aws.world.workshops.push(soon());
    await aws.wake('posture');
    const told = lines().length;
    await aws.wake('lift');
    expect(await stands()).toEqual(CLOSED);
    expect(lines()).toHaveLength(told);
  });
});

describe('both may do', () => {
  it('what these stories need, and nothing that none of them needs', () => {
    const allowed = ['posture', 'lift'].flatMap((name) =>
      [...(aws.roles.get(name)?.allows ?? [])].map((action) => `${name} ${action}`),
    );
    expect([...refused].filter((power) => !taken.has(power))).toEqual([]);
    expect(allowed.filter((power) => isOurs(power) && !used.has(power))).toEqual([]);
  });
});

/** Taken away by a story. */
const taken = new Set(['posture scheduler:CreateSchedule', 'lift eks:DescribeCluster']);

/** What a rehearsal can tell: not logs, traces and queues. */
const isOurs = (power: string): boolean => / (?:dynamodb|scheduler|iam|eks|sns|secretsmanager):/.test(power);
