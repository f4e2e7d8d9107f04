import type { Context } from 'aws-lambda';
import { describe, expect, it, onTestFinished } from 'vitest';
import { posture } from '../../lambdas/posture.ts';
import { rotate } from '../../lambdas/rotate.ts';
import { askedRotation } from '../../src/asked-rotation.ts';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import type { Estate, LiteLlmGateway } from '../../src/core/estate.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import { classroom, workshopAt } from '../../src/rehearsal/classroom.ts';
import { rehearseGateway } from '../../src/rehearsal/litellm.ts';
import { STEPS } from '../../src/rotate-secret.ts';
import { serveDynamoDb } from '../servers/dynamodb.ts';
import { askOf, replicasOf } from '../servers/litellm.ts';
import { serveVault } from '../servers/vault.ts';
import { allowed, type Allowed } from './allowed.ts';
import { estate, makeApp } from './synthesized.ts';
import { clientWithin, roomWithin, vaultWithin, type Role } from './within-powers.ts';

const SECRET = 'ai.coder.com/litellm';
const LITELLM: LiteLlmGateway = {
  kind: 'litellm',
  url: 'https://gateway.ai.coder.com',
  masterKey: 'litellm/master',
  keys: [{ name: 'ai-coder', secret: SECRET, field: 'key' }],
};
const withGateway: Estate = { ...estate, gateway: LITELLM };
const ARN = `arn:aws:secretsmanager:us-east-2:123456789012:secret:${SECRET}-??????`;
const table = allowed(makeApp(withGateway).home);
const FIRST = new Secret('sk-first-0123456789abcdef');

const roleOf = (powers: Allowed = {}): Role => ({
  allows: new Set(Object.values(powers).flat()),
  used: new Set(),
  refused: new Set(),
});

describe('the posture function, where the estate has a gateway', () => {
  it('may look at the published keys and have them rotated, and never reads the key that administers the gateway', () => {
    const secrets = Object.entries(table['posture'] ?? {}).filter(([, actions]) =>
      actions.some((action) => action.startsWith('secretsmanager:')),
    );
    expect(Object.fromEntries(secrets)).toEqual({
      'Coder’s token': ['secretsmanager:GetSecretValue'],
      calendar: ['secretsmanager:GetSecretValue'],
      Slack: ['secretsmanager:GetSecretValue'],
      [ARN]: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue', 'secretsmanager:RotateSecret'],
    });
    expect(table['posture']?.['rotationrotate']).toEqual(['lambda:InvokeFunction']);
    const administering = Object.entries(table).filter(([, on]) => Object.keys(on).some((arn) => /master/.test(arn)));
    expect(administering.map(([name]) => name).toSorted()).toEqual(['credentials', 'rotationrotate']);
  });

  it('asks for no key where there is no gateway', () => {
    const actions = Object.values(allowed(makeApp().home)['posture'] ?? {}).flat();
    expect(actions.filter((action) => /RotateSecret|DescribeSecret|InvokeFunction/.test(action))).toEqual([]);
  });
});

const context = { functionName: 'a', awsRequestId: 'b', getRemainingTimeInMillis: () => minutes(4) } as Context;

