import { HORIZON, workshopsIn } from '../core/calendar.ts';
import { days, plus } from '../core/time.ts';
import { isWithin, windowOf } from '../core/workshop.ts';
import type { World } from '../ports.ts';
import { rememberedCalendar } from './workshops.ts';

/** From a day before a workshop until its end nothing waits to be told. */
const NEAR = { leadMs: days(1), graceMs: 0 } as const;

/**
 * Whether a workshop is a day away at most, or on, by the calendar's last good copy. Whoever has none, or one that does
 * not reach so far, must reckon with a workshop: an unreadable calendar is not an empty one.
 */
export async function isNear({ estate, journal }: Pick<World, 'estate' | 'journal'>, now: Date): Promise<boolean> {
  if (!estate.calendar) return false;
  const known = await rememberedCalendar({ estate, journal }, now);
  if (!known || plus(known.asOf, HORIZON.aheadMs) < plus(now, NEAR.leadMs)) return true;
  return workshopsIn(known).some((workshop) => isWithin(windowOf(workshop, NEAR), now));
}
