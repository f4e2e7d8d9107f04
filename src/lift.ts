import { whyOf } from './core/outside-error.ts';
import { moveFor, type Lease } from './core/lease.ts';
import type { MoveKnob } from './core/step.ts';
import type { Taken } from './core/report.ts';
import type { Log } from './log.ts';
import type { World } from './ports.ts';
import { moveKnob } from './steps/move-knob.ts';

interface Lifting {
  readonly now: Date;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

/**
 * Lifts every lease whose end has come, by what stands in the journal and nothing else.
 *
 * It is what the one-off wake-ups ring, so that what was raised or paused does not stay so although the calendar, the
 * estate or the loop itself is gone. Where the loop is well it finds nothing left to do.
 */
export async function liftLeases(
  world: Pick<World, 'journal' | 'clusters' | 'wakeups'>,
  lifting: Lifting,
): Promise<readonly Taken[]> {
  const over = (await world.journal.leases()).filter(({ until }) => until <= lifting.now);
  const taken: Taken[] = [];
  for (const lease of over) taken.push(...(await lift(lease, world, lifting)));
  return taken;
}

async function lift(
  lease: Lease,
  world: Pick<World, 'journal' | 'clusters' | 'wakeups'>,
  lifting: Lifting,
): Promise<Taken[]> {
  const { now, log, signal } = lifting;
  try {
    const reading = await world.clusters.cluster(lease.cluster).read(lease.lever, signal);
    const move = moveFor(reading?.value ?? lease.was, undefined, lease, now);
    if (move.do === 'nothing' || move.do === 'yield') return [];
    const step: MoveKnob = { kind: 'move-knob', is: reading?.value ?? lease.was, move };
    await moveKnob(step, world, lifting);
    return [{ step }];
  } catch (error) {
    log(`could not lift the lease on ${lease.target}`, error);
    const step: MoveKnob = { kind: 'move-knob', is: lease.was, move: { do: 'restore', lease } };
    return [{ step, error: whyOf(error) }];
  }
}
