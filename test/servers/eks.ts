import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EKSClient } from '@aws-sdk/client-eks';
import { privateAuthority } from './authority.ts';

/** An answer to be given instead of a cluster. `type` is AWS's name for an error. */
export interface EksAnswer {
  readonly status: number;
  readonly body: object;
  readonly type: string;
}

export interface EksServer extends AsyncDisposable {
  readonly client: EKSClient;
  readonly asked: readonly string[];
  readonly ca: string;
}

/** DescribeCluster, as EKS answers it. */
export async function serveEks(instead?: EksAnswer): Promise<EksServer> {
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
    const { status = 200, body = { cluster }, type = '' } = instead ?? {};
    res.writeHead(status, { 'content-type': 'application/json', ...(type !== '' && { 'x-amzn-errortype': type }) });
    res.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 'b' };
  return {
    client: new EKSClient({ region: 'us-east-2', endpoint, credentials, maxAttempts: 1 }),
    asked,
    ca,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
