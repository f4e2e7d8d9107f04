import {
  ConflictException,
  CreateScheduleCommand,
  DeleteScheduleCommand,
  ResourceNotFoundException,
  SchedulerClient,
  UpdateScheduleCommand,
  type CreateScheduleCommandInput,
} from '@aws-sdk/client-scheduler';
import { createHash, randomUUID } from 'node:crypto';
import { OutsideError } from '../core/outside-error.ts';
import { minutes, plus, seconds } from '../core/time.ts';
import type { WakeupName, Wakeups } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface SchedulerSettings {
  /** The group that all of them are in, and nothing else is. */
  readonly group: string;
  /** ARN of the role by which Scheduler calls. */
  readonly role: string;
  /** ARN of the queue for wake-ups that could not be delivered. */
  readonly deadLetters: string;
  /** ARNs of the functions. */
  readonly functions: Readonly<Record<'posture' | 'lift', string>>;
  readonly now: () => Date;
  readonly client?: SchedulerClient;
  /** One request, the SDK's own retries included. */
  readonly withinMs?: number;
}

const SERVICE = 'scheduler';

/** A minute is as exactly as Scheduler rings. What it does with an instant that has passed is nowhere written. */
const SOONEST_MS = minutes(1);

/** Wake-ups as one-off schedules of EventBridge Scheduler, which go when they have rung. */
export function schedulerWakeups(settings: SchedulerSettings): Wakeups {
  const { group, now, client = new SchedulerClient({}), withinMs = seconds(10) } = settings;
  const within = (signal?: AbortSignal) => ({
    abortSignal: AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]),
  });
  return {
    async set(name, at, signal) {
      const soonest = plus(now(), SOONEST_MS);
      const schedule = scheduleOf(name, at < soonest ? soonest : at, settings);
      try {
        await put(client, schedule, within(signal));
      } catch (error) {
        throw awsTrouble(SERVICE, `set the wake-up ${name}`, error);
      }
    },
    async cancel(name, signal) {
      try {
        await client.send(new DeleteScheduleCommand({ GroupName: group, Name: scheduleName(name) }), within(signal));
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return;
        throw awsTrouble(SERVICE, `cancel the wake-up ${name}`, error);
      }
    },
  };
}

type Options = { readonly abortSignal: AbortSignal };

/** How often a schedule may ring and go, or be set by somebody else, between two of our requests. */
const ROUNDS = 3;

/** Makes it, or replaces the one that is there: all of it, because what an update leaves out is reset. */
async function put(client: SchedulerClient, schedule: CreateScheduleCommandInput, options: Options): Promise<void> {
  for (let round = 1; round <= ROUNDS; round += 1) {
    if (await unless(ConflictException, () => client.send(new CreateScheduleCommand(schedule), options))) return;
    const again = { ...schedule, ClientToken: randomUUID() };
    if (await unless(ResourceNotFoundException, () => client.send(new UpdateScheduleCommand(again), options))) return;
  }
  const detail = `it was there and gone again, ${ROUNDS} times over`;
  throw new OutsideError({ service: SERVICE, operation: 'set a wake-up', trouble: 'broken', detail });
}

async function unless(refusal: abstract new (...args: never) => Error, work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (error instanceof refusal) return false;
    throw error;
  }
}

function scheduleOf(name: WakeupName, at: Date, settings: SchedulerSettings): CreateScheduleCommandInput {
  const { group, role, deadLetters, functions } = settings;
  const wakes = name === 'posture' ? 'posture' : 'lift';
  return {
    Name: scheduleName(name),
    GroupName: group,
    Description: `Greenroom: ${name}`,
    ScheduleExpression: `at(${secondOf(at)})`,
    ScheduleExpressionTimezone: 'UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    // Because a token that stays the same would make of "set, cancel, set again" a success without a schedule.
    ClientToken: randomUUID(),
    Target: {
      Arn: functions[wakes],
      RoleArn: role,
      Input: JSON.stringify({ wakeup: name }),
      RetryPolicy: PATIENCE[wakes],
      DeadLetterConfig: { Arn: deadLetters },
    },
  };
}

/** A look that is late is made up for by the next one; a lease must end, however late. */
const PATIENCE = {
  posture: { MaximumEventAgeInSeconds: 300, MaximumRetryAttempts: 5 },
  lift: { MaximumEventAgeInSeconds: 86_400, MaximumRetryAttempts: 185 },
} as const;

/** Scheduler knows no fractions. Up, because who is woken before the instant sees nothing to do. */
const secondOf = (at: Date): string => new Date(Math.ceil(at.getTime() / 1_000) * 1_000).toISOString().slice(0, 19);

const LONGEST = 64;

/** Names of leases may be longer than a schedule's, and differ only at their end. */
function scheduleName(name: WakeupName): string {
  if (name.length <= LONGEST && /^[0-9A-Za-z_.-]+$/.test(name)) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${name.replaceAll(/[^0-9A-Za-z_.-]+/g, '_').slice(0, LONGEST - hash.length - 1)}-${hash}`;
}
