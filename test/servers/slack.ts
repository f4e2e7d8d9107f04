import { reply, serveHttp, type Handler } from './http.ts';

export const WEBHOOK_PATH = '/services/T0000/B0000/gr-planted-slack-webhook';

export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly { readonly type: string; readonly text?: { readonly text: string } }[];
}

/** An incoming webhook with Slack's manners: one word says what is wrong, and what is too long is refused whole. */
export async function serveSlack() {
  const messages: SlackMessage[] = [];
  const judge: Handler = ({ path, body, headers }, response) => {
    if (path !== WEBHOOK_PATH) return reply(response, 404, 'no_service');
    const message = parsed(body, headers['content-type']);
    if (!message) return reply(response, 400, 'invalid_payload');
    if (message.text === '') return reply(response, 400, 'no_text');
    if (message.blocks.length > 50 || message.blocks.some((block) => (block.text?.text.length ?? 1) > 3_000)) {
      return reply(response, 400, 'invalid_blocks');
    }
    messages.push(message);
    return reply(response, 200, 'ok');
  };
  const server = await serveHttp(judge);
  return {
    webhook: `http://${server.host}${WEBHOOK_PATH}`,
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
