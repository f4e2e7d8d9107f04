import { workshopsIn } from '../core/calendar.ts';
import { policyOf } from '../core/policy.ts';
import { windowsOf, type WindowsSighting } from '../core/windows.ts';
import type { World } from '../ports.ts';
import type { Watch } from './look.ts';
import { sightCalendar } from './workshops.ts';

/** What the calendar, or its last good copy, closes from now on. Nothing, where the estate has no calendar. */
export async function sightWindows(world: World, watch: Watch): Promise<WindowsSighting> {
  const sighting = await sightCalendar(world, watch);
  return windowsOf(sighting ? workshopsIn(sighting) : [], policyOf(world.estate), watch.now);
}
