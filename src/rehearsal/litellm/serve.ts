import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { listening } from '../listening.ts';
import type { RehearsedGateway } from '../litellm.ts';

export interface GatewayServer {
  readonly url: string;
  close(): Promise<void>;
}

/** One replica of a rehearsed gateway, over HTTP on loopback. */
export async function serveReplica(gateway: RehearsedGateway, replica: number, port = 0): Promise<GatewayServer> {
  const server = createServer((request, response) => {
    // Because whoever waited for a slow gateway may have left by now, in the middle of what they said.
    answer(gateway, replica, request, response).catch(() => response.destroy());
  });
  const { port: bound, close } = await listening(server, port);
  return { url: `http://127.0.0.1:${bound}`, close };
}

async function answer(
  gateway: RehearsedGateway,
  replica: number,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { away, delayMs } = gateway.line;
  if (away.has(replica)) return void request.socket.destroy();
  const text = Buffer.concat((await request.toArray()) as Buffer[]).toString();
  if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
  const { status, body } = gateway.answer(replica, {
    method: request.method ?? '',
    path: request.url ?? '',
    key: bearer(request.headers.authorization),
    ...(text !== '' && { body: text }),
  });
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const bearer = (header = ''): string => header.replace(/^Bearer /, '');
