import { togetherIn } from './crowd.ts';
import { areFresh, outlastingIn } from './freshness.ts';
import { currentOf, type Lease, type Setting, type Wish } from './lease.ts';
import { FROZEN, knobOf, type Lever } from './lever.ts';
import type { Floor, Shut } from './posture.ts';
import { CALENDAR, titlesOf, type Knob, type RoomSighting } from './room.ts';

type Asked = Pick<Wish, 'value' | 'until' | 'by' | 'why'>;

/** What is wanted of a knob now: the calendar's word and a person's, of two floors the higher. */
export function wishFor(knob: Knob, lever: Lever, room: RoomSighting, now: Date): Wish | undefined {
  const { override, pool, kind, cluster } = knob;
  const place = { target: knobOf(cluster, lever), cluster, lever, kind, ...(pool && { pool }) };
  const asked = [calendarAsks(knob, lever, room, now), override && now < override.until ? override : undefined];
  const strongest = asked.flatMap((one) => (one ? [one] : [])).toSorted(stronger)[0];
  return strongest && { ...place, ...strongest };
}

const stronger = (a: Asked, b: Asked): number =>
  Number(b.value) - Number(a.value) || b.until.getTime() - a.until.getTime();

/**
 * The calendar's word. One that cannot be read changes nothing: what it asked for before ends when it was to end. So does
 * what was left on a lever that is nobody's any longer.
 */
export function calendarAsks(knob: Knob, lever: Lever, room: RoomSighting, now: Date): Asked | undefined {
  if (knob.orphan?.heir) return undefined;
  if (!room.posture.seen || knob.orphan) return unbroken(leaseOn(knob.cluster, lever, room), now);
  const { value: posture } = room.posture;
  if (knob.kind === 'floor') {
    const floor = posture.floors.find(({ kind }) => kind === knob.pool?.kind);
    if (!floor) return undefined;
    return { value: floor.replicas, until: floor.restoreAt, by: CALENDAR, why: reasonOf(floor) };
  }
  const shut =
    knob.kind === 'pause' ? (posture.paused ?? pausedAhead(knob, lever, room, now) ?? room.pauseAhead) : posture.frozen;
  return shut && { value: stillOf(lever), until: shut.until, by: CALENDAR, why: titlesOf(shut.workshops) };
}

/** `Agents 101 (12 people) and Templates (12 people), 24 of them arriving together` */
function reasonOf(floor: Floor): string {
  const together = togetherIn(floor);
  const titles = titlesOf(floor.asks.map(({ workshop }) => workshop));
  return together === undefined ? titles : `${titles}, ${together} of them arriving together`;
}

/**
 * Rotation is paused as soon as the keys are proven to outlast the pause, and not only when the window opens: a rotator
 * that fires in between would replace them, and one that fires on the hour would fire just as the window opens.
 */
function pausedAhead({ rotates, cluster }: Knob, lever: Lever, room: RoomSighting, now: Date): Shut | undefined {
  const { posture, keys } = room;
  const due = posture.seen ? posture.value.rotationDue : undefined;
  const outlasting = outlastingIn(room);
  if (!due || !outlasting) return undefined;
  // Once paused it stays so, whatever becomes of the keys: it would fire in the very gap.
  const isPaused = leaseOn(cluster, lever, room)?.by === CALENDAR;
  const isProven = keys?.seen && areFresh(keys.value, rotates ?? [], outlasting, now);
  return isPaused || isProven ? { ...due, until: due.outlast } : undefined;
}

function unbroken(lease: Lease | undefined, now: Date): Asked | undefined {
  const value = lease && currentOf(lease);
  if (!lease || value === undefined || value === null || lease.by !== CALENDAR || now >= lease.until) return undefined;
  return { value, until: lease.until, by: lease.by, why: lease.why };
}

/** What makes each kind of thing stand still. */
function stillOf({ kind }: Lever): Exclude<Setting, null> {
  if (kind === 'CronJob') return true;
  return kind === 'NodePool' ? FROZEN : 0;
}

export const leaseOn = (cluster: string, lever: Lever, { leases }: Pick<RoomSighting, 'leases'>): Lease | undefined =>
  leases.find(({ target }) => target === knobOf(cluster, lever));
