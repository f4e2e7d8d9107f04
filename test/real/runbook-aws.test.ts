import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Ended } from '../bin/cli.ts';
import { emptyDirectory } from '../bin/cli.ts';
import { livePage, pagesWith, type Type } from '../handbook/handbook.ts';
import { moto } from './moto.ts';
import { shell } from './shell.ts';

// The runbook's aws lines, by the AWS CLI itself. At moto where moto has what they ask for; what it has not got:
//
// - `eks create-access-entry`: moto knows no access entries. The AWS CLI checks its words and sends nothing.
// - `eks update-cluster-config`: moto says yes to anything and does nothing. Likewise.
// - `lambda invoke`: moto runs functions in Docker only. A server that stands for Lambda says who was called; what the
//   function then does is told in test/lib/.

const FILE = 'RUNBOOK.md';
const AWS = 'aws';
const UNKNOWN_TO_MOTO = /^aws eks /;
const ACCOUNT = '123456789012';
const REGION = 'us-east-2';
const GROUP = 'greenroom-ai-coder-com-wakeups';

/** An account with nothing in it, and what the runbook's placeholders mean there. */
async function anAccount() {
  const home = await emptyDirectory();
  const lambda = await aLambda();
  await fetch(new URL('/moto-api/reset', moto(REGION).endpoint), { method: 'POST' });
  const env = {
    HOME: home,
    AWS_ENDPOINT_URL: moto(REGION).endpoint,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: REGION,
    AWS_PAGER: '',
  };
  const meant: Record<string, string> = {
    '<cluster>': 'ai-coder-com',
    '<account>': ACCOUNT,
    '<address>': 'ops@example.com',
    '<secret>': 'litellm',
    '<WebhookSecret>': 'webhook',
    '<NewsTopic>': `arn:aws:sns:${REGION}:${ACCOUNT}:news`,
  };
  const run = (line: string): Promise<Ended> => {
    const typed = line.replaceAll(/<\w+>/g, (name) => meant[name] ?? name);
    return shell(UNKNOWN_TO_MOTO.test(line) ? `${typed} --generate-cli-skeleton output` : typed, { cwd: home, env });
  };
  const prepare = async (...lines: readonly string[]): Promise<void> => {
    for (const line of lines) expect(await run(line)).toMatchObject({ code: 0 });
  };
  return {
    run,
    prepare,
    invoked: lambda.invoked,
    write: (file: string, text: string) => writeFile(join(home, file), text),
  };
}

