import type { Context, LambdaFunctionURLEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { handler, toRequest, webhook, type Note } from '../../lambdas/webhook.ts';
import { readConfig } from '../../src/config.ts';
import { connectWebhook } from '../../src/connect-webhook.ts';
import { digest } from '../../src/core/digest.ts';
import { registryPackagePublished, signDelivery, type SignedDelivery } from '../../src/rehearsal/github.ts';
import { refusal } from '../servers/aws-json.ts';
import { serveEventBridge } from '../servers/eventbridge.ts';
import { serveSecretsManager } from '../servers/secrets-manager.ts';

const secret = 'a secret of this test, and of nobody else';
const id = '72d3162e-cc78-11e3-81ab-4c9367dc0958';
const payload = registryPackagePublished({
  owner: 'coder',
  name: 'coder-preview',
  tag: 'latest',
  digest: digest(`sha256:${'a'.repeat(64)}`),
});
const delivery = signDelivery({ secret, event: 'registry_package', payload: { ...payload, note: 'Grüße' }, id });

/** Of no interest to the function. */
const context = {} as Context;

/** A delivery as a function URL hands it over: payload format 2.0, header names in lower case. */
const asEvent = ({ method, headers, body }: SignedDelivery, isBase64Encoded = false): LambdaFunctionURLEvent => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/',
  rawQueryString: '',
  headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
  requestContext: {
    accountId: 'anonymous',
    apiId: 'abc',
    domainName: 'abc.lambda-url.us-east-2.on.aws',
    domainPrefix: 'abc',
    http: { method, path: '/', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'GitHub-Hookshot/0f1e2d3' },
    requestId: 'r',
    routeKey: '$default',
    stage: '$default',
    time: '14/Sep/2026:09:00:00 +0000',
    timeEpoch: 1_789_376_400_000,
  },
  body: Buffer.from(body).toString(isBase64Encoded ? 'base64' : 'utf8'),
  isBase64Encoded,
});

/** The function with its surroundings, on loopback. */
async function install() {
  const stack = new AsyncDisposableStack();
  const bus = stack.use(await serveEventBridge());
  const secrets = stack.use(await serveSecretsManager(secret));
  const env = { GREENROOM_BUS: 'greenroom', GREENROOM_WEBHOOK_SECRET: secrets.arn, GREENROOM_ESTATE: 'ai.coder.com' };
  const now = () => new Date('2026-09-14T09:00:00Z');
  const config = readConfig(env, ['bus', 'webhookSecret']);
  const settings = connectWebhook(config, now, { eventBridge: bus.client, secretsManager: secrets.client });
  const notes: Parameters<Note>[0][] = [];
  const invoke = webhook(
    () => settings,
    (note) => notes.push(note),
  );
  return {
    bus,
    secrets,
    notes,
    deliver: (event: LambdaFunctionURLEvent) => invoke(event, context),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

describe('what a function URL hands over', () => {
  it('is the same request, plain or in base64', () => {
    expect(toRequest(asEvent(delivery, true))).toEqual(toRequest(asEvent(delivery, false)));
    expect(Buffer.from(toRequest(asEvent(delivery, true)).body)).toEqual(delivery.body);
  });

  it('may have no body', () => {
    const { body: _, ...bare } = asEvent(delivery);
    expect(toRequest(bare).body).toHaveLength(0);
  });
});

describe('the webhook function', () => {
  it.each([
    ['plain', false],
    ['in base64', true],
  ])('puts a look on the bus for a delivery that comes %s', async (_, isBase64Encoded) => {
    await using installed = await install();
    const answer = await installed.deliver(asEvent(delivery, isBase64Encoded));
    expect(answer).toMatchObject({ statusCode: 202, headers: { 'content-type': 'application/json' } });
    expect(installed.bus.events.map(({ Detail }) => Detail)).toEqual([
      `{"source":"ghcr.io/coder/coder-preview","cause":"${id}"}`,
    ]);
  });

  it('keeps taking deliveries while the secret is rotated', async () => {
    await using installed = await install();
    installed.secrets.rotate('the next one');
    const next = signDelivery({ secret: 'the next one', event: 'registry_package', payload, id });
    const answers = [await installed.deliver(asEvent(delivery)), await installed.deliver(asEvent(next))];
    expect(answers).toMatchObject([{ statusCode: 202 }, { statusCode: 202 }]);
  });

  it('answers in red when the secret cannot be read, and publishes nothing', async () => {
    await using installed = await install();
    installed.secrets.answerInstead(() => refusal('AccessDeniedException', 'no'));
    expect(await installed.deliver(asEvent(delivery))).toMatchObject({ statusCode: 503 });
    expect([installed.bus.events, installed.notes[0]?.trouble?.trouble]).toEqual([[], 'unauthorized']);
  });

  it('tells neither the caller nor the log any secret, signature or body', async () => {
    await using installed = await install();
    const forged = { ...delivery, body: Buffer.from('{"a private thing":1}') };
    const answers = [await installed.deliver(asEvent(delivery)), await installed.deliver(asEvent(forged))];
    const told = JSON.stringify([answers, installed.notes]);
    expect(answers).toMatchObject([{ statusCode: 202 }, { statusCode: 401 }]);
    expect(told).not.toMatch(/a secret of this test|sha256|Grüße|a private thing|192\.0\.2\.1/);
    expect(installed.notes.map(({ delivery, status }) => [delivery, status])).toEqual([
      [id, 202],
      [id, 401],
    ]);
  });

  it('says all that is missing from its environment at the first delivery', async () => {
    await expect(handler(asEvent(delivery), context)).rejects.toThrow(
      /GREENROOM_BUS is not set[^]*GREENROOM_WEBHOOK_SECRET is not set/,
    );
  });
});
