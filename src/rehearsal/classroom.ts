import type { CalendarReading } from '../core/calendar.ts';
import { OutsideError } from '../core/outside-error.ts';
import { minutes, plus } from '../core/time.ts';
import type { Journal } from '../ports.ts';
import type { Workshop } from '../core/workshop.ts';
import { RehearsedCoder } from './coder.ts';
import { RehearsedCluster } from './kubernetes/cluster.ts';
import { cronJob, hpa, nodePool, workload } from './kubernetes/objects.ts';
import { rehearse, type Rehearsal } from './world.ts';

/** A cluster with everything that is turned before a workshop, Coder, and a calendar that a story writes. */
export interface Classroom extends Rehearsal {
  readonly ohio: RehearsedCluster;
  readonly control: RehearsedCoder;
  readonly workshops: Workshop[];
  /** Events that are in the calendar and no workshops any more: called off, which is not the same as gone. */
  readonly calledOff: Set<string>;
  /** Why the calendar cannot be read, while it cannot. */
  unreadable: string | undefined;
}

const PLACES = {
  provisioners: { namespace: 'coder-ws', workload: 'coder-provisioner' },
  gateway: { namespace: 'litellm', workload: 'litellm' },
  rotator: { namespace: 'litellm', workload: 'litellm-rotate-key' },
} as const;

/** As ai.coder.com is: provisioners in a StatefulSet, a gateway below an HPA, a rotator that fires every four hours. */
export function classroom(begins: Date, journal?: Journal): Classroom {
  const control = new RehearsedCoder();
  const ohio = furnished(begins, control);
  const world = rehearse({ begins, estate: ESTATE, ...(journal && { journal }) });
  const { pass: goOn } = world;
  const room: Classroom = Object.assign(world, {
    ohio,
    control,
    workshops: [],
    calledOff: new Set<string>(),
    unreadable: undefined,
    coder: control.port,
    clusters: { cluster: () => ohio.port },
    calendar: { workshops: async () => readingOf(room) },
    pass: (milliseconds: number): void => {
      goOn(milliseconds);
      ohio.advance(world.now());
    },
  });
  room.pass(minutes(5));
  return room;
}

const ESTATE = {
  clusters: [{ name: 'ohio', region: 'us-east-2', role: 'control-plane', nodePools: ['default'] }],
  pools: [
    { name: 'provisioners', kind: 'provisioners', cluster: 'ohio', ...PLACES.provisioners },
    { name: 'gateway', kind: 'gateway', cluster: 'ohio', ...PLACES.gateway },
  ],
  rotators: [{ name: 'key-rotator', cluster: 'ohio', ...PLACES.rotator }],
} as const;

function furnished(begins: Date, control: RehearsedCoder): RehearsedCluster {
  const ohio = new RehearsedCluster({ name: 'ohio', begins });
  const { provisioners, gateway, rotator } = PLACES;
  ohio.put('StatefulSet', workload({ namespace: 'coder-ws', name: provisioners.workload, replicas: 2 }));
  ohio.put('Deployment', workload({ namespace: 'litellm', name: gateway.workload, replicas: 2 }));
  const target = { kind: 'Deployment', name: gateway.workload } as const;
  ohio.put('HorizontalPodAutoscaler', hpa({ namespace: 'litellm', name: gateway.workload, target, min: 2, max: 50 }));
  ohio.put('CronJob', cronJob({ namespace: 'litellm', name: rotator.workload, schedule: '0 */4 * * *' }));
  ohio.put('NodePool', nodePool('default'));
  ohio.attach(control);
  control.follow(ohio, provisioners);
  return ohio;
}

function readingOf({ unreadable: detail, workshops, calledOff, now }: Classroom): CalendarReading {
  if (detail !== undefined)
    throw new OutsideError({ service: 'calendar', operation: 'read it', trouble: 'broken', detail });
  return { workshops, troubles: [], uids: new Set([...calledOff, ...workshops.map(({ id }) => id)]), asOf: now() };
}

/** A workshop so many hours from an instant on. */
export const workshopAt = (starts: Date, people: number, title = 'Agents 101', lastsMinutes = 120): Workshop => ({
  id: `${title} ${starts.toISOString()}`,
  title,
  starts,
  ends: plus(starts, minutes(lastsMinutes)),
  zone: 'Europe/London',
  attendance: { people, from: 'description' },
});
