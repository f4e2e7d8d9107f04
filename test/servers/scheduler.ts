import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { reply, serveHttp, type Seen } from './http.ts';

/** What a one-off schedule was made of, as Scheduler keeps it. */
export interface Kept {
  readonly GroupName: string;
  readonly ScheduleExpression: string;
  readonly ScheduleExpressionTimezone?: string;
  readonly FlexibleTimeWindow: { readonly Mode: string };
  readonly ActionAfterCompletion?: string;
  readonly ClientToken: string;
  readonly Target: {
    readonly Arn: string;
    readonly RoleArn: string;
    readonly Input: string;
    readonly RetryPolicy: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
    readonly DeadLetterConfig: { readonly Arn: string };
  };
}

/** Answers instead of the service: status and AWS's name for the error; `undefined` lets the request in. */
export type Mood = (request: string, coming: number) => readonly [status: number, type: string] | undefined;

export interface SchedulerServer extends AsyncDisposable {
  /** A client with so many attempts of its own. */
  client(maxAttempts?: number): SchedulerClient;
  readonly schedules: ReadonlyMap<string, Kept>;
  /** `POST lift-a`, in that order. */
  readonly asked: readonly string[];
  readonly tokens: readonly string[];
  /** Calls whatever is due, and takes away what goes when it has rung. */
  due(now: Date): Kept['Target'][];
}

/** EventBridge Scheduler's REST interface, for one group. */
export async function serveScheduler(
  mood: Mood = () => undefined,
  theGroup = 'greenroom-wakeups',
): Promise<SchedulerServer> {
  const schedules = new Map<string, Kept>();
  const [asked, tokens]: [string[], string[]] = [[], []];
  const server = await serveHttp((seen, response) => {
    const { name, isOurs, body } = readFrom(seen, theGroup);
    asked.push(`${seen.method} ${name}`);
    if (body) tokens.push(body.ClientToken);
    const coming = asked.filter((one) => one === asked.at(-1)).length;
    const [status, type] =
      mood(asked.at(-1) ?? '', coming) ?? (isOurs ? answer(schedules, seen.method, name, body) : NOT_FOUND);
    const headers = { 'content-type': 'application/json', ...(type !== '' && { 'x-amzn-errortype': type }) };
    reply(response, status, type === '' ? { ScheduleArn: name } : { Message: `about ${name}` }, headers);
  });
  return {
    client: (maxAttempts = 1) =>
      new SchedulerClient({
        region: 'us-east-2',
        endpoint: `http://${server.host}`,
        credentials: { accessKeyId: 'a', secretAccessKey: 'b', sessionToken: 'a-session-token' },
        maxAttempts,
      }),
    schedules,
    asked,
    tokens,
    due(now) {
      const due = [...schedules].filter(([, kept]) => instantOf(kept) <= now);
      for (const [name, kept] of due) if (kept.ActionAfterCompletion === 'DELETE') schedules.delete(name);
      return due.map(([, { Target }]) => Target);
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** As Scheduler reads it: in the zone that is named beside it, which is UTC here or nothing that we know. */
export function instantOf({ ScheduleExpression, ScheduleExpressionTimezone = 'UTC' }: Partial<Kept>): Date {
  const [, second] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(ScheduleExpression ?? '') ?? [];
  return ScheduleExpressionTimezone === 'UTC' ? new Date(`${second}Z`) : new Date(NaN);
}

function readFrom({ path, body }: Seen, theGroup: string): { name: string; isOurs: boolean; body?: Kept } {
  const url = new URL(path, 'http://scheduler');
  const name = decodeURIComponent(url.pathname.replace(/^\/schedules\//, ''));
  if (body.length === 0) return { name, isOurs: url.searchParams.get('groupName') === theGroup };
  const kept = JSON.parse(body.toString('utf8')) as Kept;
  return { name, isOurs: kept.GroupName === theGroup, body: kept };
}

type Answer = readonly [status: number, type: string];
const NOT_FOUND: Answer = [404, 'ResourceNotFoundException'];

function answer(all: Map<string, Kept>, method: string, name: string, body?: Kept): Answer {
  if (method === 'DELETE') return all.delete(name) ? [200, ''] : NOT_FOUND;
  if (!body || !isValid(name, body)) return [400, 'ValidationException'];
  const there = all.get(name);
  if (method === 'PUT' && !there) return NOT_FOUND;
  if (method === 'POST' && there)
    return there.ClientToken === body.ClientToken ? [200, ''] : [409, 'ConflictException'];
  all.set(name, body);
  return [200, ''];
}

const isValid = (name: string, kept: Kept): boolean =>
  /^[0-9a-zA-Z-_.]{1,64}$/.test(name) &&
  kept.FlexibleTimeWindow?.Mode === 'OFF' &&
  !Number.isNaN(instantOf(kept).getTime()) &&
  typeof kept.Target?.Arn === 'string' &&
  typeof kept.Target.RoleArn === 'string';
