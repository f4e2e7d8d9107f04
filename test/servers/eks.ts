import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { privateAuthority } from './authority.ts';
import { authorizationFor, type Keys } from './sigv4.ts';

/** An answer to be given instead of a cluster. `type` is AWS's name for an error. */
export interface EksAnswer {
  readonly status: number;
  readonly body: object;
  readonly type: string;
  /** How often, before it answers with a cluster. Left out: always. */
  readonly times?: number;
}

export interface EksServer extends AsyncDisposable {
  readonly endpoint: string;
  readonly asked: readonly string[];
  readonly ca: string;
}

const FORGED = { status: 403, body: { message: 'does not match' }, type: 'InvalidSignatureException' };

/** DescribeCluster of one account's keys, as EKS answers it in us-east-2. */
export async function serveEks(keys: Keys, instead?: EksAnswer): Promise<EksServer> {
  const asked: string[] = [];
  const { ca } = privateAuthority();
  const cluster = {
    name: 'ai-coder-com',
    status: 'ACTIVE',
    endpoint: 'https://0123456789ABCDEF.gr7.us-east-2.eks.amazonaws.com',
    certificateAuthority: { data: Buffer.from(ca).toString('base64') },
  };
  const server = createServer((req, res) => {
    asked.push(req.url ?? '');
    const isOurs = req.headers.authorization === authorizationFor(req, 'us-east-2/eks', keys);
    const answer = asked.length > (instead?.times ?? Infinity) ? undefined : instead;
    const { status = 200, body = { cluster }, type = '' } = isOurs ? (answer ?? {}) : FORGED;
    res.writeHead(status, { 'content-type': 'application/json', ...(type !== '' && { 'x-amzn-errortype': type }) });
    res.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    ca,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
