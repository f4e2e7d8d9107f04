import { buildTimesOf, type Daemon } from '../core/coder.ts';
import { workshopsIn } from '../core/calendar.ts';
import type { Pool } from '../core/estate.ts';
import type { Lease } from '../core/lease.ts';
import { knobOf, spellLever, type Choice, type Lever } from '../core/lever.ts';
import { overrideKey, readOverride } from '../core/override.ts';
import type { Pod } from '../core/pod.ts';
import { policyOf } from '../core/policy.ts';
import { outlook, type Floor } from '../core/posture.ts';
import {
  CALENDAR,
  unwrittenLeases,
  type Arrival,
  type Knob,
  type MeasuredBuilds,
  type RoomSighting,
  type Stand,
} from '../core/room.ts';
import { saw, type Seen } from '../core/sighting.ts';
import { minutes, plus } from '../core/time.ts';
import type { PoolSighting, World } from '../ports.ts';
import { keysOf, sightKeys } from './keys.ts';
import { look, type Looking } from './look.ts';
import { sightCalendar } from './workshops.ts';

export interface RoomWatch extends Looking {
  readonly now: Date;
}

/** Everything that is turned before a workshop. What cannot be seen is `unseen`, one knob at a time. */
export async function sightRoom(world: World, watch: RoomWatch): Promise<RoomSighting> {
  const { estate, journal } = world;
  const policy = policyOf(estate);
  const [calendar, leases, holds] = await Promise.all([
    look('the calendar', watch, () => sightCalendar(world, watch)),
    journal.leases(),
    journal.holds(watch.now),
  ]);
  // As far as it is known: by its last good copy where it cannot be read now. Without a calendar nothing is asked for.
  const workshops = calendar.seen && calendar.value ? workshopsIn(calendar.value) : [];
  const { at } = outlook(workshops, policy);
  const posture = calendar.seen ? saw(at(watch.now)) : calendar;
  const pauseAhead = at(plus(watch.now, PAUSE_AHEAD_MS)).paused;
  const hold = holds.find(({ id }) => id === CALENDAR);
  const isNear = posture.seen && (posture.value.rotationDue ?? posture.value.paused) !== undefined;
  const floors = posture.seen ? posture.value.floors : [];
  const named = await Promise.all([
    ...pools(world, watch, { floors, leases }),
    ...rotators(world, watch),
    ...nodePools(world, watch),
  ]);
  const knobs = [...named, ...(await orphans(leases, named, world, watch))];
  const builds = floors.length > 0 ? await measuredBuilds(world, watch) : undefined;
  const keys = isNear ? await look('the keys', watch, () => sightKeys(world, watch)) : undefined;
  const ahead = { ...(pauseAhead && { pauseAhead }), ...(keys && { keys }), ...(builds && { builds }) };
  const all = [...leases, ...unwrittenLeases(named, leases, watch.now)];
  return { calendar, posture, knobs, leases: all, ...ahead, ...(hold && { hold }) };
}

/** Two looks: the first of them may fail. */
const PAUSE_AHEAD_MS = minutes(10);

interface Asked {
  readonly floors: readonly Floor[];
  readonly leases: readonly Lease[];
}

const pools = (world: World, watch: RoomWatch, { floors, leases }: Asked): Promise<Knob>[] =>
  (world.estate.pools ?? []).map(async (pool): Promise<Knob> => {
    const { name, cluster } = pool;
    const floor = floors.find(({ kind }) => kind === pool.kind)?.replicas;
    const stands = await look(`pool ${name}`, watch, async (): Promise<Stand | undefined> => {
      const sighting = await world.clusters.cluster(cluster).pool(pool, floor, watch.signal);
      if (!sighting) return undefined;
      const { choice, desired, ready, breadcrumbs } = sighting;
      // A quiet look asks about neither pods nor daemons: nothing is on its way, and nothing is to be taken away.
      const isLeased = leases.some((lease) => lease.pool?.name === name || isOn(lease, cluster, choice));
      const isQuiet = floor === undefined && !isLeased && !breadcrumbs;
      return {
        choice,
        ...(breadcrumbs && { breadcrumbs }),
        arrival: isQuiet ? { desired, ready, stuck: [] } : await arrivalOf(pool, sighting, world, watch),
      };
    });
    return { name, kind: 'floor', cluster, pool, stands, ...(await wordOn(name, world, watch)) };
  });

const isOn = ({ target }: Lease, cluster: string, choice: Choice): boolean =>
  choice.ok && target === knobOf(cluster, choice.lever);

const rotators = ({ estate, clusters }: World, watch: RoomWatch): Promise<Knob>[] =>
  (estate.rotators ?? []).map(async (rotator): Promise<Knob> => {
    const stands = await look(`rotator ${rotator.name}`, watch, () =>
      clusters.cluster(rotator.cluster).rotator(rotator, watch.signal),
    );
    const { name, cluster, workload } = rotator;
    return { name, kind: 'pause', cluster, workload, rotates: keysOf(rotator, estate), stands };
  });

