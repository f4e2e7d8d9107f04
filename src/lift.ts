import { moveFor, type Lease } from './core/lease.ts';
import { spellLever } from './core/lever.ts';
import type { Taken } from './core/report.ts';
import type { MoveKnob } from './core/step.ts';
import { look } from './observers/look.ts';
import type { World } from './ports.ts';
import { take, type Circumstances } from './steps/take.ts';

/**
 * Lifts every lease whose end has come, by what stands in the journal and nothing else.
 *
 * It is what the one-off wake-ups ring, so that what was raised or paused does not stay so although the calendar, the
 * estate or the loop itself is gone. Where the loop is well it finds nothing left to do.
 */
export async function liftLeases(world: World, circumstances: Circumstances): Promise<readonly Taken[]> {
  const over = (await world.journal.leases()).filter(({ until }) => until <= circumstances.now);
  const taken: Taken[] = [];
  for (const lease of over) taken.push(await lift(lease, world, circumstances));
  return taken;
}

async function lift(lease: Lease, world: World, circumstances: Circumstances): Promise<Taken> {
  const { now, signal } = circumstances;
  const { lever, was } = lease;
  const seen = await look(spellLever(lever), circumstances, () =>
    world.clusters.cluster(lease.cluster).read(lever, signal),
  );
  const putBack: MoveKnob = { kind: 'move-knob', is: was, move: { do: 'restore', lease } };
  if (!seen.seen) return { step: putBack, error: seen.why };
  // What is gone stands nowhere: only its lease is left to be ended.
  const is = seen.value?.value ?? was;
  const move = moveFor(is, undefined, lease, now);
  const step: MoveKnob = move.do === 'restore' || move.do === 'end' ? { kind: 'move-knob', is, move } : putBack;
  return take(step, world, circumstances);
}
