import type { Breadcrumbs } from '../core/kubernetes.ts';
import { currentOf, spellSetting, type Entry, type Lease, type Setting } from '../core/lease.ts';
import type { MoveKnob } from '../core/step.ts';
import { minutes, plus, spoken } from '../core/time.ts';
import type { WakeupName, World, Written } from '../ports.ts';

interface Turning {
  readonly now: Date;
  readonly signal?: AbortSignal;
}

type Reach = Pick<World, 'clusters' | 'journal' | 'wakeups'>;

/**
 * Turns a knob, in an order in which a death between any two lines costs nothing: somebody is told to
 * lift the lease at its end whatever becomes of us, then it is written down, and only then is the knob turned.
 */
export async function moveKnob(step: MoveKnob, world: Reach, turning: Turning): Promise<string | undefined> {
  const { move } = step;
  if (move.do === 'take' || move.do === 'renew') await writeDown(move.lease, world, turning);
  if (move.do === 'renew') return undefined;
  if (move.do === 'take') return take(step, move.lease, world, turning);
  if (move.do === 'restore') return restore(step, move.lease, world, turning);
  // Sets it to where it stands, which takes the breadcrumbs away. What is gone has none.
  const written = await turn(move.lease, step.is, step.is, world, turning);
  if (written.outcome === 'other') refuseOthers(written, move.lease, 'let go');
  return end(move.lease, { line: move.why }, world, turning);
}

async function writeDown(lease: Lease, world: Reach, turning: Turning): Promise<void> {
  // First of all, so that there is no lease without one: a wake-up that finds none has nothing to do.
  await wakeFor(lease, world, turning);
  if (!(await world.journal.setLease(lease, lease.edition - 1))) refuseRivals(lease);
}

function refuseRivals({ target }: Lease): never {
  throw new Error(`another run has changed the lease on ${target}`);
}

/** Has a lease lifted after its end. Once that is over, soon: whatever kept it, such as builds, is looked at again. */
export const wakeFor = (lease: Lease, { wakeups }: Pick<World, 'wakeups'>, { now, signal }: Turning): Promise<void> => {
  const [planned, soon] = [plus(lease.until, LOOP_FIRST_MS), plus(now, AGAIN_MS)];
  return wakeups.set(wakeupOf(lease), planned > soon ? planned : soon, signal);
};

/** The loop has this long to lift a lease before the wake-up does it without it. */
const LOOP_FIRST_MS = minutes(15);
const AGAIN_MS = minutes(5);

/**
 * A schedule's name may have neither slashes nor spaces; `_` is in no name of Kubernetes', so that no two are one. With
 * the instant, because a run that ends one lease must not cancel what lifts the next one on the same knob.
 */
export const wakeupOf = ({ target, since }: Pick<Lease, 'target' | 'since'>): WakeupName =>
  `lift-${target.replaceAll(/[^0-9A-Za-z.-]/g, '_')}_${since
    .toISOString()
    .slice(0, 19)
    .replaceAll(/[^0-9T]/g, '')}`;

async function take({ is }: MoveKnob, lease: Lease, world: Reach, turning: Turning): Promise<string> {
  const wanted = currentOf(lease);
  const { was, until, why, edition } = lease;
  const written = await turn(lease, wanted, is, world, turning, { was, set: wanted, until, why, edition });
  refuseOthers(written, lease, 'set');
  const line = `set from ${spellSetting(is)} to ${spellSetting(wanted)} until ${spoken(until)} for ${why}`;
  await tell(lease, { line, change: { from: is, to: wanted, until, why } }, world, turning);
  return `until ${spoken(lease.until)}`;
}

/**
 * Says first in the journal that it is at it. A newer run that wants it to stay either has renewed the lease by then,
 * and nothing is put back, or knows of us and writes anew, so that our write finds the object changed.
 */
async function restore(step: MoveKnob, old: Lease, world: Reach, turning: Turning): Promise<undefined> {
  const { is } = step;
  const lease: Lease = { ...old, isLifting: true, edition: old.edition + 1 };
  if (old.edition === 0) await wakeFor(lease, world, turning);
  if (!(await world.journal.setLease(lease, old.edition))) refuseRivals(old);
  const written = await turn(lease, lease.was, is, world, turning);
  refuseOthers(written, lease, 'put back');
  const line = `put back from ${spellSetting(is)} to ${spellSetting(lease.was)}`;
  return end(lease, { line, change: { from: is, to: lease.was, why: `over: ${lease.why}` } }, world, turning);
}

async function end(lease: Lease, told: Told, world: Reach, turning: Turning): Promise<undefined> {
  if (!(await world.journal.endLease(lease))) refuseRivals(lease);
  await tell(lease, told, world, turning);
  await world.wakeups.cancel(wakeupOf(lease), turning.signal);
}

const turn = (
  { cluster, lever, edition }: Lease,
  to: Setting,
  ifWas: Setting,
  { clusters }: Reach,
  { signal }: Turning,
  breadcrumbs?: Breadcrumbs,
): Promise<Written> =>
  clusters.cluster(cluster).set(lever, to, { ifWas, edition, ...(breadcrumbs && { breadcrumbs }) }, signal);

/** Somebody was faster: the next look finds out what that means. */
function refuseOthers(written: Written, { target }: Lease, verb: string): void {
  if (written.outcome === 'absent') throw new Error(`${target} is gone and cannot be ${verb}`);
  if (written.outcome !== 'other') return;
  const { value, by } = written.reading;
  throw new Error(
    `${target} was changed to ${spellSetting(value)}${by === undefined ? '' : ` by ${by}`} meanwhile, and is not ${verb}`,
  );
}

type Told = Pick<Entry, 'line' | 'change'>;

const tell = ({ target, by }: Lease, told: Told, { journal }: Reach, { now: at }: Turning): Promise<void> =>
  journal.record({ target, at, by, ...told });
