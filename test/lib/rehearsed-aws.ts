import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import type { Context } from 'aws-lambda';
import { abandon } from '../../lambdas/abandon.ts';
import { lift } from '../../lambdas/lift.ts';
import { credentials } from '../../lambdas/credentials.ts';
import { look } from '../../lambdas/look.ts';
import { parity } from '../../lambdas/parity.ts';
import { posture } from '../../lambdas/posture.ts';
import { plan } from '../../lambdas/plan.ts';
import { promote } from '../../lambdas/promote.ts';
import { transfer } from '../../lambdas/transfer.ts';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { awsWakeups, WAKEUP_SETTINGS } from '../../src/connect-wakeups.ts';
import { readConfig } from '../../src/config.ts';
import { minutes } from '../../src/core/time.ts';
import { E_MAIL } from '../../src/core/untold.ts';
import type { Sitting } from '../../src/mirror/shards.ts';
import type { DatedSecret, Journal, Wakeups } from '../../src/ports.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { rehearse, type Rehearsal } from '../../src/rehearsal/world.ts';
import { serveDynamoDb } from '../servers/dynamodb.ts';
import { serveScheduler, type SchedulerServer } from '../servers/scheduler.ts';
import { allowed } from './allowed.ts';
import { makeApp, resolved, resourcesOf } from './synthesized.ts';
import { clientWithin, copyWithin, roomWithin, schedulerWithin, spend, type Role } from './within-powers.ts';

const { home } = makeApp();
const table = allowed(home);
/** The state machine as AWS is given it. */
export const machine = definitionOf(Object.values(resourcesOf(home, 'AWS::StepFunctions::StateMachine'))[0]);

type Json = ReturnType<typeof JSON.parse>;
type Name = 'look' | 'parity' | 'posture' | 'lift' | 'credentials' | 'plan' | 'transfer' | 'promote' | 'abandon';

export interface Execution {
  readonly status: 'succeeded' | 'failed';
  /** `OutsideError`, `undone`: what it failed with. */
  readonly error?: string;
  /** The states that were entered, in their order, a repetition once. */
  readonly states: readonly string[];
  readonly retried: readonly string[];
}

/** Played before a state's function runs; `attempt` counts from 1 through all shards and legs. */
export type Interludes = Readonly<Record<string, (attempt: number) => unknown>>;

/**
 * What runs in AWS, in this process: the state machine as it is synthesized, behind each of its states the function
 * that stands there, and behind the functions a rehearsal. Each function keeps to its own role, as the template has it:
 * what the role does not allow is refused. The journal is DynamoDB's own, over loopback.
 */
export interface RehearsedAws<World extends Rehearsal = Rehearsal> extends AsyncDisposable {
  readonly world: World;
  /** The one-off schedules. */
  readonly scheduler: SchedulerServer;
  /** Everybody's journal, for whoever is not held to a role. */
  readonly journal: Journal;
  readonly roles: ReadonlyMap<string, Role>;
  /** Takes all its powers from a function, or one. */
  disempower(name: string, power?: string): void;
  /** What the state machine told people itself. */
  readonly mails: readonly string[];
  /** Secrets that are tagged with their end. */
  readonly dated: DatedSecret[];
  execute(interludes?: Interludes, tag?: string): Promise<Execution>;
  /** Calls a function as a schedule or the queue does, and waits for the executions that it started. */
  wake(name: 'look' | 'parity' | 'posture' | 'lift' | 'credentials', event?: object): Promise<readonly Execution[]>;
  /** Lets Scheduler call whatever is due by then, and names the functions that it called. */
  ring(now: Date): Promise<readonly string[]>;
}

export const rehearseAws = (sitting?: Sitting): Promise<RehearsedAws> =>
  rehearseAwsIn((begins, journal) => rehearse({ begins, journal }), sitting);

