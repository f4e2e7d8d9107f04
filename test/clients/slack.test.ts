import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpClient } from '../../src/clients/http.ts';
import { slackRoad, type SlackSettings } from '../../src/clients/slack.ts';
import type { News } from '../../src/core/report.ts';
import type { Road } from '../../src/ports.ts';
import { failureOf } from '../failure.ts';
import { reply } from '../servers/http.ts';
import { BOT_TOKEN, CHANNEL, serveSlack, WEBHOOK_PATH } from '../servers/slack.ts';

type Server = Awaited<ReturnType<typeof serveSlack>>;

function roadTo({ webhook }: Pick<Server, 'webhook'>, more: Partial<SlackSettings> = {}): Road {
  const http = httpClient({ tries: 3, backoffMs: 1, limitMs: 1, longestWaitMs: 2_000 });
  onTestFinished(() => http.close());
  return slackRoad({ name: 'greenroom', secret: async () => webhook, estate: 'ai.coder.com', ask: http.ask, ...more });
}

const item = (kind: News['kind'], line: string): News => ({ kind, subject: line, line });
const AMISS = item('amiss', 'fail: Oregon is behind → greenroom mirror');

describe('the crew in a channel of Slack', () => {
  it('hears all that is news at once as one message, the gravest first, with a way to the board', async () => {
    await using server = await serveSlack();
    await roadTo(server, { board: 'https://board.example.com/' }).say([item('done', 'done: mirror'), AMISS]);
    expect(server.messages).toMatchObject([
      {
        text: 'Greenroom ai.coder.com: 1 amiss, 1 done',
        blocks: [
          { text: { text: '*Greenroom ai.coder.com: 1 amiss, 1 done*' } },
          { text: { text: '*fail:* Oregon is behind → greenroom mirror' } },
          { text: { text: '*done:* mirror' } },
          { elements: [{ text: '<https://board.example.com/|the board>' }] },
        ],
      },
    ]);
  });

  it('is not called together by what stands in a subject', async () => {
    await using server = await serveSlack();
    await roadTo(server).say([item('amiss', 'fail: <!channel> & <https://evil.example|here>: lost')]);
    expect(server.messages[0]?.blocks[1]?.text?.text).toBe(
      '*fail:* &lt;!channel&gt; &amp; &lt;https://evil.example|here&gt;: lost',
    );
  });

  it('gets one message that Slack takes, though all of its blocks together are longer than it says it takes', async () => {
    await using server = await serveSlack();
    await roadTo(server).say(Array.from({ length: 40 }, (_, n) => item('amiss', `fail: ${n} ${'x'.repeat(1_000)}`)));
    expect(server.messages).toHaveLength(1);
    expect(server.messages[0]?.blocks.at(-1)).toMatchObject({ elements: [{ text: '… and 29 more' }] });
  });

  it('gets one message even of more than a message can hold, which says so', async () => {
    await using server = await serveSlack();
    const many = Array.from({ length: 60 }, (_, n) => item('amiss', `fail: ${n} ${'<&'.repeat(2_000)}`));
    await roadTo(server).say(many);
    expect(server.messages).toHaveLength(1);
    expect(server.messages[0]?.blocks.at(-1)).toMatchObject({ elements: [{ text: '… and 57 more' }] });
    expect(server.messages[0]?.blocks[1]?.text?.text).toMatch(/(?:&lt;|&amp;)…$/);
  });
});

