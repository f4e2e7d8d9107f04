import { judgeKnob } from './core/knob.ts';
import type { Lease } from './core/lease.ts';
import { knobOf } from './core/lever.ts';
import type { Taken } from './core/report.ts';
import type { Knob, RoomSighting } from './core/room.ts';
import type { MoveKnob } from './core/step.ts';
import { sightLease, sightRoom } from './observers/room.ts';
import type { World } from './ports.ts';
import { wakeFor } from './steps/move-knob.ts';
import { take, type Circumstances } from './steps/take.ts';

/**
 * Lifts every lease whose end has come, whether or not the loop still runs.
 *
 * It is what the one-off wake-ups ring, so that what was raised or paused does not stay so although the estate or the
 * loop itself is gone. It judges as the loop does: a workshop that was made longer keeps what it has, and no build is cut
 * short. Whatever is left is looked at again, because a wake-up rings only once. Where the loop is well it finds nothing
 * left to do.
 */
export async function liftLeases(world: World, circumstances: Circumstances): Promise<readonly Taken[]> {
  const isOver = ({ until }: Lease): boolean => until <= circumstances.now;
  const taken: Taken[] = [];
  if ((await world.journal.leases()).some(isOver)) {
    const room = await sightRoom(world, circumstances);
    for (const lease of room.leases.filter(isOver)) taken.push(await lift(lease, room, world, circumstances));
  }
  await rearm(world, circumstances);
  return taken;
}

async function lift(lease: Lease, room: RoomSighting, world: World, circumstances: Circumstances): Promise<Taken> {
  const knob = room.knobs.find((each) => isOn(each, lease)) ?? (await sightLease(lease, world, circumstances));
  const judged = judgeKnob(knob, room, circumstances.now);
  const putBack: MoveKnob = { kind: 'move-knob', is: lease.was, move: { do: 'restore', lease } };
  if (judged.status !== 'ok' && judged.remedy.by === 'greenroom') return take(judged.remedy.step, world, circumstances);
  return { step: putBack, error: judged.evidence.have };
}

const isOn = ({ cluster, stands, orphan }: Knob, { target }: Lease): boolean =>
  orphan
    ? orphan.lease.target === target
    : stands.seen && stands.value?.choice.ok === true && knobOf(cluster, stands.value.choice.lever) === target;

/** A run that died after it wrote a lease down may have left it with the wake-up of its former end, which is this one. */
async function rearm(world: World, circumstances: Circumstances): Promise<void> {
  const left = await world.journal.leases();
  const armed = await Promise.allSettled(left.map((lease) => wakeFor(lease, world, circumstances)));
  for (const each of armed) if (each.status === 'rejected') throw each.reason;
}