/** The same in a world of the story's own. */
export async function rehearseAwsIn<World extends Rehearsal>(
  setting: (begins: Date, journal: Journal) => World,
  sitting?: Sitting,
): Promise<RehearsedAws<World>> {
  const db = await serveDynamoDb();
  const scheduler = await serveScheduler(undefined, wiredTo('posture')['GREENROOM_WAKEUPS']);
  const journal = dynamoJournal({ table: db.table, client: db.client() });
  const world = setting(new Date(), journal);
  const roles = new Map(Object.keys(table).map((name) => [name, roleOf(name)]));
  const mails: string[] = [];
  const dated: DatedSecret[] = [];
  const started: Promise<Execution>[] = [];

  const surroundings = (name: Name) => (): Surroundings => {
    const role = roles.get(name) ?? roleOf(name);
    return {
      ...roomWithin(world, role),
      registries: {
        source: world.registries.source,
        copy: (image, region) => copyWithin(world.registries.copy(image, region), role),
      },
      journal: dynamoJournal({ table: db.table, client: clientWithin(db.client(), role) }),
      crew: world.crew.map((road) => ({
        ...road,
        name: E_MAIL,
        say: async (news) => {
          spend(role, 'sns:Publish');
          await road.say(news);
        },
      })),
      wakeups: wakeupsOf(name, schedulerWithin(scheduler.client(), role)) ?? world.wakeups,
      mirroring: {
        mirror: async ({ image, tag }, by) => {
          spend(role, 'states:StartExecution');
          started.push(run({ image: image.name, tag, by }));
          return `started ${image.name}:${tag}`;
        },
      },
      mendsElsewhere: true,
      issuers: {
        certificate: () => Promise.reject(new Error('the estate watches no domain')),
        token: () => Promise.reject(new Error('the estate watches no token')),
        dated: async () => {
          spend(role, 'secretsmanager:ListSecrets');
          return dated;
        },
      },
    };
  };
  const functions: Readonly<Record<Name, (event: Json, context: Context) => Promise<unknown>>> = {
    look: look(surroundings('look')),
    parity: parity(surroundings('parity')),
    posture: posture(surroundings('posture')),
    lift: lift(surroundings('lift')),
    credentials: credentials(surroundings('credentials')),
    plan: plan(surroundings('plan'), sitting),
    transfer: transfer(surroundings('transfer'), sitting),
    promote: promote(surroundings('promote')),
    abandon: abandon(surroundings('abandon')),
  };
  const tellPeople = async ({ Message }: { Message: string }): Promise<null> => {
    spend(roles.get('state machine') ?? roleOf(''), 'sns:Publish');
    mails.push(Message);
    return null;
  };
  let executions = 0;
  const run = (input: Json, interludes: Interludes = {}): Promise<Execution> => {
    const name = `run-${(executions += 1)}`;
    return executed(
      name,
      input,
      (resource) => {
        if (resource.endsWith(':sns:publish')) return tellPeople;
        const label = resource.replace(/[0-9A-F]{8}$/, '') as Name;
        return (event) => invoked(functions[label], event);
      },
      interludes,
    );
  };
  return {
    world,
    scheduler,
    journal,
    roles,
    mails,
    dated,
    disempower: (name, power) => {
      const { allows } = roleOf(power === undefined ? '' : name);
      roles.set(name, { ...roleOf(''), allows: new Set([...allows].filter((one) => one !== power)) });
    },
    execute: (interludes, tag = 'latest') => run({ image: world.image.name, tag }, interludes),
    wake: async (name, event = {}) => {
      await invoked(functions[name], event);
      return Promise.all(started.splice(0));
    },
    ring: async (now) => {
      const due = scheduler.due(now).map(({ Arn, Input }) => [Arn.split('-').at(-1) as Name, Input] as const);
      // Scheduler hands over and waits for no answer: who fails has Lambda to call it again.
      for (const [label, input] of due) await invoked(functions[label], JSON.parse(input)).catch(() => {});
      return due.map(([label]) => label);
    },
    [Symbol.asyncDispose]: async () => {
      await scheduler[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

/** The environment that the stack gives a function. */
function wiredTo(label: string): Readonly<Record<string, string>> {
  const [, found] =
    Object.entries(resourcesOf(home, 'AWS::Lambda::Function')).find(([id]) => id.startsWith(label)) ?? [];
  const variables = Object.entries<Parameters<typeof resolved>[0]>(found?.['Properties'].Environment.Variables ?? {});
  return Object.fromEntries(variables.map(([name, value]) => [name, asDeployed(name, resolved(value))]));
}

/** What a template knows by its logical id only. */
const asDeployed = (name: string, value: string): string =>
  ({
    GREENROOM_WAKEUPS_ROLE: `arn:aws:iam::123456789012:role/${value}`,
    GREENROOM_DEAD_LETTERS: `arn:aws:sqs:us-east-2:123456789012:${value}`,
    GREENROOM_TOPIC: `arn:aws:sns:us-east-2:123456789012:${value}`,
  })[name] ?? value;

/** As the function itself connects them, by what it is wired to. A function that is wired to none has none. */
function wakeupsOf(name: Name, client: SchedulerClient): Wakeups | undefined {
  const env = wiredTo(name);
  if (env['GREENROOM_WAKEUPS'] === undefined) return undefined;
  return awsWakeups(readConfig(env, WAKEUP_SETTINGS), () => new Date(), client);
}

const roleOf = (name: string): Role => ({
  allows: new Set(Object.values(table[name] ?? {}).flat()),
  used: new Set(),
  refused: new Set(),
});

type Task = (input: Json) => Promise<Json>;

/** One execution, with a function for each state's resource. Nobody waits between two attempts. */
async function executed(
  name: string,
  input: Json,
  taskOf: (resource: string) => Task,
  interludes: Interludes,
): Promise<Execution> {
  const attempts = new Map<string, number>();
  const tasks = tasksIn(machine).map(({ name: state, Resource }): [string, Task] => [
    state,
    async (event) => {
      const attempt = (attempts.get(state) ?? 0) + 1;
      attempts.set(state, attempt);
      await interludes[state]?.(attempt);
      return taskOf(Resource)(event);
    },
  ]);
  const { result, eventLogs } = new StateMachine(machine, { validationOptions: { checkArn: false } }).run(input, {
    context: { Execution: { Name: name, Input: input } },
    overrides: {
      taskResourceLocalHandlers: Object.fromEntries(tasks),
      retryIntervalOverrides: Object.fromEntries(tasks.map(([state]) => [state, 0])),
    },
  });
  const ended = result.then(
    () => ({ status: 'succeeded' }) as const,
    ({ cause }: { cause: Error }) => ({ status: 'failed', error: cause.name }) as const,
  );
  const [states, retried]: [string[], string[]] = [[], []];
  for await (const event of eventLogs) {
    if (event.type === 'StateEntered' && states.at(-1) !== event.state.name) states.push(event.state.name);
    if (event.type === 'StateRetried') retried.push(event.state.name);
  }
  return { ...(await ended), states, retried };
}

/** As Lambda calls a function for Step Functions: JSON in, JSON out, and an error by its name and its words. */
async function invoked(handler: (event: Json, context: Context) => Promise<unknown>, event: Json): Promise<Json> {
  const context = { awsRequestId: 'a-request', getRemainingTimeInMillis: () => minutes(5) } as Context;
  try {
    return asJson((await handler(asJson(event), context)) ?? null);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const told = new Error(JSON.stringify({ errorType: error.name, errorMessage: error.message, trace: [] }));
    told.name = error.name;
    throw told;
  }
}

const asJson = (value: unknown): Json => JSON.parse(JSON.stringify(value));

type Resource = ReturnType<typeof resourcesOf>[string] | undefined;

function definitionOf(resource: Resource): StateMachineDefinition {
  return JSON.parse(resolved(resource?.['Properties'].DefinitionString)) as StateMachineDefinition;
}

type States = StateMachineDefinition['States'];

/** All states by name, those inside of a map too. */
export function statesIn({ States: states }: { readonly States: States }): [string, States[string]][] {
  return Object.entries(states).flatMap(([name, state]) => [
    [name, state],
    ...(state.Type === 'Map' && state.ItemProcessor ? statesIn(state.ItemProcessor) : []),
  ]);
}

export const tasksIn = (definition: StateMachineDefinition) =>
  statesIn(definition).flatMap(([name, state]) => (state.Type === 'Task' ? [{ name, ...state }] : []));
