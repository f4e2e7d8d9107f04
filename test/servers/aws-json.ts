import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a service does with one operation's input: an answer, or a refusal in the service's own words. */
export type Operation = (input: never) => AwsAnswer | Promise<AwsAnswer>;

export interface AwsAnswer {
  readonly status?: number;
  /** A text is sent as it is. */
  readonly body: unknown;
}

/** An AWS service that speaks JSON 1.1 over loopback: `operations` by their names, as in `X-Amz-Target`. */
export async function serveAwsJson(operations: Readonly<Record<string, Operation>>): Promise<AwsServer> {
  let requests = 0;
  const server = createServer((request, response) => {
    void (async () => {
      requests += 1;
      const input: unknown = JSON.parse(Buffer.concat(await request.toArray()).toString('utf8'));
      const name = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      const { status = 200, body } = (await operations[name]?.(input as never)) ?? refusal('UnknownOperation', name);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': 'request-1' });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    })();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    requests: () => requests,
    /** For any SDK client's constructor. */
    connection: {
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-2',
      credentials: {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'a-secret-access-key',
        sessionToken: 'a-session-token',
      },
      maxAttempts: 1,
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export interface AwsServer extends AsyncDisposable {
  readonly requests: () => number;
  readonly connection: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: {
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      readonly sessionToken: string;
    };
    readonly maxAttempts: number;
  };
}

export const refusal = (code: string, message: string, status = 400): AwsAnswer => ({
  status,
  body: { __type: code, message },
});

/** Never answers: for deadlines. */
export const silence = (): Promise<AwsAnswer> => new Promise(() => {});
