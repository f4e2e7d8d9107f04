import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { bytesOf, complaintOf, letGo } from './body.ts';
import type { Call, Flow } from './call.ts';
import { heed, passFor, type Line } from './line.ts';
import { late, nameOf } from './refusal.ts';
import { lingering, patience, type Patience } from './socket.ts';

/** One request to one host, and its answer as far as the headers; all of it where it is an error. */
export async function exchange(line: Line, call: Call, moved: boolean, deadlineMs?: number): Promise<Flow> {
  const pass = await passFor(line, call);
  try {
    const { request, waiting } = begin(line, call);
    request.once('socket', () => waiting.wait());
    if (deadlineMs !== undefined) limitTo(deadlineMs, request, call);
    const message = await answerTo(request.end(call.body), call);
    waiting.rest();
    const { statusCode: status = 0, headers } = message;
    const answer = { status, headers, url: call.url, moved, body: Buffer.alloc(0), drop: () => letGo(message) };
    if (status >= 400) return { ...answer, body: heed(pass, status, headers, await complaintOf(message, waiting)) };
    pass.answered();
    return { ...answer, bytes: bytesOf(message, waiting, call) };
  } finally {
    pass.left();
  }
}

/** A request that has not been ended. Its connection is given up when it stalls. */
export function begin(line: Line, call: Call, length?: number): { request: ClientRequest; waiting: Patience } {
  const { method, url, signal, headers, body } = call;
  const secure = url.protocol === 'https:';
  const size = length ?? (body === undefined ? undefined : Buffer.byteLength(body));
  const request = (secure ? https : http).request(url, {
    method,
    headers: { 'user-agent': 'greenroom', ...headers, ...(size !== undefined && { 'content-length': String(size) }) },
    agent: secure ? line.secure : line.plain,
    ...(signal && { signal }),
  });
  const { stallMs } = line.settings;
  const waiting = patience(stallMs, () => request.destroy(late(call, `nothing moved for ${stallMs / 1_000} s`)));
  request.once('socket', lingering);
  request.once('close', waiting.end);
  return { request, waiting };
}

function limitTo(deadlineMs: number, request: ClientRequest, call: Call): void {
  request.once('socket', () => {
    const timer = setTimeout(() => request.destroy(late(call, `no answer in ${deadlineMs / 1_000} s`)), deadlineMs);
    request.once('close', () => clearTimeout(timer));
  });
}

export const answerTo = (request: ClientRequest, call: Call): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request.once('response', resolve);
    request.on('error', (error) => reject(nameOf(call, error)));
  });
