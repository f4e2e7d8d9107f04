import { describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import { FIELD, type LeverKind } from '../src/core/lever.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import type { Workshop } from '../src/core/workshop.ts';
import { reconcile } from '../src/reconcile.ts';
import { workshopAt } from '../src/rehearsal/classroom.ts';
import type { RehearsedCluster } from '../src/rehearsal/kubernetes/cluster.ts';
import { application, hpa, scaledObject, trackedBy, workload } from '../src/rehearsal/kubernetes/objects.ts';
import { rehearse, type Rehearsal } from '../src/rehearsal/world.ts';

const BEGINS = new Date('2026-12-01T00:00:00.000Z');
const STARTS = plus(BEGINS, hours(48));
const WORKSHOP = workshopAt(STARTS, 12);
const OVER = plus(WORKSHOP.ends, hours(1));
const PLACE = { namespace: 'coder-ws', workload: 'coder-provisioner' } as const;
const FLOOR = 10;
const FEED = { file: 'workshops.ics', zone: 'Europe/London', marks: ['workshop'], attendance: 15 };

type Kind = Extract<LeverKind, 'Deployment' | 'StatefulSet' | 'HorizontalPodAutoscaler' | 'ScaledObject'>;
const KINDS: readonly Kind[] = ['Deployment', 'StatefulSet', 'HorizontalPodAutoscaler', 'ScaledObject'];

interface Room {
  readonly world: Rehearsal;
  readonly ohio: RehearsedCluster;
  readonly kind: Kind;
  readonly workshops: Workshop[];
  readonly calledOff: Set<string>;
}

/** A pool that stands at 2, under a lever of this kind, tracked by an Argo CD that syncs what Git says and does not heal. */
function furnished(kind: Kind): Room {
  const pools = [{ name: 'provisioners', kind: 'provisioners', cluster: 'ohio', ...PLACE }] as const;
  const clusters = [{ name: 'ohio', region: 'us-east-2', role: 'control-plane' }] as const;
  const world = rehearse({ begins: BEGINS, clusters, estate: { pools, calendar: FEED } });
  const ohio = world.clusterCalled('ohio');
  ohio.put('Application', application({ name: 'coder', automated: true }));
  const meta = { namespace: PLACE.namespace, name: PLACE.workload, annotations: trackedBy('coder') };
  const below = kind === 'StatefulSet' ? kind : 'Deployment';
  ohio.put(below, workload({ ...meta, replicas: 2 }));
  const scaler = { ...meta, target: { kind: 'Deployment', name: PLACE.workload } as const, min: 2, max: 50 };
  if (kind === 'HorizontalPodAutoscaler') ohio.put(kind, hpa(scaler));
  if (kind === 'ScaledObject') ohio.put(kind, scaledObject(scaler));
  const workshops = [WORKSHOP];
  const calledOff = new Set<string>();
  const uids = () => new Set([...calledOff, ...workshops.map(({ id }) => id)]);
  const calendar = { workshops: async () => ({ workshops, troubles: [], uids: uids(), asOf: world.now() }) };
  return { world: Object.assign(world, { calendar }), ohio, kind, workshops, calledOff };
}

async function until({ world }: Room, instant: Date): Promise<void> {
  for (;;) {
    await reconcile(automations.posture, world, { now: world.now(), log: () => undefined });
    if (world.now() >= instant) return;
    world.pass(Math.min(minutes(30), instant.getTime() - world.now().getTime()));
  }
}

const lever = ({ kind }: Room) => ({ kind, namespace: PLACE.namespace, name: PLACE.workload });
const standing = async (room: Room) => (await room.ohio.port.read(lever(room)))?.value;
const saying = (kind: Kind, value: number) =>
  FIELD[kind].reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;

function write(room: Room, value: number, manager: string): void {
  room.ohio.change(room.kind, PLACE.namespace, PLACE.workload, saying(room.kind, value), manager);
}

/** Git says another number, and Argo CD brings it. */
function commit({ ohio, kind, world }: Room, value: number): void {
  const manifest = { metadata: { namespace: PLACE.namespace, name: PLACE.workload }, ...saying(kind, value) };
  ohio.argo.declare('coder', kind, manifest);
  ohio.argo.sync('coder', world.now());
}

interface Case {
  readonly what: string;
  /** What happens in the middle of the workshop. */
  happens(room: Room): void | Promise<void>;
  /** At the next look, still in the middle of it. */
  readonly during: number;
  /** When it is over. */
  readonly after: number;
  /** The last thing that the knob's story says. */
  readonly story: string;
  /** What people hear between the middle and the end. */
  readonly told: readonly string[];
}

const PUT_BACK = `put back from ${FLOOR} to 2`;
const CASES: readonly Case[] = [
  { what: 'unchanged', happens: () => undefined, during: FLOOR, after: 2, story: PUT_BACK, told: ['done: put'] },
  {
    what: 'human changed',
    happens: (room) => write(room, 5, 'kubectl-edit'),
    during: 5,
    after: 5,
    story: `left at 5: somebody changed it after Greenroom set ${FLOOR}`,
    told: ['fail: provisioners in ohio: floors-are-raised', 'done: end the lease'],
  },
  {
    what: 'Git changed',
    happens: (room) => commit(room, 4),
    during: 4,
    after: 4,
    story: `left at 4: somebody changed it after Greenroom set ${FLOOR}`,
    told: ['fail: provisioners in ohio: floors-are-raised', 'done: end the lease'],
  },
  {
    what: 'overlap',
    happens: ({ workshops, world }) => void workshops.push(workshopAt(plus(world.now(), minutes(30)), 60, 'Templates')),
    during: 42,
    after: 2,
    story: 'put back from 42 to 2',
    told: [`from ${FLOOR} to 42`, 'done: put'],
  },
  {
    what: 'cancelled',
    happens: ({ workshops, calledOff }) => {
      workshops.length = 0;
      calledOff.add(WORKSHOP.id);
    },
    during: 2,
    after: 2,
    story: PUT_BACK,
    told: ['called off', 'done: put'],
  },
  {
    what: 'redeployed',
    happens: (room) => write(room, 2, 'helm'),
    during: FLOOR,
    after: 2,
    story: PUT_BACK,
    told: [`from 2 to ${FLOOR}`, 'done: put'],
  },
  {
    what: 'partial failure',
    happens: async (room) => {
      await until(room, plus(OVER, -minutes(5)));
      let failures = 2;
      room.ohio.meddle = () => {
        failures -= 1;
        if (failures >= 0) throw new OutsideError({ service: 'ohio', operation: 'write', trouble: 'timeout' });
      };
    },
    during: FLOOR,
    after: 2,
    story: PUT_BACK,
    told: ['failed: put', 'done: put'],
  },
];

describe.each(KINDS)('what was raised by a %s', (kind) => {
  it.each(CASES)('and was $what', async ({ happens, during, after, story, told }) => {
    const room = furnished(kind);
    await until(room, plus(STARTS, hours(1)));
    expect(await standing(room)).toBe(FLOOR);
    const before = room.world.said.length;

    await happens(room);
    room.world.pass(minutes(1));
    await until(room, room.world.now());
    expect(await standing(room)).toBe(during);

    await until(room, plus(OVER, hours(4)));
    expect(await standing(room)).toBe(after);
    expect(await room.world.journal.leases()).toEqual([]);
    expect(room.world.wakeups.next()).toBeUndefined();
    expect(JSON.stringify(room.ohio.store.get(kind, PLACE.namespace, PLACE.workload))).not.toContain(
      'greenroom.coder.com/',
    );
    const [last] = await room.world.journal.entries(`ohio ${kind} ${PLACE.namespace}/${PLACE.workload}`, 1);
    expect(last?.line).toBe(story);
    const heard = room.world.said.slice(before).map(({ line }) => line);
    for (const words of told)
      expect(
        heard.some((line) => line.includes(words)),
        `${words} in ${heard.join('\n')}`,
      ).toBe(true);
  });
});
