import type { Pool } from '../../src/core/estate.ts';
import type { Lease, Setting } from '../../src/core/lease.ts';
import { FROZEN, knobOf, type Lever } from '../../src/core/lever.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import type { Knob, RoomSighting, Stand } from '../../src/core/room.ts';
import { saw, unseen } from '../../src/core/sighting.ts';
import { hours, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';

export const STARTS = new Date('2026-09-14T12:00:00.000Z');
export const ENDS = plus(STARTS, hours(2));
export const before = (count: number): Date => plus(STARTS, -hours(count));

export const workshop: Workshop = {
  id: 'agents-101',
  title: 'Agents 101',
  starts: STARTS,
  ends: ENDS,
  zone: 'Europe/London',
  attendance: { people: 12, from: 'description' },
};

export const SET: Lever = { kind: 'StatefulSet', namespace: 'coder-ws', name: 'coder-provisioner' };
export const CRON: Lever = { kind: 'CronJob', namespace: 'litellm', name: 'rotate-key' };
export const NODES: Lever = { kind: 'NodePool', namespace: '', name: 'default' };

const pool: Pool = {
  name: 'provisioners',
  kind: 'provisioners',
  cluster: 'ohio',
  namespace: 'coder-ws',
  workload: 'coder-provisioner',
};

const at = (lever: Lever, value: Setting, more: Partial<Stand> = {}): Knob['stands'] =>
  saw({ choice: { ok: true, lever, value, risks: [] }, ...more });

export const provisioners = (value: Setting, more: Partial<Stand> = {}): Knob => ({
  name: 'provisioners',
  kind: 'floor',
  cluster: 'ohio',
  pool,
  stands: at(SET, value, more),
});
export const rotator = (suspended: boolean): Knob => ({
  name: 'key-rotator',
  kind: 'pause',
  cluster: 'ohio',
  workload: CRON.name,
  stands: at(CRON, suspended),
});
export const nodes = (frozen: boolean): Knob => ({
  name: 'default',
  kind: 'freeze',
  cluster: 'ohio',
  stands: at(NODES, frozen ? FROZEN : '[{"nodes":"10%"}]'),
});

export const leaseOn = (lever: Lever, kind: Lease['kind'], was: Setting, set: Setting): Lease => ({
  target: knobOf('ohio', lever),
  cluster: 'ohio',
  lever,
  kind,
  was,
  sets: [set],
  since: before(24),
  until: plus(ENDS, hours(1)),
  by: 'calendar',
  why: 'Agents 101 (12 people)',
  edition: 1,
});

/** What a look at an instant finds. The calendar has one workshop. */
export const roomAt = (now: Date, knobs: readonly Knob[], more: Partial<RoomSighting> = {}): RoomSighting => ({
  calendar: saw({ workshops: [workshop], troubles: [], gone: [], asOf: now }),
  posture: saw(postureAt(now, [workshop], DEFAULT_POLICY)),
  knobs,
  leases: [],
  ...more,
});

export const NO_CALENDAR = { posture: unseen('503') };