/** Two and a half hours before a workshop: time for keys, and for no pause yet. Each function is held to its role. */
async function beforeAWorkshop(change: Partial<LiteLlmGateway> = {}) {
  const began = new Date();
  const db = await serveDynamoDb();
  onTestFinished(() => db[Symbol.asyncDispose]());
  const [watching, rotating] = [roleOf(table['posture']), roleOf(table['rotationrotate'])];
  const gateway = rehearseGateway(() => new Date());
  const answers = { url: 'http://gateway', ask: askOf(gateway), replicas: async () => replicasOf(gateway) };
  const room = classroom(began, dynamoJournal({ table: db.table, client: db.client() }));
  room.workshops.push(workshopAt(plus(began, hours(2) + minutes(30)), 12));
  const scenery = { ...room.estate, gateway: { ...LITELLM, ...change } };

  const rotateFunction = rotate(() => ({
    ...room,
    estate: scenery,
    journal: dynamoJournal({ table: db.table, client: clientWithin(db.client(), rotating) }),
    gateway: liteLlm({ ...answers, masterKey: async () => new Secret(gateway.masterKey) }),
    vault: secretsManagerVault({ client: vaultWithin(shelf.connect(), rotating) }),
  }));
  const shelf = await serveVault(JSON.stringify({ key: FIRST.reveal() }), async (version) => {
    for (const Step of STEPS) await rotateFunction({ Step, SecretId: SECRET, ClientRequestToken: version }, context);
  });
  onTestFinished(() => shelf[Symbol.asyncDispose]());
  const body = JSON.stringify({ key: FIRST.reveal(), key_alias: 'ai-coder', duration: '8h' });
  gateway.answer(0, { method: 'POST', path: '/key/generate', key: gateway.masterKey, body });

  const watched = {
    ...roomWithin({ ...room, estate: scenery }, watching),
    journal: dynamoJournal({ table: db.table, client: clientWithin(db.client(), watching) }),
    gateway: liteLlm(answers),
    vault: secretsManagerVault({ client: vaultWithin(shelf.connect(), watching) }),
  };
  const handler = posture(() => ({ ...watched, renewal: askedRotation(watched) }));
  return {
    look: () => handler({}, context),
    published: async () => {
      const version = await secretsManagerVault({ client: shelf.client }).read(SECRET, 'current');
      return (JSON.parse(version?.text.reveal() ?? '{}') as { key?: string }).key;
    },
    gateway,
    began,
    watching,
    rotating,
    done: () => room.said.map(({ line }) => line).filter((line) => /ai-coder/.test(line)),
  };
}

describe('before a workshop, in AWS', () => {
  it('the key is made to last by the function that may, and is the same: nobody has to restart', async () => {
    const { look, published, gateway, began, watching, rotating, done } = await beforeAWorkshop();
    await look();
    expect(await published()).toBe(FIRST.reveal());
    const info = gateway.answer(1, { method: 'GET', path: '/key/info', key: FIRST.reveal() }).body;
    const { expires } = (info as { info: { expires: string } }).info;
    expect(Number(new Date(expires))).toBeGreaterThan(Number(plus(began, days(1) + hours(5))));
    expect(done()).toEqual([expect.stringMatching(/^done: extend key ai-coder so that it lasts until/)]);
    expect([...watching.refused, ...rotating.refused]).toEqual([]);
    const ours = [...watching.allows].filter((action) => /DescribeSecret|GetSecretValue|RotateSecret/.test(action));
    expect(ours.filter((action) => !watching.used.has(action))).toEqual([]);
  });

  it('is looked at and left alone once it lasts', async () => {
    const { look, watching, done } = await beforeAWorkshop();
    await look();
    watching.used.clear();
    await look();
    expect([...watching.used]).not.toContain('secretsmanager:RotateSecret');
    expect(done()).toHaveLength(1);
  });

  it('another key is made where the gateway is older, published, and taken by every replica', async () => {
    const { look, published, gateway, done, watching } = await beforeAWorkshop({ renews: 'rotate' });
    await look();
    expect(await published()).not.toBe(FIRST.reveal());
    expect(gateway.live().map(({ alias }) => alias)).toEqual(['ai-coder', 'ai-coder-g1']);
    expect(done()).toEqual([expect.stringMatching(/^done: rotate key ai-coder/)]);
    expect([...watching.refused]).toEqual([]);
  });

  it('a function that may not ask for it says so, and the key that works stays published', async () => {
    const { look, published, watching, done } = await beforeAWorkshop({ renews: 'rotate' });
    (watching.allows as Set<string>).delete('secretsmanager:RotateSecret');
    await look();
    expect(await published()).toBe(FIRST.reveal());
    expect(done().join('\n')).toMatch(/failed: rotate key ai-coder.*RotateSecret/);
  });
});
