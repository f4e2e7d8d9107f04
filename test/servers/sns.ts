import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AwsCaller } from '../../src/clients/signed-post.ts';
import { authorizationFor } from './sigv4.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'a-secret-access-key', sessionToken: 'a-session-token' };
const SAID = 'User is not authorized to perform: SNS:Publish\nx-amz-security-token:a-session-token';

export interface Message {
  readonly TopicArn: string;
  readonly Subject: string;
  readonly Message: string;
}

export interface SnsServer extends AsyncDisposable {
  readonly caller: AwsCaller;
  readonly messages: readonly Message[];
}

/** Publish with its manners: forms in, XML out, a subject of ASCII and 262,144 bytes at the most. */
export async function serveSns({ allowed = true } = {}): Promise<SnsServer> {
  const messages: Message[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await request.toArray());
      const { Action, Version, ...form } = Object.fromEntries(new URLSearchParams(body.toString('utf8')));
      const message = form as unknown as Message;
      const isOurs = request.headers.authorization === authorizationFor(request, 'us-east-2/sns', KEYS, body);
      const isPublish = isOurs && Action === 'Publish' && Version === '2010-03-31';
      const fault =
        allowed && isPublish ? faultOf(message) : isPublish ? 'AuthorizationError' : 'SignatureDoesNotMatch';
      if (fault === undefined) messages.push(message);
      response.writeHead(fault === undefined ? 200 : 400, { 'content-type': 'text/xml' });
      response.end(
        fault === undefined
          ? `<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>`
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${fault}</Code><Message>${SAID}</Message></Error></ErrorResponse>`,
      );
    })();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    caller: { endpoint, region: 'us-east-2', credentials: KEYS },
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
