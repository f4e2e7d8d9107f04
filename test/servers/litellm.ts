import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Answer, Call } from '../../src/clients/http/call.ts';
import type { RehearsedGateway } from '../../src/rehearsal/litellm.ts';

const bearer = (header = ''): string => header.replace(/^Bearer /, '');

/** A rehearsed gateway without a network: `http://replica-2` is its replica, anything else whichever is next. */
export function askOf(gateway: RehearsedGateway): (call: Call) => Promise<Answer> {
  let turn = 0;
  return async ({ url, method, headers, body }) => {
    const [, named] = /^replica-(\d+)$/.exec(url.hostname) ?? [];
    const replica = named === undefined ? (turn += 1) % gateway.replicas : Number(named);
    const request = { method, path: `${url.pathname}${url.search}`, key: bearer(headers?.['authorization']) };
    const answer = gateway.answer(replica, { ...request, ...(body !== undefined && { body: String(body) }) });
    return { status: answer.status, headers: {}, url, moved: false, body: Buffer.from(JSON.stringify(answer.body)) };
  };
}

export const replicasOf = ({ replicas }: RehearsedGateway): string[] =>
  Array.from({ length: replicas }, (_, replica) => `http://replica-${replica}`);

/** The same over HTTP: one address for each replica. */
export async function serveGateway(gateway: RehearsedGateway) {
  const servers = Array.from({ length: gateway.replicas }, (_, replica) =>
    createServer((request, response) => {
      void (async () => {
        const body = Buffer.concat((await request.toArray()) as Buffer[]).toString();
        const key = bearer(request.headers.authorization);
        const { status, body: answer } = gateway.answer(replica, {
          method: request.method ?? '',
          path: request.url ?? '',
          key,
          ...(body !== '' && { body }),
        });
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
      })();
    }),
  );
  for (const server of servers) await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    urls: servers.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    close: async (): Promise<void> => {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((closed) => server.close(closed));
      }
    },
  };
}
