import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Content } from './content.ts';
import type { Door } from './door.ts';
import { mishapOf, type Fault } from './faults.ts';
import { Cut, Lane, type Pace, type Shape } from './flow.ts';
import type { Haste } from './haste.ts';
import type { Manners, Settled } from './manners.ts';
import { Refusal } from './refusal.ts';
import type { Store } from './store.ts';
import type { RequestRecord, TrafficLog } from './traffic.ts';
import type { UploadSession } from './uploads.ts';

/** What all requests of one registry share. */
export interface Premises {
  readonly store: Store;
  readonly door: Door;
  readonly traffic: TrafficLog;
  readonly uploads: Map<string, UploadSession>;
  manners: Manners;
  shape: Shape;
  readonly now: () => number;
  /** All connections together, by direction. */
  readonly paces: { readonly in: Pace; readonly out: Pace };
  readonly haste: Haste;
  readonly host: string;
  readonly storageHost: string;
  /** What redirects are signed with. */
  readonly secret: Buffer;
  /** Told of every tag that a request has written, before anything else can happen. */
  readonly tagged: ((repository: string, tag: string) => void) | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** One request and its answer. */
export interface Exchange {
  readonly premises: Premises;
  readonly manners: Settled;
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  readonly url: URL;
  readonly entry: Writable<RequestRecord>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  fault: Fault['do'] | undefined;
}

export type Headers = Record<string, string | number>;

/** The request's body, at the speed and with the mishaps that it is to have. */
export async function* received(exchange: Exchange, lane = laneOf(exchange, 'in')): AsyncGenerator<Buffer> {
  const pieces = exchange.req.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  for await (const piece of lane.carry(pieces)) {
    exchange.entry.bytesIn += piece.length;
    yield piece;
  }
  // A body that ended early ends its iterator without an error.
  if (!exchange.req.complete) throw new Cut('gone');
}

export async function receivedWhole(exchange: Exchange, limit: number): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of received(exchange)) {
    size += piece.length;
    if (size <= limit) pieces.push(piece);
  }
  return size <= limit ? Buffer.concat(pieces) : undefined;
}

/** Answers without a body, or with a short one. */
export function reply(exchange: Exchange, status: number, headers: Headers, body: string | Buffer = ''): void {
  const { res, entry, method, fault } = exchange;
  if (fault?.kind === 'lost' && status < 400) lose(exchange, fault.status);
  const length = Buffer.byteLength(body);
  entry.status = status;
  res.writeHead(status, { ...(status !== 204 && { 'Content-Length': length }), ...headers });
  if (method === 'HEAD') return void res.end();
  entry.bytesOut += length;
  res.end(body);
}

function lose(exchange: Exchange, status: number | undefined): never {
  exchange.fault = undefined;
  throw status === undefined ? new Cut('reset') : new Refusal(status, 'UNKNOWN', 'the answer was lost');
}

export interface Part {
  readonly start: number;
  readonly end: number;
}

/** Answers with content, or a part of it, no faster than the other side reads. */
export async function send(
  exchange: Exchange,
  status: number,
  headers: Headers,
  content: Content,
  part?: Part,
): Promise<void> {
  const { res, entry, method } = exchange;
  const { start, end } = part ?? { start: 0, end: content.size };
  const lane = laneOf(exchange, 'out');
  const pieces = method === 'HEAD' ? none() : lane.carry(content.read(start, end, lane.grain));
  entry.status = status;
  res.writeHead(status, { 'Content-Length': end - start, ...headers });
  // Node would keep the head back until the first piece, which may be a long time on a slow wire.
  if (end - start > lane.grain()) res.flushHeaders();
  for await (const piece of pieces) {
    if (res.destroyed) throw new Cut('gone');
    entry.bytesOut += piece.length;
    if (!res.write(piece)) await drained(res);
  }
  res.end();
}

async function* none(): AsyncGenerator<Buffer> {}

/** Until there is room again, or nobody to make it. */
function drained(res: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = (): void => {
    res.off('drain', done).off('close', done);
    resolve();
  };
  res.on('drain', done).on('close', done);
  return promise;
}

function laneOf({ premises, closed, fault }: Exchange, direction: 'in' | 'out'): Lane {
  return new Lane(() => premises.shape, premises.paces[direction], mishapOf(fault), closed);
}
