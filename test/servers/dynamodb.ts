import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { refusal, type AwsAnswer } from './aws-json.ts';

/** A value as it travels: `{"S":"…"}`, `{"N":"3"}`. */
type Value = Readonly<Record<string, unknown>>;
type Item = Record<string, Value>;

interface Request {
  readonly TableName: string;
  readonly Key?: Item;
  readonly Item?: Item;
  readonly ConditionExpression?: string;
  readonly UpdateExpression?: string;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>>;
  readonly ExpressionAttributeValues?: Readonly<Record<string, Value>>;
  readonly ExclusiveStartKey?: Item;
  readonly Limit?: number;
  readonly TransactItems?: readonly Readonly<Record<string, Request>>[];
  readonly ClientRequestToken?: string;
}

export interface DynamoDbOptions {
  /** An answer in place of the operation, by the operation's name and how many requests there were before. */
  readonly refuse?: (operation: string, earlier: number) => AwsAnswer | Promise<AwsAnswer> | undefined;
  /** Whether what was done is then not told. */
  readonly forget?: (operation: string, earlier: number) => boolean;
  readonly pageSize?: number;
}

export interface DynamoDbServer extends AsyncDisposable {
  readonly table: string;
  readonly endpoint: string;
  readonly items: () => readonly Item[];
  client(maxAttempts?: number): DynamoDBClient;
}

type Table = Map<string, Item>;
type Verb = 'Put' | 'Update' | 'Delete' | 'ConditionCheck';

function keyOf({ Key, Item }: Pick<Request, 'Key' | 'Item'>): string {
  const { pk, sk } = Key ?? Item ?? {};
  return `${String(pk?.['S'])}\n${String(sk?.['S'])}`;
}

/**
 * One DynamoDB table over loopback, as far as a journal goes: conditions, transactions, pages; nothing ever expires.
 *
 * It knows conditions without brackets and updates of the form `set … add …`, and refuses all others. That it is
 * true to DynamoDB is what test/real/dynamodb.test.ts is about; this one can be crowded and forgetful at will.
 */
export async function serveDynamoDb(options: DynamoDbOptions = {}): Promise<DynamoDbServer> {
  const table: Table = new Map();
  const done = new Set<string>();
  const operations: Readonly<Record<string, (request: Request) => AwsAnswer>> = {
    GetItem: (request) => found({ Item: table.get(keyOf(request)) }),
    PutItem: (request) => attempt(table, 'Put', request),
    UpdateItem: (request) => attempt(table, 'Update', request),
    DeleteItem: (request) => attempt(table, 'Delete', request),
    Query: (request) => query(table, request, options.pageSize),
    TransactWriteItems: (request) => transact(table, done, request),
  };
  const { refuse, forget } = options;
  let earlier = 0;
  const server = await listen(async (name, request) => {
    const count = (earlier += 1);
    // Requests overtake each other, as they do on their way to a region.
    for (let turn = ((count * 7_919) % 11) ** 2; turn > 0; turn -= 1) await new Promise(setImmediate);
    const refused = await refuse?.(name, count);
    if (refused) return refused;
    const answer = operations[name]?.(request) ?? refusal('UnknownOperationException', name);
    return forget?.(name, count) ? refusal('InternalServerError', 'the answer was lost', 500) : answer;
  });
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-access-key' };
  const connection = { endpoint: server.endpoint, region: 'us-east-2', credentials };
  return {
    table: 'journal',
    endpoint: server.endpoint,
    items: () => [...table.values()],
    client: (maxAttempts = 1) => new DynamoDBClient({ ...connection, maxAttempts }),
    [Symbol.asyncDispose]: server.close,
  };
}

