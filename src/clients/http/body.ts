import type { IncomingMessage } from 'node:http';
import type { Call } from './call.ts';
import { nameOf } from './refusal.ts';
import { withoutSecrets } from './secrets.ts';
import type { Patience } from './socket.ts';

const LARGEST_COMPLAINT = 64 * 1_024;
/** No honest answer that is kept whole is longer. */
export const LARGEST_ANSWER = 32 * 1_024 * 1_024;

export async function* bytesOf(message: IncomingMessage, waiting: Patience, call: Call): AsyncGenerator<Buffer> {
  const pieces = message[Symbol.asyncIterator]() as AsyncIterator<Buffer, undefined>;
  try {
    for (;;) {
      waiting.wait();
      const { done, value } = await pieces.next();
      waiting.rest();
      if (done) return;
      yield value;
    }
  } catch (error) {
    throw nameOf(call, error);
  } finally {
    // Because what is left of a body may be read after its connection has closed, and waited for anew.
    waiting.end();
    message.destroy();
  }
}

/** As much of an error's body as there is. The status says more than a body that broke off. */
export async function complaintOf(message: IncomingMessage, waiting: Patience, call: Call): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  message.on('data', (piece: Buffer) => {
    waiting.wait();
    if (size < LARGEST_COMPLAINT) pieces.push(piece);
    size += piece.length;
    if (size > LARGEST_ANSWER) message.destroy();
  });
  waiting.wait();
  await new Promise<void>((resolve) => message.on('error', () => resolve()).once('close', resolve));
  waiting.rest();
  call.signal?.throwIfAborted();
  return withoutSecrets(Buffer.concat(pieces), call);
}

/** A short body is read to its end, so that the connection can be used again; it has as long as any wait may take. */
export function letGo(message: IncomingMessage, waiting: Patience): void {
  message.on('error', () => undefined);
  if (Number(message.headers['content-length'] ?? Infinity) > LARGEST_COMPLAINT) return void message.destroy();
  waiting.wait();
  message.resume();
}
