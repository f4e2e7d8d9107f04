import { readConfig } from '../../src/config.ts';
import { calendarOf } from '../../src/connect-calendar.ts';
import { awsWakeups, WAKEUP_SETTINGS } from '../../src/connect-wakeups.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { connectedToClusters } from './clusters.ts';

let world: Surroundings | undefined;

/** With all that is turned for a workshop, the calendar where there is one, and wake-ups that outlive us. */
export function connectedToTheRoom(): Surroundings {
  if (world) return world;
  const now = (): Date => new Date();
  const clusters = connectedToClusters();
  const { estate } = clusters;
  const { calendar } = estate;
  const wakeups = awsWakeups(readConfig(process.env, WAKEUP_SETTINGS), now);
  return (world = { ...clusters, wakeups, ...(calendar && { calendar: calendarOf({ ...estate, calendar }, now) }) });
}