/** What a function that was called answers, and which ones were. */
async function aLambda() {
  const invoked: string[] = [];
  const server = createServer((req, res) => {
    invoked.push(`${req.method} ${req.url}`);
    res.writeHead(200, { 'content-type': 'application/json' }).end('{"lifted":4,"left":0}');
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, invoked };
}

type Account = Awaited<ReturnType<typeof anAccount>>;

const schedule = (name: string): string =>
  `aws scheduler create-schedule --group-name ${GROUP} --name ${name} --schedule-expression 'at(2030-01-01T17:00:00)' ` +
  `--flexible-time-window Mode=OFF --target '{"Arn":"arn:aws:lambda:us-east-2:1:function:f","RoleArn":"arn:aws:iam::1:role/r"}'`;

const SECRET = 'aws secretsmanager create-secret --secret-string first --name';

const pages: Readonly<Record<string, (type: Type, account: Account) => Promise<void>>> = {
  'The calendar cannot be read': async (type, { prepare, write, run }) => {
    await prepare('aws s3 mb s3://bucket');
    await write('workshops.ics', 'BEGIN:VCALENDAR');
    await type('aws s3 cp workshops.ics s3://bucket/key', { says: /upload: .*workshops.ics to s3:\/\/bucket\/key/ });
    expect(await run('aws s3 cp s3://bucket/key -')).toMatchObject({ code: 0, out: 'BEGIN:VCALENDAR' });
  },

  'A key is to be rotated by hand': async (type, { prepare }) => {
    await prepare(`${SECRET} <secret>`);
    await type('aws secretsmanager rotate-secret --secret-id <secret>', { says: /"Name": "litellm"/ });
    await type('aws secretsmanager describe-secret --secret-id <secret> --query VersionIdsToStages', {
      says: [/AWSCURRENT/, /AWSPREVIOUS/],
    });
  },

  'Something stays raised or paused, and Greenroom is dead': async (type, { prepare, invoked }) => {
    await prepare(`aws scheduler create-schedule-group --name ${GROUP}`, schedule('posture'), schedule('lift-7a'));
    await type(`aws scheduler list-schedules --group-name ${GROUP}`, {
      says: [/"Name": "posture"/, /"Name": "lift-7a"/],
    });
    await type('aws lambda invoke --function-name greenroom-ai-coder-com-lift out.json && cat out.json', {
      says: [/"StatusCode": 200/, /\{"lifted":4,"left":0\}/],
    });
    expect(invoked).toEqual(['POST /2015-03-31/functions/greenroom-ai-coder-com-lift/invocations']);
  },

  'Nobody is told': async (type, { prepare, write, run }) => {
    const subscribe = 'aws sns subscribe --topic-arn <NewsTopic> --protocol email --notification-endpoint <address>';
    await prepare(`${SECRET} greenroom/slack`, 'aws sns create-topic --name news', subscribe);
    await write('slack.txt', 'xoxb-new');
    await type('aws secretsmanager put-secret-value --secret-id greenroom/slack --secret-string file://slack.txt', {
      says: /AWSCURRENT/,
    });
    const kept = 'aws secretsmanager get-secret-value --secret-id greenroom/slack --query SecretString --output text';
    expect((await run(kept)).out).toBe('xoxb-new\n');
    await type(
      "aws sns list-subscriptions-by-topic --topic-arn <NewsTopic> --query 'Subscriptions[].[Endpoint,SubscriptionArn]' --output text",
      { says: /^ops@example\.com\t/ },
    );
  },

  '"has not run for 15 minutes"': async (type, { prepare, invoked }) => {
    await prepare(
      `aws scheduler create-schedule-group --name ${GROUP}`,
      schedule('posture'),
      `${schedule('look')} --state DISABLED`,
    );
    await type("aws scheduler list-schedules --query 'Schedules[?State!=`ENABLED`].Name'", {
      says: /^\[\s+"look"\s+\]\s*$/,
    });
    await type('aws lambda invoke --function-name greenroom-ai-coder-com-posture out.json && cat out.json', {
      says: /"StatusCode": 200/,
    });
    expect(invoked).toEqual(['POST /2015-03-31/functions/greenroom-ai-coder-com-posture/invocations']);
  },

  'What comes out, and what to do with it': async (type, { prepare, write, run }) => {
    await prepare('aws sns create-topic --name news', `${SECRET} <WebhookSecret>`);
    await type('aws sns subscribe --topic-arn <NewsTopic> --protocol email --notification-endpoint <address>', {
      says: /SubscriptionArn/,
    });
    const feed = 'https://calendar.example.com/secret/basic.ics';
    await write('feed.txt', feed);
    await type('aws secretsmanager create-secret --name greenroom/calendar --secret-string file://feed.txt', {
      says: /"Name": "greenroom\/calendar"/,
    });
    await write('slack.txt', 'https://hooks.slack.example.com/services/T0/B0/x');
    await type('aws secretsmanager create-secret --name greenroom/slack --secret-string file://slack.txt', {
      says: /"Name": "greenroom\/slack"/,
    });
    const kept =
      'aws secretsmanager get-secret-value --secret-id greenroom/calendar --query SecretString --output text';
    expect((await run(kept)).out).toBe(`${feed}\n`);
    const get = 'aws secretsmanager get-secret-value --secret-id <WebhookSecret> --query SecretString --output text';
    await type(get, { says: /^first$/m });
    const put =
      'aws secretsmanager put-secret-value --secret-id <WebhookSecret> --secret-string "$(openssl rand -hex 32)"';
    await type(put, { says: /AWSCURRENT/ });
    await type(get, { says: /^[0-9a-f]{64}$/m });
  },

  'Let Greenroom look into the clusters': async (type) => {
    await type('aws eks update-cluster-config --name <cluster> --access-config authenticationMode=API_AND_CONFIG_MAP', {
      says: /"update"/,
    });
    const role = 'arn:aws:iam::<account>:role/greenroom-ai-coder-com-posture';
    await type(
      `aws eks create-access-entry --cluster-name <cluster> --principal-arn ${role} --kubernetes-groups greenroom`,
      { says: /"accessEntry"/ },
    );
  },
};

describe(`${FILE}, by the AWS CLI`, () => {
  it('has no page with something to type that is not lived through here', () => {
    expect(Object.keys(pages).toSorted()).toEqual(pagesWith(FILE, AWS).toSorted());
  });

  it.each(Object.entries(pages))('%s', async (page, story) => {
    const account = await anAccount();
    await livePage([FILE, page, AWS], account, (type) => story(type, account));
  });
});
