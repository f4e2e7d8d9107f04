import type { IncomingHttpHeaders } from 'node:http';
import { reply, serveHttp, type Handler } from './http.ts';

export const WEBHOOK_PATH = '/services/T0000/B0000/gr-planted-slack-webhook';

export const BOT_TOKEN = 'xoxb-gr-planted-slack-token';
export const CHANNEL = 'C0123456789';

export interface SlackMessage {
  readonly channel?: string;
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly text?: { readonly text: string } }[];
}

/** An incoming webhook and chat.postMessage with Slack's manners: one word says what is wrong, and what is too long is refused whole. */
export async function serveSlack() {
  const messages: SlackMessage[] = [];
  /** What it says to a token that is not the bot's. */
  const token = { error: 'invalid_auth' };
  const judge: Handler = ({ path, body, headers }, response) => {
    if (path === '/api/chat.postMessage') return post(body, headers, (answer) => reply(response, 200, answer));
    if (path !== WEBHOOK_PATH) return reply(response, 404, 'no_service');
    const message = parsed(body, headers['content-type']);
    if (!message) return reply(response, 400, 'invalid_payload');
    if (message.text === '') return reply(response, 400, 'no_text');
    if (message.blocks.reduce((sum, { text }) => sum + (text?.text.length ?? 0), 0) > 13_000)
      return reply(response, 400, 'msg_blocks_too_long');
    if (message.blocks.length > 50 || message.blocks.some((block) => (block.text?.text.length ?? 1) > 3_000)) {
      return reply(response, 400, 'invalid_blocks');
    }
    messages.push(message);
    return reply(response, 200, 'ok');
  };
  const post = (body: Buffer, headers: IncomingHttpHeaders, answer: (text: string) => void): void => {
    const refuse = (error: string): void => answer(JSON.stringify({ ok: false, error }));
    if (headers.authorization !== `Bearer ${BOT_TOKEN}`) return refuse(token.error);
    const message = parsed(body, headers['content-type']);
    if (!message) return refuse('invalid_json');
    if (message.channel !== CHANNEL) return refuse('channel_not_found');
    messages.push(message);
    return answer(JSON.stringify({ ok: true, channel: CHANNEL, ts: '1700000000.000100' }));
  };
  const server = await serveHttp(judge);
  return {
    webhook: `http://${server.host}${WEBHOOK_PATH}`,
    api: `http://${server.host}`,
    token,
    messages,
    /** Says something else to the first so many, and is itself again afterwards. */
    answerFirst: (times: number, handler: Handler) => {
      const until = server.seen.length + times;
      server.answer((seen, response, socket) => (seen.earlier < until ? handler : judge)(seen, response, socket));
    },
    asked: () => server.seen.length,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

function parsed(body: Buffer, type = ''): SlackMessage | undefined {
  try {
    return type.startsWith('application/json') ? (JSON.parse(body.toString('utf8')) as SlackMessage) : undefined;
  } catch {
    return undefined;
  }
}
