import {
  CreateScheduleGroupCommand,
  DeleteScheduleCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler';
import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { schedulerWakeups } from '../../src/clients/scheduler.ts';
import { promisesOfWakeups, WIRED } from '../contracts/wakeups.ts';
import { instantOf } from '../servers/scheduler.ts';
import { moto } from './moto.ts';

describe('the wake-ups in moto’s EventBridge Scheduler', () => {
  promisesOfWakeups(async (now) => {
    const client = new SchedulerClient(moto('us-east-2'));
    const group = randomUUID();
    await client.send(new CreateScheduleGroupCommand({ Name: group }));
    const wakeups = schedulerWakeups({ ...WIRED, group, now, client, withinMs: 10_000 });
    return { wakeups, rung: (time) => rung(client, group, time) };
  });
});

/** moto keeps schedules and never rings: what is due is rung here, and goes. */
async function rung(client: SchedulerClient, GroupName: string, now: Date): Promise<string[]> {
  const { Schedules = [] } = await client.send(new ListSchedulesCommand({ GroupName }));
  const names: string[] = [];
  for (const { Name } of Schedules) {
    const { ScheduleExpression = '', Target } = await client.send(new GetScheduleCommand({ GroupName, Name }));
    if (instantOf({ ScheduleExpression }) > now) continue;
    await client.send(new DeleteScheduleCommand({ GroupName, Name }));
    names.push((JSON.parse(Target?.Input ?? '{}') as { wakeup: string }).wakeup);
  }
  return names;
}