const nodePools = ({ estate, clusters }: World, watch: RoomWatch): Promise<Knob>[] =>
  (estate.clusters ?? []).flatMap(({ name: cluster, nodePools: names = [] }) =>
    names.map(async (name): Promise<Knob> => {
      const stands = await look(`node pool ${name}`, watch, () =>
        clusters.cluster(cluster).nodePool(name, watch.signal),
      );
      return { name, kind: 'freeze', cluster, stands };
    }),
  );

/** Leases on levers that no knob of the estate has any longer: an autoscaler was put in, or the estate was changed. */
async function orphans(
  leases: readonly Lease[],
  named: readonly Knob[],
  world: World,
  watch: RoomWatch,
): Promise<Knob[]> {
  const known = new Set(
    named.flatMap(({ cluster, stands }) =>
      stands.seen && stands.value?.choice.ok ? [knobOf(cluster, stands.value.choice.lever)] : [],
    ),
  );
  const blind = new Set(named.flatMap(({ cluster, stands }) => (stands.seen ? [] : [cluster])));
  const lost = leases.filter(({ target, cluster }) => !known.has(target) && !blind.has(cluster));
  return Promise.all(
    lost.map(async (lease): Promise<Knob> => {
      const knob = await sightLease(lease, world, watch);
      const heir = heirOf(lease, named);
      return heir ? { ...knob, orphan: { lease, heir } } : knob;
    }),
  );
}

/** The lever that decides now about the pool that a lease was taken for. */
function heirOf({ pool, cluster }: Lease, named: readonly Knob[]): Lever | undefined {
  const { stands } = named.find((knob) => pool && knob.pool?.name === pool.name && knob.cluster === cluster) ?? {};
  return stands?.seen && stands.value?.choice.ok ? stands.value.choice.lever : undefined;
}

/** Where a lease's lever stands, by the journal alone. */
export async function sightLease(lease: Lease, world: World, watch: RoomWatch): Promise<Knob> {
  const { cluster, lever, kind } = lease;
  const stands = await look(spellLever(lever), watch, () => standOf(lease, world, watch));
  return { name: spellLever(lever), kind, cluster, stands, orphan: { lease } };
}

async function standOf({ cluster, lever, pool }: Lease, world: World, watch: RoomWatch): Promise<Stand | undefined> {
  const reading = await world.clusters.cluster(cluster).read(lever, watch.signal);
  if (!reading) return undefined;
  const choice = { ok: true, lever, value: reading.value, risks: [] } as const;
  if (!pool) return { choice };
  return { choice, arrival: await arrivalOf(pool, { desired: 0, ready: 0 }, world, watch) };
}

async function arrivalOf(
  pool: Pool,
  { desired, ready }: Pick<PoolSighting, 'desired' | 'ready'>,
  world: World,
  watch: RoomWatch,
): Promise<Arrival> {
  const pods = (await world.clusters.cluster(pool.cluster).pods(pool, watch.signal)) ?? [];
  const stuck = [...new Set(pods.flatMap(({ why }) => (why === undefined ? [] : [why])))];
  const daemons = await daemonsOf(pool, pods, world, watch);
  const waitingSince = oldestOf(pods.filter((pod) => !isThere(pod, daemons)));
  return { desired, ready, stuck, ...(daemons && { daemons }), ...(waitingSince && { waitingSince }) };
}

const isThere = ({ name, ready, leaving }: Pod, daemons: Seen<readonly Daemon[]> | undefined): boolean =>
  leaving || (ready && (!daemons?.seen || daemons.value.some((daemon) => daemon.name === name)));

const oldestOf = (pods: readonly Pod[]): Date | undefined =>
  pods.flatMap(({ since }) => (since ? [since] : [])).toSorted((a, b) => a.getTime() - b.getTime())[0];

/** Joined by name: a daemon is called as the pod that it runs in. */
async function daemonsOf(
  pool: Pool,
  pods: readonly Pod[],
  { coder }: World,
  watch: RoomWatch,
): Promise<Seen<readonly Daemon[]> | undefined> {
  if (!coder || pool.kind !== 'provisioners') return undefined;
  const names = new Set(pods.map(({ name }) => name));
  return look(`the daemons of ${pool.name}`, watch, async () => {
    const daemons = await coder.daemons(pool.organization ?? 'default', watch.signal);
    return daemons.filter(({ name }) => names.has(name));
  });
}

async function measuredBuilds({ estate, coder }: World, watch: RoomWatch): Promise<readonly MeasuredBuilds[]> {
  if (!coder) return [];
  const { sizing } = policyOf(estate);
  const provisioners = (estate.pools ?? []).filter(({ kind }) => kind === 'provisioners');
  return Promise.all(
    provisioners.map(async ({ name: pool, organization = 'default' }) => {
      const times = await look(`the builds on ${pool}`, watch, async () =>
        buildTimesOf(await coder.builds(organization, watch.signal)),
      );
      return { pool, times, sizing };
    }),
  );
}

async function wordOn(knob: string, { journal }: World, { now }: RoomWatch): Promise<Pick<Knob, 'override'>> {
  const text = await journal.kept(overrideKey(knob), now);
  const override = text === undefined ? undefined : readOverride(text);
  return override ? { override } : {};
}
