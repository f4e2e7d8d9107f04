import { describe, onTestFinished } from 'vitest';
import { rehearsedWakeups } from '../../src/rehearsal/wakeups.ts';
import { schedulerWakeups } from '../../src/clients/scheduler.ts';
import { serveScheduler } from '../servers/scheduler.ts';
import { promisesOfWakeups, WIRED } from './wakeups.ts';

describe('the wake-ups of a rehearsal', () => {
  promisesOfWakeups(async () => {
    const wakeups = rehearsedWakeups();
    return { wakeups, rung: async (now) => wakeups.due(now) };
  });
});

describe('the wake-ups in EventBridge Scheduler', () => {
  promisesOfWakeups(async (now) => {
    const server = await serveScheduler();
    onTestFinished(() => server[Symbol.asyncDispose]());
    const client = server.client();
    const wakeups = schedulerWakeups({ ...WIRED, now, client });
    const rung = async (time: Date) =>
      server.due(time).map(({ Input }) => (JSON.parse(Input) as { wakeup: string }).wakeup);
    return { wakeups, rung };
  });
});
