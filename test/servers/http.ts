import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** One request as it came. */
export interface Seen {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** How many came before it. */
  readonly earlier: number;
}

export type Handler = (seen: Seen, response: ServerResponse, socket: Socket) => unknown;

export interface LoopbackServer extends AsyncDisposable {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly seen: readonly Seen[];
  /** Connections that are open now, and how many there ever were. */
  readonly connections: { readonly open: number; readonly ever: number; readonly most: number };
  /** Resolves when nobody is connected any more. */
  deserted(): Promise<void>;
  answer(handler: Handler): void;
}

/** A server on loopback that does what it is told: for what no honest registry does. */
export async function serveHttp(handler: Handler): Promise<LoopbackServer> {
  const seen: Seen[] = [];
  const connections = { open: 0, ever: 0, most: 0 };
  let [answer, left] = [handler, Promise.withResolvers<void>()];
  const server = createServer((request, response) => {
    void (async () => {
      const body = await request.toArray().catch(() => []);
      const { method = '', url: path = '', headers, socket } = request;
      const one = { method, path, headers, body: Buffer.concat(body as Buffer[]), earlier: seen.length };
      seen.push(one);
      await answer(one, response, socket);
    })();
  });
  server.on('connection', (socket) => {
    connections.ever += 1;
    connections.open += 1;
    connections.most = Math.max(connections.most, connections.open);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      connections.open -= 1;
      if (connections.open > 0) return;
      left.resolve();
      left = Promise.withResolvers();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    connections,
    deserted: () => (connections.open === 0 ? Promise.resolve() : left.promise),
    answer: (next) => void (answer = next),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

/** Sends an answer, JSON where it is no text. */
export function reply(
  response: ServerResponse,
  status: number,
  body: unknown = '',
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = Buffer.isBuffer(body) || typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { 'content-length': Buffer.byteLength(bytes), ...headers }).end(bytes);
}

/** What a registry says is wrong, in the specification's own form. */
export const complaint = (code: string, message: string) => ({ errors: [{ code, message }] });
