import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { schedulerWakeups } from './clients/scheduler.ts';
import type { Config } from './config.ts';
import type { Wakeups } from './ports.ts';

/** What a function that sets wake-ups is wired to, besides what all of them are. */
export const WAKEUP_SETTINGS = ['wakeups', 'wakeupsRole', 'posture', 'lift', 'deadLetters'] as const;

type Wired = Pick<Config, 'estate'> & Required<Pick<Config, (typeof WAKEUP_SETTINGS)[number]>>;

/** Kept apart from `connectAws`, so that only functions that set wake-ups carry what speaks to Scheduler. */
export const awsWakeups = (
  { estate, wakeups: group, wakeupsRole: role, deadLetters, posture, lift }: Wired,
  now: () => Date,
  client = new SchedulerClient({ region: estate.home }),
): Wakeups => schedulerWakeups({ group, role, deadLetters, functions: { posture, lift }, now, client });
