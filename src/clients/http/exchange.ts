import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { bytesOf, complaintOf, letGo } from './body.ts';
import type { Answer, Call, Flow } from './call.ts';
import { unless } from './limits.ts';
import { heed, passFor, type Line } from './line.ts';
import { late, nameOf } from './refusal.ts';
import { lingering, patience, type Patience } from './socket.ts';

/** One request to one host, and its answer as far as the headers; all of it where it is an error. */
export async function exchange(
  line: Line,
  call: Call,
  place: Pick<Answer, 'moved' | 'elsewhere'>,
  deadlineMs?: number,
): Promise<Flow> {
  const pass = await passFor(line, call);
  try {
    const { request, waiting, giveUp } = begin(line, call);
    request.once('socket', () => waiting.wait());
    if (deadlineMs !== undefined) limitTo(deadlineMs, request, giveUp);
    const message = await answerTo(request.end(call.body), call);
    waiting.rest();
    const { statusCode: status = 0, headers } = message;
    const drop = (): void => letGo(message, waiting);
    const answer = { status, headers, url: call.url, ...place, body: Buffer.alloc(0), drop };
    if (status >= 400)
      return { ...answer, body: heed(pass, status, headers, await complaintOf(message, waiting, call)) };
    pass.answered();
    return { ...answer, bytes: bytesOf(message, waiting, call) };
  } finally {
    pass.left();
  }
}

interface Begun {
  readonly request: ClientRequest;
  readonly waiting: Patience;
  /** Closes the connection; whoever waits for anything from it is told why. */
  giveUp(why: string): void;
}

/** A request that has not been ended. Its connection is given up when it stalls. */
export function begin(line: Line, call: Call, length?: number): Begun {
  const { method, url, signal, headers, body } = call;
  const secure = url.protocol === 'https:';
  const size = length ?? (body === undefined ? undefined : Buffer.byteLength(body));
  const request = (secure ? https : http).request(url, {
    method,
    headers: { 'user-agent': 'greenroom', ...headers, ...(size !== undefined && { 'content-length': String(size) }) },
    agent: secure ? line.secure : line.plain,
    ...(signal && { signal }),
  });
  let message: IncomingMessage | undefined;
  const giveUp = (why: string): void => void (message ?? request).destroy(late(call, why));
  const waiting = patience(line.settings.stallMs, (ms) => giveUp(`nothing moved for ${ms / 1_000} s`));
  request.once('response', (came) => (message = came));
  request.once('socket', lingering);
  request.once('close', waiting.end);
  return { request, waiting, giveUp };
}

function limitTo(deadlineMs: number, request: ClientRequest, giveUp: Begun['giveUp']): void {
  request.once('socket', () => {
    const timer = setTimeout(giveUp, deadlineMs, `no answer in ${deadlineMs / 1_000} s`);
    request.once('close', () => clearTimeout(timer));
  });
}

/** Or the signal's reason: a request that waits for a connection does not hear of its signal before it has one. */
export const answerTo = (request: ClientRequest, call: Call): Promise<IncomingMessage> =>
  unless(
    call.signal,
    new Promise((resolve, reject) => {
      request.once('response', resolve);
      request.on('error', (error) => reject(nameOf(call, error)));
    }),
  );
