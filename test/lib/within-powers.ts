import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { OutsideError } from '../../src/core/outside-error.ts';
import type { Calendar, Repository, World } from '../../src/ports.ts';

/** What one function may do, as its role says; and what it did, for whoever asks whether it needs all of it. */
export interface Role {
  readonly allows: ReadonlySet<string>;
  readonly used: Set<string>;
  readonly refused: Set<string>;
}

/** What ECR asks for behind each verb, whichever of its two interfaces the client speaks to (`src/clients/ecr.ts`). */
const ECR: Readonly<Partial<Record<keyof Repository, readonly string[]>>> = {
  head: ['BatchGetImage'],
  manifest: ['BatchGetImage'],
  referrers: ['BatchGetImage'],
  lacking: ['BatchCheckLayerAvailability'],
  ensure: ['BatchCheckLayerAvailability'],
  tags: ['ListImages'],
  read: ['GetDownloadUrlForLayer'],
  write: ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'],
  uploads: ['InitiateLayerUpload', 'UploadLayerPart', 'CompleteLayerUpload'],
  putManifest: ['PutImage'],
  removeTag: ['DescribeImages', 'BatchDeleteImage'],
};

/** A copy that asks, before it does anything, whether the function's role allows it. */
export function copyWithin(copy: Repository, role: Role): Repository {
  return new Proxy(copy, {
    get: (target, verb: keyof Repository) => {
      if (verb === 'name' || verb === 'listsAll' || !(verb in target)) return target[verb];
      const actions = ECR[verb];
      if (!actions) throw new Error(`nobody has said what ECR asks for behind "${verb}"`);
      for (const action of actions) spend(role, `ecr:${action}`);
      const of = target[verb];
      return typeof of === 'function' ? of.bind(target) : of;
    },
  });
}

/** A transaction needs what its parts would need alone. */
const PARTS: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

/** Lets through what the role allows, by the requests that are really sent. */
export function clientWithin(client: DynamoDBClient, role: Role): DynamoDBClient {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (request) => {
        const { TransactItems } = request.input as { TransactItems?: readonly object[] };
        const operations = TransactItems?.flatMap(Object.keys).map((part) => PARTS[part] ?? part);
        for (const operation of operations ?? [commandName.replace(/Command$/, '')])
          spend(role, `dynamodb:${operation}`);
        return next(request);
      },
    { step: 'initialize', name: 'withinPowers' },
  );
  return client;
}

export function spend({ allows, used, refused }: Role, action: string): void {
  const may = allows.has(action);
  (may ? used : refused).add(action);
  if (may) return;
  throw new OutsideError({
    service: 'IAM',
    operation: action,
    trouble: 'refused',
    status: 403,
    code: 'AccessDenied',
    detail: 'this role may not',
  });
}

/** To set a wake-up, Scheduler's role has to be passed on to it as well. */
const SCHEDULER: Readonly<Record<string, readonly string[]>> = {
  CreateScheduleCommand: ['scheduler:CreateSchedule', 'iam:PassRole'],
  UpdateScheduleCommand: ['scheduler:UpdateSchedule', 'iam:PassRole'],
  DeleteScheduleCommand: ['scheduler:DeleteSchedule'],
};

export function schedulerWithin(client: SchedulerClient, role: Role): SchedulerClient {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (request) => {
        for (const action of SCHEDULER[commandName] ?? [commandName]) spend(role, action);
        return next(request);
      },
    { step: 'initialize', name: 'withinPowers' },
  );
  return client;
}

/** Lets through what the role allows on secrets. */
export function vaultWithin(client: SecretsManagerClient, role: Role): SecretsManagerClient {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (request) => {
        spend(role, `secretsmanager:${commandName.replace(/Command$/, '')}`);
        return next(request);
      },
    { step: 'initialize', name: 'withinPowers' },
  );
  return client;
}

/** Clusters that have to be looked up first, and a calendar whose address is a secret. */
export function roomWithin<W extends World>(world: W, role: Role): W {
  const { clusters, calendar } = world;
  return {
    ...world,
    clusters: {
      cluster: (name) => {
        spend(role, 'eks:DescribeCluster');
        return clusters.cluster(name);
      },
    },
    ...(calendar && {
      calendar: {
        workshops: async (between, signal) => {
          spend(role, 'secretsmanager:GetSecretValue');
          return calendar.workshops(between, signal);
        },
      } satisfies Calendar,
    }),
  };
}
