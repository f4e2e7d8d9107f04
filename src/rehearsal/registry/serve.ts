import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import type { Digest } from '../../core/digest.ts';
import { answerBlob, answerStorage } from './blobs.ts';
import { receivedWhole, reply, type Exchange, type Premises } from './exchange.ts';
import type { Asked, Fault, FaultPlan } from './faults.ts';
import { Cut } from './flow.ts';
import { answerReferrers, answerTags } from './lists.ts';
import { answerManifest } from './manifests.ts';
import { settle, type Settled } from './manners.ts';
import { Refusal } from './refusal.ts';
import { answerUpload, answerUploads } from './uploads.ts';

type Answer = (exchange: Exchange, name: string, rest: string) => void | Promise<void>;

/** A repository's name may contain any of these words, so the last one counts. */
const ROUTES: readonly (readonly [RegExp, Answer])[] = [
  [/^\/v2\/(.+)\/blobs\/uploads\/?()$/, answerUploads],
  [/^\/v2\/(.+)\/blobs\/uploads\/([^/]+)$/, answerUpload],
  [/^\/v2\/(.+)\/blobs\/([^/]+)$/, answerBlob],
  [/^\/v2\/(.+)\/manifests\/([^/]+)$/, answerManifest],
  [/^\/v2\/(.+)\/tags\/(list)$/, answerTags],
  [/^\/v2\/(.+)\/referrers\/([^/]+)$/, answerReferrers],
];

export interface House extends Premises {
  readonly plan: FaultPlan;
}

/** Answers one request, whatever becomes of it. `origin` is the registry itself or the storage that it redirects to. */
export async function serve(
  house: House,
  origin: 'registry' | 'storage',
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const exchange = begin(house, req, res);
  try {
    const { latencyMs = 0 } = house.shape;
    if (latencyMs > 0) await pause(latencyMs);
    if (origin === 'registry') await answer(house, exchange);
    else await answerElsewhere(house, exchange);
  } catch (error) {
    await refuse(exchange, error);
  }
}

function begin(house: House, req: IncomingMessage, res: ServerResponse): Exchange {
  const [method, path] = [req.method ?? 'GET', req.url?.startsWith('/') ? req.url : '/'];
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  res.once('close', resolve);
  const manners = settle(house.manners);
  house.door.learn(manners);
  return {
    premises: house,
    manners,
    req,
    res,
    method,
    url: new URL(`http://${house.host}${path}`),
    entry: house.traffic.begin(method, path, house.now()),
    closed,
    fault: undefined,
  };
}

async function answer(house: House, exchange: Exchange): Promise<void> {
  const { url, req, manners, method } = exchange;
  const path = decodeURIComponent(url.pathname);
  if (path === '/token') {
    if (await meetFault(house, exchange, path)) return;
    return reply(exchange, 200, json, JSON.stringify(house.door.token(manners, url, req.headers.authorization)));
  }
  const [route, found] = routeOf(path);
  const action = method === 'GET' || method === 'HEAD' ? 'pull' : 'push';
  // Before any fault: an unauthorised request must not use one up.
  house.door.admit(manners, { authorization: req.headers.authorization, repository: found?.[1], action });
  if (await meetFault(house, exchange, path)) return;

  if (path === '/v2/' || path === '/v2') return reply(exchange, 200, version, '{}');
  if (!route || !found) throw new Refusal(404, 'NOT_FOUND', '404 page not found');
  await route(exchange, found[1] ?? '', found[2] ?? '');
}

const json = { 'Content-Type': 'application/json' };
const version = { ...json, 'Docker-Distribution-Api-Version': 'registry/2.0' };

function routeOf(path: string): [Answer, RegExpExecArray] | [undefined, undefined] {
  for (const [pattern, route] of ROUTES) {
    const found = pattern.exec(path);
    if (found) return [route, found];
  }
  return [undefined, undefined];
}

async function answerElsewhere(house: House, exchange: Exchange): Promise<void> {
  const path = decodeURIComponent(exchange.url.pathname);
  if (await meetFault(house, exchange, path)) return;
  if (path.startsWith('/storage/')) return answerStorage(exchange);
  // Whoever follows the redirect of the referrers endpoint is told to slow down and learns nothing.
  throw new Refusal(429, 'TOOMANYREQUESTS', 'this page is not for registries');
}

/** Whether a fault was all the answer. A fault of the body only is left for whoever moves the body. */
async function meetFault(house: House, exchange: Exchange, path: string): Promise<boolean> {
  const what = house.plan.match(askedBy(house, exchange, path));
  exchange.fault = what;
  if (what?.kind === 'status') return answerStatus(exchange, what);
  if (what?.kind === 'diskFull') {
    await receivedWhole(exchange, 0);
    throw new Refusal(500, 'UNKNOWN', 'no space left on device');
  }
  if (what?.kind === 'reset' && what.afterBytes === undefined) throw new Cut('reset');
  if (what?.kind === 'stall' && what.afterBytes === undefined) {
    await exchange.closed;
    throw new Cut('gone');
  }
  return false;
}

async function answerStatus(exchange: Exchange, what: Fault['do'] & { kind: 'status' }): Promise<true> {
  const { status, code = 'UNKNOWN', message = 'a fault of the rehearsal', headers = {}, afterBody = false } = what;
  if (afterBody) await receivedWhole(exchange, 0);
  throw new Refusal(status, code, message, { headers });
}

function askedBy(house: House, { method, req, manners }: Exchange, path: string): Asked {
  const receives = req.headers['transfer-encoding'] ? Infinity : Number(req.headers['content-length'] ?? 0);
  const sends = method === 'GET' ? sizeAt(house, manners, path) : 0;
  return { method, path: req.url ?? path, receives, sends, hasRange: req.headers.range !== undefined };
}

/** Bytes that a GET of this path sends: none for a redirect, and at least one for anything that is not content. */
function sizeAt({ store }: House, { blobRedirect }: Settled, path: string): number {
  const [, origin, name = '', kind, reference = ''] = CONTENT.exec(path) ?? [];
  if (kind === 'manifests') return store.manifest(name, reference)?.bytes.length ?? 1;
  if (kind === 'blobs' && origin === 'v2' && blobRedirect) return 0;
  return store.repositories.get(name)?.blobs.get(reference as Digest)?.size ?? 1;
}

const CONTENT = /^\/(v2|storage)\/(.+)\/(blobs|manifests)\/([^/]+)$/;

/** The one place where an answer that could not be given becomes an error, or the end of the connection. */
async function refuse(exchange: Exchange, error: unknown): Promise<void> {
  const { res, req } = exchange;
  const { socket } = req;
  if (error instanceof Refusal && !res.headersSent) {
    const { status, headers, body } = error;
    return reply(exchange, status, { ...json, ...headers }, body);
  }
  if (error instanceof Cut) return cut(res, socket, error.how);
  if (req.destroyed && !req.complete) return;
  if (res.headersSent || socket.destroyed) return void socket.destroy();
  reply(exchange, 500, json, new Refusal(500, 'UNKNOWN', String(error)).body);
}

/** What was sent before goes out first, or nobody could say how many bytes arrived. */
async function cut(res: ServerResponse, socket: Socket, how: Cut['how']): Promise<void> {
  if (socket.destroyed) return;
  if (how === 'gone') return void socket.destroy();
  if (how === 'reset' && !res.headersSent) return void socket.resetAndDestroy();
  res.flushHeaders();
  await new Promise<void>((resolve) => socket.write('', () => resolve()));
  if (how === 'truncate') socket.end();
  else socket.destroy();
}
