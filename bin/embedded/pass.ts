import { credentials, look as images, posture } from '../../src/automations.ts';
import { policyOf } from '../../src/core/policy.ts';
import { horizonOf, outlook } from '../../src/core/posture.ts';
import { minutes, plus } from '../../src/core/time.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import type { Raised } from './raise.ts';

type Passing = Pick<Raised, 'care' | 'clock' | 'campus' | 'world' | 'wakeups'>;

/** After each change a look sees that it has arrived, and one more that nobody builds any longer. */
const LOOKS_AFTER_MS = [0, minutes(2), minutes(8)];

/**
 * Moves the world's clock on to an instant, and looks whenever something is to happen in between, as the schedules
 * would have. All of it happens in its order, in as little time as the looks take.
 */
export async function passTo(until: Date, { care, clock, campus, world, wakeups }: Passing): Promise<void> {
  let credentialsDue = clock.now();
  const look = async (at: Date): Promise<void> => {
    clock.forward(at);
    campus.pass(at);
    await care.passBy(posture);
    if (at < credentialsDue) return;
    credentialsDue = plus(at, minutes(credentials.everyMinutes));
    await care.passBy(credentials);
  };
  for (const at of await instantsUntil(until, { clock, world })) {
    for (let due = wakeups.next(); due && due < at; due = wakeups.next()) await look(due);
    await look(at);
  }
  clock.forward(until);
  campus.pass(until);
  for (const automation of [posture, credentials, images]) await care.run(automation, 'schedule');
}

/** Every instant at which the calendar or a person's word changes something. */
async function instantsUntil(until: Date, { clock, world }: Pick<Passing, 'clock' | 'world'>): Promise<Date[]> {
  const from = clock.now();
  const policy = policyOf(world.estate);
  const { boundaries } = outlook(await workshopsUntil(until, { clock, world }), policy);
  const ends = (await world.journal.leases()).map((lease) => lease.until);
  const looks = [...boundaries, ...ends].flatMap((at) => LOOKS_AFTER_MS.map((after) => plus(at, after).getTime()));
  return [...new Set(looks)]
    .filter((at) => from.getTime() < at && at < until.getTime())
    .sort((a, b) => a - b)
    .map((at) => new Date(at));
}

/** A calendar that somebody has made unreadable is the next look's affair. */
export async function workshopsUntil(
  until: Date,
  { clock, world }: Pick<Passing, 'clock' | 'world'>,
): Promise<readonly Workshop[]> {
  const span = horizonOf({ from: clock.now(), until }, policyOf(world.estate));
  try {
    return (await world.calendar?.workshops(span))?.workshops ?? [];
  } catch {
    return [];
  }
}