/** The whole body is read as one text: a letter of two bytes may be cut in two where one chunk ends. */
async function listen(answer: (operation: string, request: Request) => Promise<AwsAnswer>) {
  const server = createServer((request, response) => {
    void (async () => {
      const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
      const operation = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const { status = 200, body } = await answer(operation, JSON.parse(text) as Request);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(body));
    })();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const found = (body: Readonly<Record<string, unknown>>): AwsAnswer => ({ body });

function attempt(table: Table, verb: Verb, request: Request): AwsAnswer {
  const old = table.get(keyOf(request));
  if (sizeOf(request.Item) > MAX_ITEM) return refusal('ValidationException', 'Item size has exceeded the maximum');
  if (!meets(old, request)) return refusal('ConditionalCheckFailedException', 'The conditional request failed');
  write(table, verb, request);
  return found({ Attributes: verb === 'Delete' ? old : table.get(keyOf(request)) });
}

const MAX_ITEM = 400 * 1_024;

/** As DynamoDB counts texts and names: in UTF-8. The few numbers beside them are let go. */
function sizeOf(item: Item = {}): number {
  const texts = Object.entries(item).map(([name, { S: text }]) => name + (typeof text === 'string' ? text : ''));
  return Buffer.byteLength(texts.join(''));
}

function write(table: Table, verb: Verb, request: Request): void {
  const key = keyOf(request);
  if (verb === 'Delete') table.delete(key);
  if (verb === 'Put' && request.Item) table.set(key, request.Item);
  if (verb === 'Update') table.set(key, updated({ ...table.get(key), ...request.Key }, request));
}

function transact(table: Table, done: Set<string>, request: Request): AwsAnswer {
  const { TransactItems = [], ClientRequestToken: token } = request;
  if (token === undefined) return refusal('ValidationException', 'without a token a retry would be done twice');
  if (done.has(token)) return found({});
  const all = TransactItems.flatMap((item) => Object.entries(item) as [Verb, Request][]);
  const met = all.map(([, one]) => meets(table.get(keyOf(one)), one));
  if (met.includes(false)) return cancelled(met.map((is) => (is ? 'None' : 'ConditionalCheckFailed')));
  for (const [verb, one] of all) write(table, verb, one);
  done.add(token);
  return found({});
}

export const cancelled = (codes: readonly string[]): AwsAnswer => ({
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    Message: `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes.join(', ')}]`,
    CancellationReasons: codes.map((Code) => ({ Code })),
  },
});

/** Every query of ours is for one partition and a prefix, the greatest key first. */
function query(table: Table, request: Request, pageSize = Infinity): AwsAnswer {
  const { ExclusiveStartKey: from, Limit = Infinity } = request;
  const prefix = keyOf({ Key: { pk: valueOf(request, ':pk'), sk: valueOf(request, ':prefix') } });
  const keys = [...table.keys()].filter((key) => key.startsWith(prefix) && (!from || key < keyOf({ Key: from })));
  const page = keys.sort().toReversed().slice(0, Math.min(Limit, pageSize));
  const items = page.flatMap((key) => table.get(key) ?? []);
  const last = items.at(-1);
  const isMore = last !== undefined && page.length < keys.length;
  return found({ Items: items, ...(isMore && { LastEvaluatedKey: { pk: last['pk'], sk: last['sk'] } }) });
}

function meets(item: Item | undefined, request: Request): boolean {
  const { ConditionExpression: condition } = request;
  const isMet = (term: string): boolean => {
    if (term === 'attribute_not_exists(pk)') return item === undefined;
    const [, name = '', sign = '', value = ''] = /^(#\w+) (=|>|<=) (:\w+)$/.exec(term) ?? [];
    const there = item?.[attributeOf(request, name)];
    return there !== undefined && compared(there, sign, valueOf(request, value));
  };
  return condition === undefined || condition.split(' or ').some((terms) => terms.split(' and ').every(isMet));
}

function compared(there: Value, sign: string, value: Value): boolean {
  if (sign === '=') return JSON.stringify(there) === JSON.stringify(value);
  return sign === '>' ? numberIn(there) > numberIn(value) : numberIn(there) <= numberIn(value);
}

/** `set #a = :a, #b = :b add #c :c` */
function updated(item: Item, request: Request): Item {
  const [, sets = '', adds = ''] = /^(?:set (.*?))?(?:(?:^| )add (.*))?$/.exec(request.UpdateExpression ?? '') ?? [];
  const changed = { ...item };
  for (const [, name = '', value = ''] of sets.matchAll(/(#\w+) = (:\w+)/g)) {
    changed[attributeOf(request, name)] = valueOf(request, value);
  }
  for (const [, name = '', value = ''] of adds.matchAll(/(#\w+) (:\w+)/g)) {
    const sum = numberIn(changed[attributeOf(request, name)]) + numberIn(valueOf(request, value));
    changed[attributeOf(request, name)] = { N: String(sum) };
  }
  return changed;
}

const numberIn = (value: Value | undefined): number => Number(value?.['N'] ?? 0);

function attributeOf({ ExpressionAttributeNames: names = {} }: Request, name: string): string {
  if (names[name] === undefined) throw new Error(`the expression names ${name}, which is not given`);
  return names[name];
}

function valueOf({ ExpressionAttributeValues: values = {} }: Request, name: string): Value {
  if (values[name] === undefined) throw new Error(`the expression wants ${name}, which is not given`);
  return values[name];
}
