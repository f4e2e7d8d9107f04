import { SNSClient } from '@aws-sdk/client-sns';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Message {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
}

export interface SnsServer extends AsyncDisposable {
  readonly client: SNSClient;
  readonly messages: readonly Message[];
}

/** Publish with its manners: forms in, XML out, a subject of ASCII and 262,144 bytes at the most. */
export async function serveSns({ allowed = true } = {}): Promise<SnsServer> {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const form = Object.fromEntries(new URLSearchParams(Buffer.concat(await request.toArray()).toString('utf8')));
      const message = form as unknown as Message;
      const fault = allowed ? faultOf(message) : 'AuthorizationError';
      if (fault === undefined) messages.push(message);
      response.writeHead(fault === undefined ? 200 : 400, { 'content-type': 'text/xml' });
      response.end(
        fault === undefined
          ? `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${fault}</Code><Message>no</Message></Error></ErrorResponse>`,
      );
    })();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const client = new SNSClient({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-2',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-access-key' },
    maxAttempts: 1,
  });
  return {
    client,
    messages,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

function faultOf({ Subject, Message: text }: Message): string | undefined {
  const fits = /^[\x21-\x7e][\x20-\x7e]{0,99}$/.test(Subject) && Buffer.byteLength(text) <= 262_144 && text !== '';
  return fits ? undefined : 'InvalidParameter';
}
