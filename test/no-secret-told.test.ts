import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { onLambda } from '../lambdas/host.ts';
import { slackRoad } from '../src/clients/slack.ts';
import { sqliteJournal } from '../src/clients/sqlite.ts';
import { dynamoJournal } from '../src/clients/dynamodb.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import type { Journal } from '../src/ports.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { rehearse } from '../src/rehearsal/world.ts';
import { call } from './bin/cli.ts';
import { everythingTold, searchLeft } from './no-secret-told.ts';
import { serveDynamoDb } from './servers/dynamodb.ts';
import { reply, serveHttp } from './servers/http.ts';
import { serveSlack } from './servers/slack.ts';

// Each of the places where the suite listens, told a secret on purpose: or silence would prove nothing.

const SECRET = 'gr-planted-for-this-very-test';
const KEY = `sk-${'a'.repeat(24)}`;
const record = (journal: Journal) =>
  journal.record({ target: 'key ai-coder', at: new Date(), by: 'ana', line: `rotated to ${KEY}` });

const roadsHeard = (): string[] =>
  [...new Set(everythingTold().map((line) => line.slice(0, line.indexOf(':'))))].toSorted((a, b) => (a < b ? -1 : 1));

/** A request as the SDKs and our own clients make it; nobody answers, which is all the same here. */
async function sent(path: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<void> {
  await using server = await serveHttp((_, response) => reply(response, 200, ''));
  const asked = request(`http://${server.host}${path}`, { method: 'POST', headers }).end(body);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  await answer.resume().toArray();
}

/** A process that nobody listens to. */
const lives = async (script: string): Promise<void> => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream.resume();
  await once(child, 'close');
};

describe('a secret that is told fails the test, when it is', () => {
  it('printed', () => {
    console.log(`the webhook is ${SECRET}`);
    expect(everythingTold()).toHaveLength(1);
  });

  it('printed by the command line', async () => {
    await call(['mirror', `--${SECRET}`]);
    expect(everythingTold().join()).toContain('printed by the command line');
  });

  it('in an error', () => {
    expect(() => {
      throw new OutsideError({ service: 'litellm', operation: 'see', trouble: 'refused', detail: KEY });
    }).toThrow();
    expect(everythingTold().join()).toContain('an error');
  });

  it('written into a journal, wherever it is kept', async () => {
    await record(memoryJournal());
    const sqlite = sqliteJournal(':memory:');
    await record(sqlite);
    sqlite.close();
    await using db = await serveDynamoDb();
    await record(dynamoJournal({ table: db.table, client: db.client() }));
    expect(roadsHeard()).toEqual(['journal in SQLite', 'journal in memory', 'sent to DynamoDB']);
  });

  it('said to the crew', async () => {
    await using slack = await serveSlack();
    const road = slackRoad({ name: 'greenroom', secret: async () => slack.webhook, estate: 'ai.coder.com' });
    await road.say([{ kind: 'failed', subject: 'x', line: `failed: ${SECRET}` }]);
    expect(roadsHeard()).toEqual(['sent to Slack']);
  });

  it('on a page', async () => {
    const type = { 'content-type': 'text/html' };
    await using server = await serveHttp((_, response) => reply(response, 200, `<p>${SECRET}</p>`, type));
    await fetch(`http://${server.host}/`);
    expect(everythingTold().join()).toContain('a page');
  });

  it.each([
    ['sent to EventBridge', '/', { 'x-amz-target': 'AWSEvents.PutEvents' }, '{"Detail":"$"}'],
    ['sent to Step Functions', '/', { 'x-amz-target': 'AWSStepFunctions.StartExecution' }, '{"input":"$"}'],
    ['sent to Scheduler', '/schedules/lift-x', {}, '{"Target":{"Input":"$"}}'],
    ['sent to SNS', '/', {}, 'Action=Publish&Message=$'],
  ])('%s', async (road, path, headers, body) => {
    await sent(path, body.replace('$', SECRET), headers);
    expect(roadsHeard()).toEqual([road]);
  });

  it('but not where it is for whom it is sent to', async () => {
    await sent('/', `{"SecretString":"${KEY}"}`, { 'x-amz-target': 'secretsmanager.PutSecretValue' });
    expect(everythingTold()).toEqual([]);
  });

  it('logged by a function', async () => {
    const failing = onLambda<unknown, void>(
      () => rehearse({ begins: new Date() }),
      async (_, { log }) => log(`could not open ${SECRET}`, new Error('no answer')),
    );
    await failing({}, { functionName: 'x', getRemainingTimeInMillis: () => 60_000 } as Context);
    expect(roadsHeard()).toEqual(['logged by a function']);
  });

  it('said by a process that nobody listens to', async () => {
    await lives(`console.error('the key is ${KEY}')`);
    expect(roadsHeard()).toEqual(['said by a process']);
  });

  it('written by a process that was killed, as soon as its journal is opened again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'greenroom-told-'));
    const file = join(directory, 'journal.sqlite');
    const client = new URL('../src/clients/sqlite.ts', import.meta.url).href;
    const entry = `{ target: 'key', at: new Date(), by: 'ana', line: 'rotated to ' + 'sk-' + 'a'.repeat(24) }`;
    const write = `await sqliteJournal('${file}').record(${entry})`;
    await lives(`import { sqliteJournal } from '${client}'; ${write}; process.kill(process.pid, 'SIGKILL');`);
    expect(everythingTold()).toEqual([]);
    sqliteJournal(file).close();
    expect(roadsHeard()).toEqual(['a journal on disk']);
    await writeFile(join(directory, 'up.json'), SECRET);
    searchLeft(directory);
    expect(roadsHeard()).toEqual(['a file left behind', 'a journal on disk']);
    await rm(directory, { recursive: true });
  });
});
