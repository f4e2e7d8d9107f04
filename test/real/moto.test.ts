import {
  DescribeRepositoriesCommand,
  GetLifecyclePolicyCommand,
  ECRClient,
  PutImageCommand,
} from '@aws-sdk/client-ecr';
import {
  EventBridgeClient,
  CreateEventBusCommand,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import { CreateSecretCommand, PutSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { CreateStateMachineCommand, DescribeExecutionCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ecrRegion, ecrWays, type NewRepository } from '../../src/clients/ecr.ts';
import { copyRepository } from '../../src/clients/ecr/copy-repository.ts';
import { eventBridgeBus } from '../../src/clients/eventbridge.ts';
import { secretsManager } from '../../src/clients/secrets-manager.ts';
import { snsRoad } from '../../src/clients/sns.ts';
import { executionName, stepFunctionsMirroring } from '../../src/clients/step-functions.ts';
import { LOOK } from '../../src/core/delivery.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { moto } from './moto.ts';

// Only where moto is truthful. It has no registry, no layers and no permissions, and its ECR tokens ran out in 2015.

const now = (): Date => new Date('2026-09-14T12:00:00Z');

describe('looks on an EventBridge bus', () => {
  it('reach a queue by the rule that the mirror listens with, each once, in the form that it expects', async () => {
    const client = new EventBridgeClient(moto('us-east-2'));
    const bus = `bus-${randomUUID()}`;
    const queue = await newQueue();
    await client.send(new CreateEventBusCommand({ Name: bus }));
    const pattern = { source: [LOOK.source], 'detail-type': [LOOK.detailType] };
    await client.send(new PutRuleCommand({ Name: 'looks', EventBusName: bus, EventPattern: JSON.stringify(pattern) }));
    const target = { Id: 'queue', Arn: queue.arn };
    await client.send(new PutTargetsCommand({ Rule: 'looks', EventBusName: bus, Targets: [target] }));

    const looks = Array.from({ length: 12 }, (_, n) => ({ source: `ghcr.io/coder/image-${n}`, cause: 'schedule' }));
    await eventBridgeBus({ bus, client, withinMs: 60_000 }).look(looks);

    const received = (await queue.everything()).map((body) => (JSON.parse(body) as { detail: unknown }).detail);
    expect(received).toHaveLength(looks.length);
    expect(received).toEqual(expect.arrayContaining(looks));
  });
});

describe('news by SNS', () => {
  it('reaches whoever subscribed, the gravest first', async () => {
    const client = new SNSClient(moto('us-east-2'));
    const queue = await newQueue();
    const { TopicArn: topic = '' } = await client.send(new CreateTopicCommand({ Name: randomUUID() }));
    await client.send(new SubscribeCommand({ TopicArn: topic, Protocol: 'sqs', Endpoint: queue.arn }));
    await snsRoad({ topic, estate: 'ai.coder.com', now, caller: moto('us-east-2') }).say([
      { kind: 'done', subject: 'coder-preview:latest', line: 'done: mirrored “coder-preview” to every region' },
      { kind: 'amiss', subject: 'coder-preview:latest', line: 'fail: regions disagree' },
    ]);
    const [message] = (await queue.everything()).map((body) => JSON.parse(body) as Record<string, unknown>);
    expect(message).toMatchObject({
      Subject: 'Greenroom ai.coder.com: 1 amiss, 1 done',
      Message: 'fail: regions disagree\n\ndone: mirrored “coder-preview” to every region',
    });
  });
});

describe('a mirror as a state machine', () => {
  it('is started once for one moment, with what it is for as its input', async () => {
    const client = new SFNClient(moto('us-east-2'));
    const definition = JSON.stringify({ StartAt: 'Done', States: { Done: { Type: 'Succeed' } } });
    const roleArn = 'arn:aws:iam::123456789012:role/mirror';
    const made = await client.send(new CreateStateMachineCommand({ name: randomUUID(), definition, roleArn }));
    const machine = made.stateMachineArn ?? '';
    const { mirror } = stepFunctionsMirroring({ machine, now, caller: moto('us-east-2') });
    const release = { image: { ...IMAGE, name: 'coder-preview' }, tag: 'latest' };
    const name = executionName(release, now());
    expect(await mirror(release, 'schedule')).toBe(`started ${name}`);
    const executionArn = `${machine.replace(':stateMachine:', ':execution:')}:${name}`;
    const { input = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(input)).toEqual({ image: 'coder-preview', tag: 'latest', by: 'schedule' });
    expect(await mirror(release, 'webhook')).toBe(`${name} was started already`);
  });
});

describe('secrets in Secrets Manager', () => {
  it('have their version, and after a rotation the one before as well', async () => {
    const client = new SecretsManagerClient(moto('us-east-2'));
    const { ARN = '' } = await client.send(new CreateSecretCommand({ Name: randomUUID(), SecretString: 'first' }));
    const open = () => secretsManager({ client, now, withinMs: 10_000 });
    expect(await open().read(ARN)).toBe('first');
    expect(await open().readVersions(ARN)).toEqual(['first']);
    await client.send(new PutSecretValueCommand({ SecretId: ARN, SecretString: 'second' }));
    expect(await open().read(ARN)).toBe('second');
    expect(await open().readVersions(ARN)).toEqual(['second', 'first']);
  });

  it('that are not there are an error from outside', async () => {
    const client = new SecretsManagerClient(moto('us-east-2'));
    const reading = secretsManager({ client, now, withinMs: 10_000 }).read('nobody-made-this');
    const error = await reading.catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(OutsideError);
    expect(error).toMatchObject({ trouble: 'absent', code: 'ResourceNotFoundException' });
  });
});

describe('a region of ECR', () => {
  it('gives a token that is sent as it is, with AWS in front', async () => {
    const { credentials } = ecrRegion({ region: 'us-west-2', now, client: new ECRClient(moto('us-west-2')) });
    const header = await credentials.header(undefined, true);
    const [scheme, token = ''] = String(header).split(' ');
    expect(scheme).toBe('Basic');
    expect(Buffer.from(token, 'base64').toString()).toMatch(/^AWS:.+/);
  });

  const settings: NewRepository = { ...copyRepository(['latest']), tags: [{ Key: 'made-by', Value: 'greenroom' }] };

  it('makes a repository with the settings it was given, once', async () => {
    const client = new ECRClient(moto('us-west-2'));
    askOtherwise(client);
    const repository = `coder/${randomUUID()}`;
    const { ensure } = ownWays(client, repository);
    await ensure?.();
    await ensure?.();
    const { repositories = [] } = await client.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
    const { tags: _, lifecyclePolicyText = '', ...told } = settings;
    expect(repositories).toMatchObject([{ repositoryName: repository, ...told }]);
    const lifecycle = await client.send(new GetLifecyclePolicyCommand({ repositoryName: repository }));
    expect(JSON.parse(lifecycle.lifecyclePolicyText ?? '')).toEqual(JSON.parse(lifecyclePolicyText));
  });

  it('takes a tag away where the image has another, and never the only one', async () => {
    const client = new ECRClient(moto('us-west-2'));
    askOtherwise(client);
    const repositoryName = `coder/${randomUUID()}`;
    const { ensure, removeTag } = ownWays(client, repositoryName);
    await ensure?.();
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: { digest: `sha256:${'c'.repeat(64)}` },
      layers: [],
    });
    const imageDigest = `sha256:${'d'.repeat(64)}`;
    for (const imageTag of ['latest', 'kept'])
      await client.send(new PutImageCommand({ repositoryName, imageManifest, imageDigest, imageTag }));
    await removeTag?.('nobody-made-this');
    await removeTag?.('latest');
    await removeTag?.('latest');
    await expect(removeTag?.('kept')).rejects.toThrow('it is the only tag of its image');
  });

  function ownWays(client: ECRClient, repository: string) {
    const region = ecrRegion({ region: 'us-west-2', now, client });
    const reference = { registry: '123456789012.dkr.ecr.us-west-2.amazonaws.com', repository };
    const shared = { head: async () => undefined, manifest: async () => undefined };
    return ecrWays(reference, { account: '123456789012' }, region, settings).own?.(shared) ?? {};
  }

  /** moto knows no layers, so whether a repository is there is asked in another way; it is the same answer. */
  function askOtherwise(client: ECRClient): void {
    const other = new ECRClient(moto('us-west-2'));
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (request) => {
          if (commandName !== 'BatchCheckLayerAvailabilityCommand') return next(request);
          const { repositoryName = '' } = request.input as { repositoryName?: string };
          await other.send(new DescribeRepositoriesCommand({ repositoryNames: [repositoryName] }));
          return { response: {}, output: { layers: [], failures: [], $metadata: {} } };
        },
      { step: 'initialize', name: 'askOtherwise' },
    );
  }
});

const IMAGE = {
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest'],
  moving: ['latest'],
};

/** A queue to see what arrives. */
async function newQueue() {
  const name = `queue-${randomUUID()}`;
  const { QueueUrl } = (await sqs('CreateQueue', { QueueName: name })) as { QueueUrl: string };
  return {
    arn: `arn:aws:sqs:us-east-2:123456789012:${name}`,
    async everything(): Promise<string[]> {
      const answer = await sqs('ReceiveMessage', { QueueUrl, MaxNumberOfMessages: 10 });
      const { Messages = [] } = answer as { Messages?: readonly { Body: string }[] };
      return Messages.length === 0 ? [] : [...Messages.map(({ Body }) => Body), ...(await this.everything())];
    },
  };
}

/** SQS by hand: nothing else here speaks to it. The region is where the signature says. */
async function sqs(operation: string, input: object): Promise<unknown> {
  const { endpoint, region } = moto('us-east-2');
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AmazonSQS.${operation}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/20260914/${region}/sqs/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
