import { createHmac, timingSafeEqual } from 'node:crypto';
import { isDigest, type Digest } from '../../core/digest.ts';
import type { Content } from './content.ts';
import { reply, send, type Exchange, type Part, type Premises } from './exchange.ts';
import type { Settled } from './manners.ts';
import { blobUnknown, digestInvalid, nameUnknown, Refusal, unsupported } from './refusal.ts';

/** `/v2/<name>/blobs/<digest>` */
export async function answerBlob(exchange: Exchange, name: string, digest: string): Promise<void> {
  const { premises, manners, method } = exchange;
  const repository = premises.store.repositories.get(name);
  if (!repository) throw nameUnknown(manners, name);
  if (!isDigest(digest)) throw digestInvalid(digest);
  const content = repository.blobs.get(digest);
  if (!content) throw blobUnknown(digest);

  if (method === 'GET' && manners.blobRedirect) return redirect(exchange, name, digest);
  if (method === 'GET' || method === 'HEAD') return sendBlob(exchange, digest, content);
  if (method !== 'DELETE') throw unsupported();
  premises.store.dropBlob(name, digest);
  reply(exchange, 202, {});
}

function redirect(exchange: Exchange, name: string, digest: Digest): void {
  reply(exchange, 307, { Location: storageUrl(exchange.premises, exchange.manners, name, digest) });
}

async function sendBlob(exchange: Exchange, digest: Digest, content: Content): Promise<void> {
  const { req, fault, entry, premises } = exchange;
  const headers = {
    'Content-Type': 'application/octet-stream',
    'Docker-Content-Digest': digest,
    'Accept-Ranges': 'bytes',
  };
  const part = fault?.kind === 'ignoreRange' ? undefined : partOf(req.headers.range, content.size);
  if (part === 'unsatisfiable') return reply(exchange, 416, { 'Content-Range': `bytes */${content.size}` });
  const range = part && { 'Content-Range': `bytes ${part.start}-${part.end - 1}/${content.size}` };
  try {
    await send(exchange, part ? 206 : 200, { ...headers, ...range }, content, part);
  } finally {
    premises.traffic.blobBytesOut += entry.bytesOut;
  }
}

/** Reads a Range header of one range; of anything else the whole is sent, as RFC 9110 allows. */
function partOf(range: string | undefined, size: number): Part | 'unsatisfiable' | undefined {
  const found = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  const [first, last] = [found?.[1] ?? '', found?.[2] ?? ''];
  if (first === '' && last === '') return undefined;
  if (first === '') return last === '0' ? 'unsatisfiable' : { start: Math.max(0, size - Number(last)), end: size };
  const [start, end] = [Number(first), last === '' ? size : Math.min(size, Number(last) + 1)];
  if (start >= size) return 'unsatisfiable';
  return start < end ? { start, end } : undefined;
}

/** Where a blob is to be had for a while, without credentials. */
function storageUrl({ storageHost, secret, now }: Premises, manners: Settled, name: string, digest: Digest): string {
  const expires = now() + manners.redirectSeconds * 1_000;
  const path = `/storage/${name}/blobs/${digest}`;
  return `http://${storageHost}${path}?expires=${expires}&signature=${signature(secret, path, expires)}`;
}

const signature = (secret: Buffer, path: string, expires: number): string =>
  createHmac('sha256', secret).update(`${path} ${expires}`).digest('hex');

const STORED = /^\/storage\/(.+)\/blobs\/([^/]+)$/;

/** The other origin, as S3 and Azure behave: the query is the permission, and a second one is one too many. */
export async function answerStorage(exchange: Exchange): Promise<void> {
  const { premises, req, url, method } = exchange;
  const [, name = '', digest = ''] = STORED.exec(decodeURIComponent(url.pathname)) ?? [];
  const content = premises.store.repositories.get(name)?.blobs.get(digest as Digest);
  if (req.headers.authorization !== undefined)
    throw new Refusal(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  if (method !== 'GET' || !isSigned(premises, url)) throw new Refusal(403, 'AccessDenied', 'Request has expired');
  if (!content) throw new Refusal(404, 'NoSuchKey', 'The specified key does not exist.');
  await sendBlob(exchange, digest as Digest, content);
}

function isSigned({ secret, now }: Premises, url: URL): boolean {
  const expires = Number(url.searchParams.get('expires'));
  const given = Buffer.from(url.searchParams.get('signature') ?? '');
  const right = Buffer.from(signature(secret, decodeURIComponent(url.pathname), expires));
  return given.length === right.length && timingSafeEqual(given, right) && now() < expires;
}
