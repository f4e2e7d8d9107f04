import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
  TransactionConflictException,
} from '@aws-sdk/client-dynamodb';
import {
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { OutsideError } from '../../core/outside-error.ts';
import { seconds } from '../../core/time.ts';
import { awsTrouble } from '../aws-trouble.ts';

export interface DynamoSettings {
  /** Its keys are `pk` and `sk`, both strings; its TTL attribute is `expires`. */
  readonly table: string;
  readonly client?: DynamoDBClient;
  readonly region?: string;
  /** Another address than AWS's own, such as a loopback server's. */
  readonly endpoint?: string;
  /** One request and all its retries. */
  readonly withinMs?: number;
  /** The first pause, at the most, where others are in the way; it doubles. */
  readonly backOffMs?: number;
}

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

export type Attributes = Readonly<Record<string, unknown>>;
export type Item = Key & Attributes;
export type Transaction = NonNullable<TransactWriteCommandInput['TransactItems']>;

export interface Change {
  readonly update: string;
  readonly condition?: string;
  readonly values: Attributes;
}

/** DynamoDB in the few words that a journal needs. `operation` is what a person would say that we were at. */
export interface Table {
  readonly name: string;
  get(operation: string, key: Key): Promise<Attributes | undefined>;
  put(operation: string, item: Item): Promise<void>;
  /** What was there. */
  remove(operation: string, key: Key): Promise<Attributes | undefined>;
  /** What is there now; `undefined`, and nothing changed, where the condition was not met. */
  update(operation: string, key: Key, change: Change): Promise<Attributes | undefined>;
  /** The items of one partition, those with the greatest key first. */
  list(operation: string, pk: string, prefix: string, limit?: number): Promise<readonly Attributes[]>;
  /** False, and nothing written, where a condition was not met. */
  transact(operation: string, items: Transaction): Promise<boolean>;
}

export function tableOf({
  table,
  client,
  region,
  endpoint,
  withinMs = seconds(10),
  backOffMs = 40,
}: DynamoSettings): Table {
  const own = () => new DynamoDBClient({ ...(region && { region }), ...(endpoint && { endpoint }) });
  const db = DynamoDBDocumentClient.from(client ?? own());
  const ask = <T>(operation: string, request: (abortSignal: AbortSignal) => Promise<T>): Promise<T | undefined> =>
    persist({ service: `dynamodb table ${table}`, operation, withinMs, backOffMs }, request);
  const named = { TableName: table };

  return {
    name: table,
    get: async (operation, key) => {
      const get = new GetCommand({ ...named, Key: key, ConsistentRead: true });
      return (await ask(operation, (abortSignal) => db.send(get, { abortSignal })))?.Item;
    },
    put: async (operation, item) => {
      await ask(operation, (abortSignal) => db.send(new PutCommand({ ...named, Item: item }), { abortSignal }));
    },
    remove: async (operation, key) => {
      const remove = new DeleteCommand({ ...named, Key: key, ReturnValues: 'ALL_OLD' });
      return (await ask(operation, (abortSignal) => db.send(remove, { abortSignal })))?.Attributes;
    },
    update: async (operation, key, change) => {
      const update = new UpdateCommand({ ...named, Key: key, ...spelled(change), ReturnValues: 'ALL_NEW' });
      return (await ask(operation, (abortSignal) => db.send(update, { abortSignal })))?.Attributes;
    },
    list: async (operation, pk, prefix, limit = Infinity) => {
      const items: Attributes[] = [];
      let from: Attributes | undefined;
      while (items.length < limit) {
        const page = new QueryCommand({ ...named, ...under(pk, prefix), ...upTo(limit - items.length, from) });
        const found = await ask(operation, (abortSignal) => db.send(page, { abortSignal }));
        items.push(...(found?.Items ?? []));
        from = found?.LastEvaluatedKey;
        if (!from) break;
      }
      return items;
    },
    transact: async (operation, items) => {
      // The same in all repetitions: one whose first answer was lost must not be refused by what it has itself written.
      const transact = new TransactWriteCommand({ TransactItems: items, ClientRequestToken: randomUUID() });
      return (await ask(operation, (abortSignal) => db.send(transact, { abortSignal }))) !== undefined;
    },
  };
}

const under = (pk: string, prefix: string) => ({
  KeyConditionExpression: 'pk = :pk and begins_with(sk, :prefix)',
  ExpressionAttributeValues: { ':pk': pk, ':prefix': prefix },
  ScanIndexForward: false,
  ConsistentRead: true,
});

const upTo = (limit: number, from: Attributes | undefined) => ({
  ...(Number.isFinite(limit) && { Limit: limit }),
  ...(from && { ExclusiveStartKey: from }),
});

/** Every `#name` is spelled out, because half of our words (`owner`, `token`, `until`) are reserved in DynamoDB's. */
function spelled({ update, condition, values }: Change) {
  return {
    UpdateExpression: update,
    ...(condition !== undefined && { ConditionExpression: condition }),
    ...expressed(`${update} ${condition ?? ''}`, values),
  };
}

export function expressed(expressions: string, values: Attributes) {
  const names = expressions.match(/#\w+/g) ?? [];
  return {
    ExpressionAttributeNames: Object.fromEntries(names.map((name) => [name, name.slice(1)])),
    ExpressionAttributeValues: values,
  };
}

const ATTEMPTS = 8;

interface Asking {
  readonly service: string;
  readonly operation: string;
  readonly withinMs: number;
  readonly backOffMs: number;
}

/**
 * Asks again while others are in the way, which the SDK does not do for transactions. `undefined` where a condition
 * was not met: that is an answer.
 */
async function persist<T>(
  { service, operation, withinMs, backOffMs }: Asking,
  request: (abortSignal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const deadline = AbortSignal.timeout(withinMs);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await request(deadline);
    } catch (error) {
      if (isUnmet(error)) return undefined;
      if (!isCrowded(error)) throw awsTrouble(service, operation, error);
      if (attempt === ATTEMPTS) throw crowded(service, operation, error);
    }
    await wait(Math.random() * backOffMs * 2 ** (attempt - 1));
  }
}

const reasonsOf = (error: unknown): string[] =>
  error instanceof TransactionCanceledException
    ? (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None')
    : [];

const isUnmet = (error: unknown): boolean =>
  error instanceof ConditionalCheckFailedException || reasonsOf(error).includes('ConditionalCheckFailed');

const isCrowded = (error: unknown): boolean =>
  error instanceof TransactionConflictException ||
  reasonsOf(error).some((code) => /Conflict|Throttl|ThroughputExceeded/.test(code));

const crowded = (service: string, operation: string, cause: unknown): OutsideError =>
  new OutsideError({
    service,
    operation,
    trouble: 'throttled',
    detail: `others were in the way ${ATTEMPTS} times`,
    cause,
  });
