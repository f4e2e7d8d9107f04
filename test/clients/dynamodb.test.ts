import { describe, expect, it } from 'vitest';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { digest } from '../../src/core/digest.ts';
import type { Promotion } from '../../src/core/promotion.ts';
import { days, minutes, plus } from '../../src/core/time.ts';
import type { Claim, Journal } from '../../src/ports.ts';
import { refusal, silence, type AwsAnswer } from '../servers/aws-json.ts';
import { cancelled, serveDynamoDb, type DynamoDbServer } from '../servers/dynamodb.ts';
import { failureOf } from '../failure.ts';

const NOON = new Date('2026-09-14T12:00:00.250Z');
const LATER = plus(NOON, minutes(30));

const openOn = ({ table, client }: DynamoDbServer, withinMs = 5_000): Journal =>
  dynamoJournal({ table, client: client(), withinMs, backOffMs: 1 });

const promotion: Promotion = {
  id: '1',
  image: 'coder-preview',
  tag: 'latest',
  digest: digest(`sha256:${'b'.repeat(64)}`),
  at: NOON,
  state: 'begun',
  by: 'schedule',
  why: 'the source moved on',
  kind: 'forward',
  regions: [],
};

const claim: Claim = { name: 'release', owner: 'run-1', token: 1, until: LATER };

describe('the journal in DynamoDB', () => {
  it('lets DynamoDB forget what ends, in whole seconds and never early, and nothing else', async () => {
    await using server = await serveDynamoDb();
    const journal = openOn(server);
    await journal.keep('place', 'here', LATER);
    await journal.hold({ id: 'workshop', scope: '*', since: NOON, until: LATER, by: 'calendar', why: 'a workshop' });
    const counts = { ok: 1, warn: 0, fail: 0, unknown: 0 };
    await journal.append({ automation: 'parity', at: NOON, counts, amiss: [], taken: [] });
    await journal.claim('release', 'run-1', NOON, LATER);
    await journal.conclude(promotion);
    await journal.setPin({ ...promotion, since: NOON });
    await journal.setUntold('parity', []);

    const expiries = new Map(server.items().map(({ sk, expires }) => [sk?.['S'], Number(expires?.['N'])]));
    const end = Math.ceil(LATER.getTime() / 1_000);
    expect(expiries.get('kept')).toBe(end);
    expect(expiries.get('hold#workshop')).toBe(end);
    expect(expiries.get(`minute#${NOON.toISOString()}`)).toBe(Math.ceil(plus(NOON, days(90)).getTime() / 1_000));
    for (const sk of ['claim', 'promotion#1', 'pin', 'untold', 'edition']) expect(expiries.get(sk)).toBeNaN();
  });

  it('has begun what was written, though the answer was lost, its repetition met others, and the claim has gone since', async () => {
    let writes = 0;
    const isWrite = (operation: string): boolean => operation === 'TransactWriteItems';
    await using server = await serveDynamoDb({
      forget: (operation) => isWrite(operation) && (writes += 1) === 1,
      refuse: (operation) => {
        if (!isWrite(operation) || writes !== 1) return undefined;
        writes += 1;
        const taken = successor.claim(claim.name, 'run-2', LATER, plus(LATER, minutes(5)));
        return taken.then(() => cancelled(['TransactionConflict', 'None', 'None']));
      },
    });
    const journal = dynamoJournal({ table: server.table, client: server.client(4), backOffMs: 1 });
    const successor = openOn(server);
    const ours = await journal.claim(claim.name, claim.owner, NOON, LATER);
    expect(await journal.begin(promotion, ours ?? claim, NOON)).toBe('begun');
    expect(await journal.promotions(promotion, 5)).toHaveLength(1);
  });

  it('says in the item what had to be cut from a minute', async () => {
    await using server = await serveDynamoDb();
    const subject = 'x'.repeat(200_000);
    const amiss = ['one', 'two', 'three'].map((check) => ({
      check,
      subject,
      status: 'fail' as const,
      evidence: { want: 'less', have: 'more' },
      remedy: { by: 'person' as const, ask: 'Look.' },
    }));
    const counts = { ok: 0, warn: 0, fail: 3, unknown: 0 };
    await openOn(server).append({ automation: 'parity', at: NOON, counts, amiss, taken: [] });
    expect(server.items()[0]?.['cut']).toEqual({ M: { amiss: { N: '2' }, taken: { N: '0' } } });
  });

  it('gives up when others are in the way again and again, and says so', async () => {
    await using server = await serveDynamoDb({
      refuse: (operation) =>
        operation === 'TransactWriteItems' ? cancelled(['None', 'TransactionConflict', 'None']) : undefined,
    });
    const journal = openOn(server);
    const ours = (await journal.claim('release', 'run-1', NOON, LATER)) ?? claim;
    const error = await failureOf(journal.begin(promotion, ours, NOON));
    expect(error.trouble).toBe('throttled');
    expect(error.message).toBe('dynamodb table journal: could not begin promotion 1: others were in the way 8 times');
  });

  it('gives up when the holds never stop changing, and has begun nothing', async () => {
    await using server = await serveDynamoDb({
      refuse: (operation) =>
        operation === 'TransactWriteItems' ? cancelled(['None', 'ConditionalCheckFailed', 'None']) : undefined,
    });
    const journal = openOn(server);
    const ours = (await journal.claim('release', 'run-1', NOON, LATER)) ?? claim;
    expect((await failureOf(journal.begin(promotion, ours, NOON))).trouble).toBe('timeout');
    expect(await journal.promotions(promotion, 1)).toEqual([]);
  });

  it('does not take a transaction that was refused for another reason for an answer', async () => {
    await using server = await serveDynamoDb({
      refuse: (operation) =>
        operation === 'TransactWriteItems' ? cancelled(['None', 'None', 'ValidationError']) : undefined,
    });
    const journal = openOn(server);
    const ours = (await journal.claim('release', 'run-1', NOON, LATER)) ?? claim;
    const error = await failureOf(journal.begin(promotion, ours, NOON));
    expect(error).toMatchObject({ trouble: 'refused', code: 'TransactionCanceledException' });
  });

  const absent = refusal('ResourceNotFoundException', 'Requested resource not found');
  const forbidden = refusal('AccessDeniedException', 'not authorized to perform: dynamodb:PutItem');
  const broken = refusal('InternalServerError', 'Internal server error', 500);
  const refusals: readonly (readonly [string, string, AwsAnswer])[] = [
    ['a table that is not there', 'absent', absent],
    ['a role that may not', 'unauthorized', forbidden],
    ['a service that is down', 'broken', broken],
  ];
  it.each(refusals)('names %s as an error from outside', async (_, trouble, answer) => {
    await using server = await serveDynamoDb({ refuse: () => answer });
    const error = await failureOf(openOn(server).setPin({ ...promotion, since: NOON }));
    expect(error.trouble).toBe(trouble);
    expect(error.message).toContain('dynamodb table journal: could not write a pin: ');
    expect(error.message).not.toContain('a-secret-access-key');
  });

  it('does not wait for ever for an answer', async () => {
    await using server = await serveDynamoDb({ refuse: silence });
    expect((await failureOf(openOn(server, 50).pin(promotion))).trouble).toBe('timeout');
  });
});
