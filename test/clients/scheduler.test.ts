import { describe, expect, it } from 'vitest';
import { schedulerWakeups, type SchedulerSettings } from '../../src/clients/scheduler.ts';
import { failureOf } from '../failure.ts';
import { WIRED } from '../contracts/wakeups.ts';
import { serveScheduler, type Mood } from '../servers/scheduler.ts';

const NOW = new Date('2026-12-01T09:00:00.000Z');
const STARTS = new Date('2026-12-01T14:30:00.000Z');

async function install(mood?: Mood, more: Partial<SchedulerSettings> & { readonly attempts?: number } = {}) {
  const server = await serveScheduler(mood);
  const wakeups = schedulerWakeups({ ...WIRED, now: () => NOW, client: server.client(more.attempts), ...more });
  return { server, wakeups, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe('a wake-up as a one-off schedule', () => {
  it('is in UTC, exact, gone when it has rung, and kept where it could not be delivered', async () => {
    await using installed = await install();
    await installed.wakeups.set('posture', STARTS);
    expect(installed.server.schedules.get('posture')).toMatchObject({
      GroupName: 'greenroom-wakeups',
      ScheduleExpression: 'at(2026-12-01T14:30:00)',
      ScheduleExpressionTimezone: 'UTC',
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: WIRED.functions.posture, RoleArn: WIRED.role, DeadLetterConfig: { Arn: WIRED.deadLetters } },
    });
  });

  it('says where it comes from, and goes to whoever it is for: one that lifts is tried for a day', async () => {
    await using installed = await install();
    await installed.wakeups.set('posture', STARTS);
    await installed.wakeups.set('lift-ohio_CronJob_litellm_rotate', STARTS);
    const targets = [...installed.server.schedules.values()].map(({ Target }) => Target);
    expect(targets.map(({ Arn, Input, RetryPolicy }) => [Arn, Input, RetryPolicy.MaximumEventAgeInSeconds])).toEqual([
      [WIRED.functions.posture, '{"wakeup":"posture"}', 300],
      [WIRED.functions.lift, '{"wakeup":"lift-ohio_CronJob_litellm_rotate"}', 86_400],
    ]);
  });

  it('is not woken before its instant where that is no whole second', async () => {
    await using installed = await install();
    await installed.wakeups.set('posture', new Date(STARTS.getTime() + 1));
    expect(installed.server.schedules.get('posture')?.ScheduleExpression).toBe('at(2026-12-01T14:30:01)');
  });

  it('is replaced by one request more where it is there already', async () => {
    await using installed = await install();
    await installed.wakeups.set('posture', STARTS);
    await installed.wakeups.set('posture', STARTS);
    expect(installed.server.asked).toEqual(['POST posture', 'POST posture', 'PUT posture']);
  });

  it('is made anew where it rings between two requests', async () => {
    const conflictOnce: Mood = (request, coming) =>
      request.startsWith('POST') && coming === 1 ? [409, 'ConflictException'] : undefined;
    await using installed = await install(conflictOnce);
    await installed.wakeups.set('posture', STARTS);
    expect(installed.server.asked).toEqual(['POST posture', 'PUT posture', 'POST posture']);
    expect(installed.server.schedules.has('posture')).toBe(true);
  });

  it('is given up where that does not end', async () => {
    const neither: Mood = (request) =>
      request.startsWith('POST') ? [409, 'ConflictException'] : [404, 'ResourceNotFoundException'];
    await using installed = await install(neither);
    expect((await failureOf(installed.wakeups.set('posture', STARTS))).message).toContain('3 times over');
  });

  it('is asked for under one token, however often the request is repeated, and never under an old one', async () => {
    const busy: Mood = (_, coming) => (coming === 1 ? [429, 'ThrottlingException'] : undefined);
    await using installed = await install(busy, { attempts: 3 });
    await installed.wakeups.set('posture', STARTS);
    await installed.wakeups.cancel('posture');
    await installed.wakeups.set('posture', STARTS);
    const [first, repeated, second] = installed.server.tokens;
    expect([repeated === first, second === first]).toEqual([true, false]);
    expect(installed.server.schedules.has('posture')).toBe(true);
  });
});

describe('what Scheduler says when it refuses', () => {
  it.each([
    [429, 'ThrottlingException', 'throttled'],
    [402, 'ServiceQuotaExceededException', 'refused'],
    [400, 'ValidationException', 'refused'],
    [403, 'AccessDeniedException', 'unauthorized'],
    [500, 'InternalServerException', 'broken'],
  ] as const)('%s %s is passed on, with the name of the wake-up', async (status, type, kind) => {
    await using installed = await install(() => [status, type]);
    const { set, cancel } = installed.wakeups;
    for (const work of [() => set('lift-a', STARTS), () => cancel('lift-a')]) {
      const trouble = await failureOf(work());
      expect([trouble.trouble, trouble.status, trouble.code]).toEqual([kind, status, type]);
      expect(trouble.message).toContain('the wake-up lift-a');
      expect(trouble.message).not.toContain('a-session-token');
    }
  });

  it('also where its group is not there: that is no wake-up that has rung', async () => {
    await using installed = await install(undefined, { group: 'nobody-made-this' });
    const trouble = await failureOf(installed.wakeups.set('posture', STARTS));
    expect([trouble.trouble, trouble.code]).toEqual(['absent', 'ResourceNotFoundException']);
  });

  it('is not waited for longer than was said, nor by who has been stopped', async () => {
    await using installed = await install(undefined, { withinMs: 0 });
    expect((await failureOf(installed.wakeups.set('posture', STARTS))).trouble).toBe('timeout');
    await using patient = await install();
    const stopped = patient.wakeups.set('posture', STARTS, AbortSignal.abort());
    expect((await failureOf(stopped)).trouble).toBe('timeout');
    expect(patient.server.schedules.size).toBe(0);
  });
});
