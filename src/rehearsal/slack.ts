import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listening } from './listening.ts';

/** A message as Slack's channel has it. */
export interface ChannelMessage {
  readonly text: string;
  readonly blocks: readonly unknown[];
}

export interface RehearsedSlack {
  /** The incoming webhook's address, which is a password. */
  readonly webhook: string;
  readonly port: number;
  /** Everything that the channel was told, the oldest first. */
  readonly messages: readonly ChannelMessage[];
  /** Whether somebody has removed the webhook. */
  removed: boolean;
  close(): Promise<void>;
}

/** Nobody reads further back on one machine. */
const MOST_MESSAGES = 100;

/** A channel of Slack on this machine, behind an incoming webhook: so that it can be seen what it would be told. */
export async function serveSlack(secret: string, port = 0): Promise<RehearsedSlack> {
  const path = `/services/${secret}`;
  const messages: ChannelMessage[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
    const reply = (status: number, word: string): void => void response.writeHead(status).end(word);
    if (request.method !== 'POST' || request.url !== path || slack.removed) return reply(404, 'no_service');
    const message = messageIn(body);
    if (!message) return reply(400, 'invalid_payload');
    messages.push(message);
    if (messages.length > MOST_MESSAGES) messages.shift();
    return reply(200, 'ok');
  };
  const server = createServer((request, response) => void answer(request, response).catch(() => response.destroy()));
  const { port: bound, close } = await listening(server, port);
  const slack: RehearsedSlack = {
    webhook: `http://127.0.0.1:${bound}${path}`,
    port: bound,
    messages,
    removed: false,
    close,
  };
  return slack;
}

function messageIn(body: string): ChannelMessage | undefined {
  try {
    const { text = '', blocks = [] } = JSON.parse(body) as Partial<ChannelMessage>;
    return text === '' ? undefined : { text, blocks };
  } catch {
    return undefined;
  }
}
