import { workshopsIn } from './core/calendar.ts';
import { policyOf } from './core/policy.ts';
import { postureAt } from './core/posture.ts';
import { lastCalendar } from './observers/workshops.ts';
import type { World } from './ports.ts';

const KEY = 'next wake-up';

/**
 * Has the posture woken at the next instant at which it changes, so that a window begins when it begins and not at the
 * tick after it.
 *
 * One wake-up and never a list of them: at its instant the look that it wakes sets the one after it, and a workshop
 * that moves or is called off moves or ends it at the next look. Where it stands already, nothing is written.
 */
export async function setNextWakeup(
  { estate, journal, wakeups }: Pick<World, 'estate' | 'journal' | 'wakeups'>,
  now: Date,
  signal?: AbortSignal,
): Promise<void> {
  const [calendar, stands] = await Promise.all([lastCalendar({ estate, journal }, now), journal.kept(KEY, now)]);
  const next = calendar && postureAt(now, workshopsIn(calendar), policyOf(estate)).next;
  if (next?.toISOString() === stands) return;
  if (next) await wakeups.set('posture', next, signal);
  else await wakeups.cancel('posture', signal);
  // Written down last: dying in between costs the same request once more, and never a wake-up.
  await journal.keep(KEY, next?.toISOString() ?? '', next ?? now);
}
