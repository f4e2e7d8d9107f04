import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { OutsideError, type Trouble } from '../../core/outside-error.ts';
import type { Http } from '../http.ts';
import type { Answer, Flow } from '../http/call.ts';
import { mayBeAsked } from '../http/redirects.ts';
import type { S3 } from '../s3.ts';

/** What a feed is called in errors: never its address, of which the path is a password. */
export interface Feed {
  readonly http: Http;
  /** Left out where no object of S3 may be read. */
  readonly s3?: S3;
  readonly mostBytes: number;
  readonly withinMs: number;
  /** What came of the last reading: a server that says "unchanged" is spared the rest. */
  readonly last?: Fetched;
}

export interface Fetched {
  readonly body: Uint8Array;
  /** What to ask with next time. */
  readonly validators: Readonly<Record<string, string>>;
}

const OPERATION = 'read the calendar';

/** The bytes behind `https://…`, `webcal://…`, `s3://bucket/key`, a path or `file://…`. */
export async function fetchFeed(address: string, feed: Feed, signal?: AbortSignal): Promise<Fetched> {
  const text = address.trim();
  if (!/^[a-z][a-z0-9+.-]+:/i.test(text)) return readFeed(text, feed);
  if (/^s3:/i.test(text)) return fromS3(text, feed, signal);
  const url = URL.parse(text.replace(/^webcals?:/i, 'https:'));
  if (url?.protocol === 'file:') return readFeed(fileURLToPath(url), feed);
  if (!url || !/^https?:$/.test(url.protocol))
    throw problem('calendar', 'refused', 'its address is not https://, webcal://, s3:// or a file');
  if (!mayBeAsked(url))
    throw problem(url.host, 'refused', 'its address is a secret, and http:// would show it to everybody on the way');
  return download(url, feed, signal);
}

export const problem = (service: string, trouble: Trouble, detail: string, status?: number): OutsideError =>
  new OutsideError({ service, operation: OPERATION, trouble, detail, ...(status !== undefined && { status }) });

async function readFeed(path: string, { mostBytes }: Feed): Promise<Fetched> {
  try {
    const { size } = await stat(path);
    if (size > mostBytes) throw tooLarge(path, mostBytes);
    return { body: await readFile(path), validators: {} };
  } catch (error) {
    if (error instanceof OutsideError) throw error;
    const { code = 'it cannot be read' } = error as NodeJS.ErrnoException;
    throw problem(path, code === 'ENOENT' ? 'absent' : 'broken', code === 'ENOENT' ? 'there is no such file' : code);
  }
}

const tooLarge = (service: string, mostBytes: number): OutsideError =>
  problem(service, 'refused', `it is larger than ${mostBytes / 1e6} MB`);

async function download(url: URL, feed: Feed, signal?: AbortSignal): Promise<Fetched> {
  const call = { service: url.host, operation: OPERATION, method: 'GET', url, follow: true } as const;
  return received(url.host, feed, signal, async (headers, both) => {
    const flow = await feed.http.open({ ...call, headers, signal: both });
    if (flow.status === 200 || (flow.status === 304 && feed.last)) return flow;
    throw unanswered(flow, url.host);
  });
}

const NOT_OURS =
  'it is an object of S3, and nothing lets us read it: name it in the estate (calendar.object) and deploy again';

async function fromS3(address: string, feed: Feed, signal?: AbortSignal): Promise<Fetched> {
  const { s3, http } = feed;
  if (!s3) throw problem('calendar', 'refused', NOT_OURS);
  return received(address, feed, signal, (headers, both) =>
    s3.get(address, { http, operation: OPERATION, headers, signal: both }),
  );
}

/** All that comes within the time, or what came last where it is unchanged. */
async function received(
  service: string,
  { withinMs, last, mostBytes }: Feed,
  signal: AbortSignal | undefined,
  ask: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<Flow>,
): Promise<Fetched> {
  const late = AbortSignal.timeout(withinMs);
  const both = signal ? AbortSignal.any([signal, late]) : late;
  try {
    const flow = await ask({ accept: 'text/calendar, */*;q=0.1', ...last?.validators }, both);
    if (flow.status === 304 && last) {
      flow.drop();
      return last;
    }
    return { body: await bodyOf(flow, service, mostBytes), validators: validatorsIn(flow) };
  } catch (error) {
    if (!late.aborted || signal?.aborted) throw error;
    throw problem(service, 'timeout', `it was not all there after ${withinMs / 1_000} s`);
  }
}

/** Without the server's own words, because a page about an address that is not found repeats the address. */
function unanswered({ status, drop }: Flow, host: string): OutsideError {
  drop();
  if (status === 404 || status === 410)
    return problem(host, 'absent', 'no such calendar: its secret address may have been reset', status);
  if (status === 401 || status === 403)
    return problem(host, 'unauthorized', 'the calendar is not shared with whoever has its address', status);
  if (status === 429 || status === 503)
    return problem(host, 'throttled', 'it asks to be left alone for a while', status);
  return problem(host, status >= 500 ? 'broken' : 'refused', 'no calendar came', status);
}

async function bodyOf({ bytes, headers, drop }: Flow, host: string, mostBytes: number): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = Number(headers['content-length'] ?? 0);
  if (size > mostBytes) {
    drop();
    throw tooLarge(host, mostBytes);
  }
  size = 0;
  for await (const piece of bytes ?? []) {
    size += piece.length;
    if (size > mostBytes) throw tooLarge(host, mostBytes);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** By its tag where it has one: by its date as well, servers take two versions of the same second for one. */
function validatorsIn({ headers }: Pick<Answer, 'headers'>): Record<string, string> {
  const { etag, 'last-modified': modified } = headers;
  if (etag !== undefined) return { 'if-none-match': etag };
  return modified === undefined ? {} : { 'if-modified-since': modified };
}