describe('Slack that does not take a message', () => {
  it('at once gets it again, when it says', async () => {
    await using server = await serveSlack();
    server.answerFirst(1, (_, response) => reply(response, 429, 'rate_limited', { 'retry-after': '1' }));
    await roadTo(server).say([AMISS]);
    expect([server.messages.length, server.asked()]).toEqual([1, 2]);
  });

  it('for an hour is left alone, and the crew has not been told', async () => {
    await using server = await serveSlack();
    server.answerFirst(9, (_, response) => reply(response, 429, 'rate_limited', { 'retry-after': '3600' }));
    expect(await failureOf(roadTo(server).say([AMISS]))).toMatchObject({ service: 'slack', trouble: 'throttled' });
    expect(server.asked()).toBe(1);
  });

  it('because it broke gets it again', async () => {
    await using server = await serveSlack();
    server.answerFirst(2, (_, response) => reply(response, 500, 'rollup_error'));
    await roadTo(server).say([AMISS]);
    expect(server.messages).toHaveLength(1);
  });

  it.each([
    [404, 'no_service', 'absent'],
    [410, 'channel_is_archived', 'absent'],
    [403, 'action_prohibited', 'unauthorized'],
    [400, 'invalid_payload', 'refused'],
  ])('says so, %i %s', async (status, word, trouble) => {
    await using server = await serveSlack();
    server.answerFirst(9, (_, response) => reply(response, status, word));
    const failure = await failureOf(roadTo(server).say([AMISS]));
    expect(failure).toMatchObject({ name: 'OutsideError', service: 'slack', trouble, status });
    expect(String(failure)).toContain(word);
  });

  it('and never answers is given up', async () => {
    await using server = await serveSlack();
    server.answerFirst(9, () => undefined);
    const failure = await failureOf(roadTo(server, { withinMs: 150 }).say([AMISS]));
    expect(failure).toMatchObject({ service: 'slack', trouble: 'timeout' });
  });
});

describe('a bot with a token', () => {
  const botOn = ({ api, webhook }: Server, secret = BOT_TOKEN, channel = CHANNEL): Road =>
    roadTo({ webhook }, { api, secret: async () => `${secret}\n`, channel });

  it('tells the channel that the estate names', async () => {
    await using server = await serveSlack();
    await botOn(server).say([AMISS]);
    expect(server.messages).toMatchObject([{ channel: CHANNEL, text: 'Greenroom ai.coder.com: 1 amiss' }]);
  });

  it.each(['invalid_auth', 'token_expired', 'token_revoked', 'account_inactive', 'not_authed', 'missing_scope'])(
    'has not told anybody where Slack answers 200 and %s, and says what to do',
    async (error) => {
      await using server = await serveSlack();
      server.token.error = error;
      const failure = await failureOf(botOn(server, 'xoxb-gr-planted-old').say([AMISS]));
      expect(failure).toMatchObject({ service: 'slack', trouble: 'unauthorized' });
      expect(String(failure)).toContain(`${error}: is the token or the address still good?`);
      expect(inspect(failure, { depth: 9 })).not.toContain('gr-planted');
    },
  );

  it('that is in no such channel is told so', async () => {
    await using server = await serveSlack();
    const failure = await failureOf(botOn(server, BOT_TOKEN, 'C9999999999').say([AMISS]));
    expect(failure).toMatchObject({ trouble: 'absent' });
    expect(String(failure)).toContain('is the bot a member of it?');
  });

  it('needs a channel', async () => {
    await using server = await serveSlack();
    const failure = await failureOf(roadTo(server, { api: server.api, secret: async () => BOT_TOKEN }).say([AMISS]));
    expect(String(failure)).toContain('a token needs the channel’s id');
    expect(server.asked()).toBe(0);
  });
});

describe('the address of the webhook', () => {
  it('is in no error, whatever Slack repeats and whoever cannot be reached', async () => {
    await using server = await serveSlack();
    server.answerFirst(9, ({ path }, response) => reply(response, 404, `there is nothing at ${path}`));
    const failures = [
      await failureOf(roadTo(server).say([AMISS])),
      await failureOf(roadTo({ webhook: `http://127.0.0.1:1${WEBHOOK_PATH}` }).say([AMISS])),
      await failureOf(roadTo({ webhook: `http://hooks.example.com${WEBHOOK_PATH}` }).say([AMISS])),
      await failureOf(roadTo({ webhook: `not an address ${WEBHOOK_PATH}` }).say([AMISS])),
    ];
    for (const failure of failures) {
      expect(failure).toMatchObject({ name: 'OutsideError', service: 'slack' });
      expect(inspect(failure, { depth: 9 }) + JSON.stringify(failure)).not.toContain('gr-planted');
    }
  });
});
