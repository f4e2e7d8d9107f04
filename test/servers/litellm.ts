import type { Answer, Call } from '../../src/clients/http/call.ts';
import type { RehearsedGateway } from '../../src/rehearsal/litellm.ts';
import { serveReplica } from '../../src/rehearsal/litellm/serve.ts';

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
  const servers = await Promise.all(
    Array.from({ length: gateway.replicas }, (_, replica) => serveReplica(gateway, replica)),
  );
  return {
    urls: servers.map(({ url }) => url),
    close: async (): Promise<void> => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}
