import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { secretsManager } from '../../src/clients/secrets-manager.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import { refusal, silence } from '../servers/aws-json.ts';
import { serveSecretsManager, type SecretsManagerServer } from '../servers/secrets-manager.ts';
import { failureOf } from '../failure.ts';

/** A clock that moves when it is told to. */
function aClock() {
  let instant = new Date('2026-09-14T09:00:00Z');
  return { now: () => instant, pass: (ms: number) => void (instant = plus(instant, ms)) };
}

const openOn = ({ client }: SecretsManagerServer, now: () => Date, withinMs = 2_000) =>
  secretsManager({ client, now, withinMs });

describe('a secret', () => {
  it('is read as it is now', async () => {
    await using server = await serveSecretsManager('first');
    expect(await openOn(server, aClock().now).read(server.arn)).toBe('first');
  });

  it('has one version until it is rotated, then two, the current one first', async () => {
    await using server = await serveSecretsManager('first');
    expect(await openOn(server, aClock().now).readVersions(server.arn)).toEqual(['first']);
    server.rotate('second');
    expect(await openOn(server, aClock().now).readVersions(server.arn)).toEqual(['second', 'first']);
    server.rotate('third');
    expect(await openOn(server, aClock().now).readVersions(server.arn)).toEqual(['third', 'second']);
  });

  it('is one version when it was rotated to the same text', async () => {
    await using server = await serveSecretsManager('first');
    server.rotate('first');
    expect(await openOn(server, aClock().now).readVersions(server.arn)).toEqual(['first']);
  });
});

describe('a secret that was read', () => {
  it('is kept for five minutes', async () => {
    await using server = await serveSecretsManager('first');
    const { now, pass } = aClock();
    const secrets = openOn(server, now);
    await secrets.readVersions(server.arn);
    server.rotate('second');
    pass(minutes(5) - 1);
    expect([await secrets.readVersions(server.arn), server.requests()]).toEqual([['first'], 2]);
    pass(1);
    expect([await secrets.readVersions(server.arn), server.requests()]).toEqual([['second', 'first'], 4]);
  });

  it('is read once for all who ask at the same time', async () => {
    await using server = await serveSecretsManager('first');
    const secrets = openOn(server, aClock().now);
    const asked = await Promise.all(Array.from({ length: 20 }, () => secrets.readVersions(server.arn)));
    expect([asked.every(([text]) => text === 'first'), server.requests()]).toEqual([true, 2]);
  });

  it('is read again at once when a signature did not fit', async () => {
    await using server = await serveSecretsManager('first');
    const { now, pass } = aClock();
    const secrets = openOn(server, now);
    await secrets.readVersions(server.arn);
    server.rotate('second');
    pass(minutes(1));
    expect(await secrets.readVersions(server.arn, true)).toEqual(['second', 'first']);
  });

  it('is read at most once a minute, however hard a forger tries', async () => {
    await using server = await serveSecretsManager('first');
    const { now, pass } = aClock();
    const secrets = openOn(server, now);
    for (let second = 0; second <= 180; second += 1) {
      await Promise.all([secrets.readVersions(server.arn, true), secrets.readVersions(server.arn, true)]);
      pass(seconds(1));
    }
    expect(server.requests()).toBe(2 * 4);
  });
});

describe('a secret that cannot be read', () => {
  it('is an error that names it and what was said', async () => {
    await using server = await serveSecretsManager('first');
    server.answerInstead(() => refusal('AccessDeniedException', 'not allowed to secretsmanager:GetSecretValue'));
    const trouble = await failureOf(openOn(server, aClock().now).readVersions(server.arn));
    expect(trouble.message).toMatch(/^secrets manager: could not read AWS(?:CURRENT|PREVIOUS) of arn:.*not allowed/);
    expect(trouble.trouble).toBe('unauthorized');
  });

  it('is an error when there is no current version at all', async () => {
    await using server = await serveSecretsManager();
    expect((await failureOf(openOn(server, aClock().now).readVersions(server.arn))).trouble).toBe('absent');
  });

  it('is an error when it is binary', async () => {
    await using server = await serveSecretsManager('first');
    server.answerInstead(() => ({ body: { SecretBinary: Buffer.from('first').toString('base64') } }));
    expect((await failureOf(openOn(server, aClock().now).read(server.arn))).message).toContain('binary, not text');
  });

  it('is not waited for longer than was said', async () => {
    await using server = await serveSecretsManager('first');
    server.answerInstead(silence);
    expect((await failureOf(openOn(server, aClock().now, 30).read(server.arn))).trouble).toBe('timeout');
  });

  it('is not asked for again in the same moment, but soon after', async () => {
    await using server = await serveSecretsManager('first');
    const { now, pass } = aClock();
    const secrets = openOn(server, now);
    server.answerInstead(() => refusal('InternalServiceError', 'sorry', 500));
    for (const afresh of [false, true, false]) await failureOf(secrets.read(server.arn).then(() => afresh));
    expect(server.requests()).toBe(1);
    server.answerInstead();
    pass(seconds(5));
    expect(await secrets.read(server.arn)).toBe('first');
  });

  it('does not lose what was read before', async () => {
    await using server = await serveSecretsManager('first');
    const { now, pass } = aClock();
    const secrets = openOn(server, now);
    await secrets.readVersions(server.arn);
    pass(minutes(1));
    server.answerInstead(() => refusal('ThrottlingException', 'slow down'));
    expect((await failureOf(secrets.readVersions(server.arn, true))).trouble).toBe('throttled');
    expect(await secrets.readVersions(server.arn)).toEqual(['first']);
    expect(await secrets.readVersions(server.arn, true)).toEqual(['first']);
  });

  it('is never shown, not even when the answer that holds it is garbled', async () => {
    await using server = await serveSecretsManager('first');
    server.answerInstead(() => ({ body: '{"SecretString":hunter2}' }));
    const trouble = await failureOf(openOn(server, aClock().now).read(server.arn));
    expect(trouble.trouble).toBe('corrupt');
    expect(inspect(trouble, { depth: Infinity, showHidden: true })).not.toContain('hunter');
  });
});
