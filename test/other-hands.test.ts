import { beforeEach, describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import type { LeverKind } from '../src/core/lever.ts';
import type { Report } from '../src/core/report.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import { reconcile } from '../src/reconcile.ts';
import { classroom, workshopAt, type Classroom } from '../src/rehearsal/classroom.ts';
import { hpa } from '../src/rehearsal/kubernetes/objects.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const STARTS = plus(BEGINS, hours(48));
const WORKSHOP = workshopAt(STARTS, 12);
const OVER = plus(WORKSHOP.ends, hours(1));
const SET = { namespace: 'coder-ws', name: 'coder-provisioner' } as const;
const GATEWAY = { namespace: 'litellm', name: 'litellm' } as const;

let room: Classroom;
beforeEach(() => {
  room = classroom(BEGINS);
  room.workshops.push(WORKSHOP);
});

/** Looks every five minutes until an instant. */
async function until(instant: Date): Promise<Report> {
  for (;;) {
    const report = await reconcile(automations.posture, room, { now: room.now(), log: () => undefined });
    if (room.now() >= instant) return report;
    room.pass(Math.min(minutes(5), instant.getTime() - room.now().getTime()));
  }
}

const standing = async (kind: LeverKind, place: { namespace: string; name: string }) =>
  (await room.ohio.port.read({ kind, ...place }))?.value;
const replicas = (count: number): void =>
  room.ohio.change('StatefulSet', SET.namespace, SET.name, { spec: { replicas: count } });
const targets = async () =>
  (await room.journal.leases()).map(({ target }) => target).filter((each) => /coder-ws/.test(each));

describe('somebody who went above us', () => {
  it('keeps their number when the workshop is over', async () => {
    await until(STARTS);
    replicas(14);
    await until(plus(OVER, minutes(15)));
    expect(await standing('StatefulSet', SET)).toBe(14);
    expect(await targets()).toEqual([]);
  });

  it('gets it back where a larger workshop went above them in between', async () => {
    const larger = workshopAt(plus(STARTS, hours(25)), 30, 'Larger');
    room.workshops.push(larger);
    await until(plus(STARTS, minutes(30)));
    replicas(14);
    await until(plus(STARTS, hours(2)));
    expect(await standing('StatefulSet', SET)).toBe(22);
    await until(plus(larger.ends, hours(1) + minutes(15)));
    expect(await standing('StatefulSet', SET)).toBe(14);
    expect(await targets()).toEqual([]);
  });
});

describe('a lever that another one has taken over', () => {
  /** Somebody puts an autoscaler above the provisioners in the middle of the workshop. */
  async function autoscaled(): Promise<void> {
    await until(STARTS);
    const target = { kind: 'StatefulSet', name: SET.name } as const;
    room.ohio.demand.set(`${SET.namespace}/${SET.name}`, 10);
    room.ohio.put('HorizontalPodAutoscaler', hpa({ ...SET, target, min: 3, max: 40 }));
  }

  it('is left as it stands, and the floor is held by the one that decides now', async () => {
    await autoscaled();
    await until(plus(STARTS, minutes(10)));
    expect(await standing('HorizontalPodAutoscaler', SET)).toBe(10);
    expect(await targets()).toEqual(['ohio HorizontalPodAutoscaler coder-ws/coder-provisioner']);
    const [last] = await room.journal.entries('ohio StatefulSet coder-ws/coder-provisioner', 1);
    expect(last?.line).toBe('left at 10: HorizontalPodAutoscaler coder-ws/coder-provisioner decides there now');
    expect(await standing('StatefulSet', SET)).toBe(10);
  });

  it('gets back only what the new one was, when all is over', async () => {
    await autoscaled();
    await until(plus(OVER, minutes(15)));
    expect(await standing('HorizontalPodAutoscaler', SET)).toBe(3);
    expect(await targets()).toEqual([]);
    expect(JSON.stringify(room.ohio.store)).not.toContain('greenroom.coder.com/');
  });
});

describe('a lever that is gone', () => {
  it('leaves no lease behind, and what stands there instead is raised', async () => {
    await until(STARTS);
    // The autoscaler is taken away and the Deployment left alone.
    room.ohio.store.remove('HorizontalPodAutoscaler', GATEWAY.namespace, GATEWAY.name);
    await until(plus(STARTS, minutes(10)));
    const leases = (await room.journal.leases()).map(({ target }) => target);
    expect(leases).not.toContain('ohio HorizontalPodAutoscaler litellm/litellm');
    expect(await standing('Deployment', GATEWAY)).toBeGreaterThanOrEqual(4);
    await until(plus(OVER, minutes(15)));
    expect(await room.journal.leases()).toEqual([]);
    expect(room.wakeups.next()).toBeUndefined();
  });

  it('together with its workload is told, and ends without a write', async () => {
    await until(STARTS);
    room.ohio.store.remove('StatefulSet', SET.namespace, SET.name);
    const { findings } = await until(plus(STARTS, minutes(10)));
    expect(await targets()).toEqual([]);
    expect(findings).toContainEqual(
      expect.objectContaining({ check: 'floors-are-raised', status: 'fail', subject: 'provisioners in ohio' }),
    );
  });

  it('from the estate is put back: nobody names the pool any longer', async () => {
    await until(STARTS);
    const { estate } = room;
    Object.assign(room, {
      estate: { ...estate, pools: (estate.pools ?? []).filter(({ kind }) => kind === 'gateway') },
    });
    await until(plus(OVER, minutes(15)));
    expect(await standing('StatefulSet', SET)).toBe(2);
    expect(await targets()).toEqual([]);
  });
});
