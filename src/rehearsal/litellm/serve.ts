import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import type { RehearsedGateway } from '../litellm.ts';

export interface GatewayServer {
  readonly url: string;
  close(): Promise<void>;
}

/** One replica of a rehearsed gateway, over HTTP on loopback. */
export async function serveReplica(gateway: RehearsedGateway, replica: number, port = 0): Promise<GatewayServer> {
  const server = createServer((request, response) => {
    const { away, delayMs } = gateway.line;
    if (away.has(replica)) return void request.socket.destroy();
    void (async () => {
      if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
      const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
      const { status, body: answer } = gateway.answer(replica, {
        method: request.method ?? '',
        path: request.url ?? '',
        key: bearer(request.headers.authorization),
        ...(body !== '' && { body }),
      });
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    })();
  });
  await listening(server, port);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

async function listening(server: Server, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, '127.0.0.1', resolve);
  await promise;
}

const bearer = (header = ''): string => header.replace(/^Bearer /, '');
