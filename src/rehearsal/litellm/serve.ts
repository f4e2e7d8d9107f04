import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { isLoopback } from '../../core/reference.ts';
import { listening } from '../listening.ts';
import type { RehearsedGateway } from '../litellm.ts';
import type { GatewayPods } from './pods.ts';

export interface GatewayServer {
  readonly url: string;
  close(): Promise<void>;
}

/** One replica of a rehearsed gateway, over HTTP on loopback. */
export const serveReplica = (gateway: RehearsedGateway, replica: number, port = 0): Promise<GatewayServer> =>
  serve(gateway, () => replica, port);

/**
 * All pods of a rehearsed gateway, behind one port: which of them is meant, the Host header says. Where it names this
 * machine, it is the common address, behind which those take turns that can be reached.
 */
export function servePods(gateway: RehearsedGateway, pods: GatewayPods, port = 0): Promise<GatewayServer> {
  let turn = 0;
  return serve(
    gateway,
    (host) => {
      if (!isLoopback(host)) return pods.at(host);
      const reached = pods.serving().filter((replica) => !isAway(gateway, replica));
      return reached[(turn += 1) % reached.length];
    },
    port,
  );
}

/** Who is meant by a host; `undefined` where nobody answers there. */
type Meant = (host: string) => number | undefined;

async function serve(gateway: RehearsedGateway, meant: Meant, port: number): Promise<GatewayServer> {
  const server = createServer((request, response) => {
    const replica = meant(request.headers.host ?? '');
    if (replica === undefined) return void request.socket.destroy();
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
  if (isAway(gateway, replica)) return void request.socket.destroy();
  const { delayMs } = gateway.line;
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

const isAway = ({ line: { away } }: RehearsedGateway, replica: number): boolean => away === 'all' || away.has(replica);

const bearer = (header = ''): string => header.replace(/^Bearer /, '');
