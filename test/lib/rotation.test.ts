import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { rotate } from '../../lambdas/rotate.ts';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import type { Estate, LiteLlmGateway } from '../../src/core/estate.ts';
import { Secret } from '../../src/core/secret.ts';
import { hours, minutes } from '../../src/core/time.ts';
import { rehearseGateway } from '../../src/rehearsal/litellm.ts';
import { classroom } from '../../src/rehearsal/classroom.ts';
import { rehearse } from '../../src/rehearsal/world.ts';
import { serveDynamoDb } from '../servers/dynamodb.ts';
import { replicasOf } from '../../src/replicas.ts';
import { askOf } from '../servers/litellm.ts';
import { serveVault } from '../servers/vault.ts';
import { allowed } from './allowed.ts';
import { estate, makeApp, resolved, resourcesOf, withPods } from './synthesized.ts';
import { clientWithin, roomWithin, vaultWithin, type Role } from './within-powers.ts';

const SECRET = 'ai.coder.com/litellm';
const GATEWAY: LiteLlmGateway = {
  kind: 'litellm',
  url: 'https://gateway.ai.coder.com',
  masterKey: 'litellm/master',
  keys: [{ name: 'ai-coder', secret: SECRET, field: 'key' }],
};
const withGateway: Estate = { ...estate, gateway: GATEWAY };
const ARN = `arn:aws:secretsmanager:us-east-2:123456789012:secret:${SECRET}-??????`;
const { home } = makeApp(withGateway);

describe('the rotation function in AWS', () => {
  it('may touch its keys’ secrets, read the gateway’s own key, and leave a line in the journal', () => {
    const may = (...actions: readonly string[]): string[] => actions.map((action) => `secretsmanager:${action}`);
    expect(allowed(home)['rotationrotate']).toEqual({
      '*': ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'],
      'own log': ['logs:CreateLogStream', 'logs:PutLogEvents'],
      journal: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      [ARN]: may('DescribeSecret', 'GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'),
      [ARN.replace(SECRET, 'litellm/master')]: may('GetSecretValue'),
    });
  });

  it('may be called by Secrets Manager, for these secrets of this account alone', () => {
    const permissions = Object.values(resourcesOf(home, 'AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties['Principal'] === 'secretsmanager.amazonaws.com',
    );
    expect(permissions.map(({ Properties }) => resolved(Properties['SourceArn']))).toEqual([ARN]);
    expect(permissions.map(({ Properties }) => resolved(Properties['SourceAccount']))).toEqual(['123456789012']);
  });

  it('may look up the cluster in which the gateway’s pods are, where each is to be asked by itself, and no other', () => {
    const named = Object.values(resourcesOf(makeApp(withPods).home, 'AWS::IAM::Policy')).flatMap(({ Properties }) =>
      (Properties['PolicyDocument'].Statement as { Action: unknown; Resource: Parameters<typeof resolved>[0] }[])
        .filter(({ Action }) => Action === 'eks:DescribeCluster' && resolved(Properties['Roles'][0]).includes('rotate'))
        .map(({ Resource }) => resolved(Resource)),
    );
    expect(named).toEqual(['arn:aws:eks:us-east-2:123456789012:cluster/ai-coder-com']);
  });

  it('is asked every week, and not because something was deployed', () => {
    const schedules = Object.values(resourcesOf(home, 'AWS::SecretsManager::RotationSchedule'));
    expect(schedules.map(({ Properties }) => Properties)).toMatchObject([
      { SecretId: SECRET, RotateImmediatelyOnUpdate: false, RotationRules: { AutomaticallyAfterDays: 7 } },
    ]);
  });

  it('is not there where there is no gateway', () => {
    expect(resourcesOf(makeApp().home, 'AWS::SecretsManager::RotationSchedule')).toEqual({});
  });
});

const { vpc: _, ...outside } = withPods;
const PODS: LiteLlmGateway = { ...GATEWAY, replicas: { port: 4000 } };

describe('a rotation within the function’s own role', () => {
  it.each([
    ['all replicas have one address', GATEWAY],
    ['their pods are found', PODS],
  ])('is done, and needs every power that it has, where %s', async (_how, settings) => {
    const of: Estate = { ...outside, gateway: settings };
    const FIRST = new Secret('sk-first-0123456789abcdef');
    await using db = await serveDynamoDb();
    await using shelf = await serveVault(JSON.stringify({ key: FIRST.reveal() }));
    const allows = Object.values(allowed(makeApp(of).home)['rotationrotate'] ?? {}).flat();
    const role: Role = { allows: new Set(allows), used: new Set(), refused: new Set() };
    const gatewayNow = rehearseGateway(() => new Date());
    const asker = secretsManagerVault({ client: shelf.client });
    const version = await asker.rotate(SECRET);
    const vault = secretsManagerVault({ client: vaultWithin(shelf.connect(), role) });
    const { clusters } = roomWithin(classroom(new Date()), role);
    const gateway = liteLlm({
      url: 'http://gateway',
      ask: askOf(gatewayNow),
      replicas: (signal) => replicasOf(settings, { estate: of, clusters }, signal),
      masterKey: async () => {
        await vault.read('litellm/master', 'current');
        return new Secret(gatewayNow.masterKey);
      },
    });
    await gateway.install(FIRST, { alias: 'ai-coder', lastingMs: hours(8), settings: {} });
    const { calendar: _, ...uncalled } = of;
    const journal = dynamoJournal({ table: db.table, client: clientWithin(db.client(), role) });
    const world = { ...rehearse({ begins: new Date(), journal }), estate: uncalled, vault, gateway };
    const handler = rotate(() => world);
    const context = { functionName: 'rotate', getRemainingTimeInMillis: () => minutes(2) } as Context;
    for (const Step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret']) {
      await handler({ Step, SecretId: SECRET, ClientRequestToken: version }, context);
    }
    const published = await vault.read(SECRET, 'current');
    expect(published?.id).toBe(version);
    expect(published?.text.reveal()).toMatch(/^{"key":"sk-/);
    expect(gatewayNow.live().map(({ alias }) => alias)).toEqual(['ai-coder', 'ai-coder-g1']);
    expect([...role.refused]).toEqual([]);
    expect([...role.used].toSorted()).toEqual(
      [...new Set(allows)].filter((one) => !/^(?:logs|xray):/.test(one)).toSorted(),
    );
  });
});
