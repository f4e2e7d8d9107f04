import { createHash } from 'node:crypto';
import { algorithmOf, hexOf, isDigest, type Digest } from '../core/digest.ts';
import { nextPage, parseContentRange } from '../core/headers.ts';
import { parseManifest, type Descriptor } from '../core/manifest.ts';
import { MANIFEST_TYPES } from '../core/media-types.ts';
import { OutsideError } from '../core/outside-error.ts';
import { parsed } from '../core/parsed.ts';
import { isLoopback, type Reference } from '../core/reference.ts';
import type { BlobWriter, ManifestHead, Range, Repository, StoredManifest, Upload, Uploads } from '../ports.ts';
import { mayBeAsked, refusal, type Answer, type Call, type Flow, type Http } from './http.ts';
import { jittered, pause, type Pacer } from './http/limits.ts';

/** How a vendor lets us in. `renewed` throws away what was refused, so that the next header is a new one. */
export interface Credentials {
  /** The Authorization header for this repository; `undefined` where none is wanted. */
  header(challenge: string | undefined, push: boolean, signal?: AbortSignal): Promise<string | undefined>;
  renewed(): void;
}

/** One vendor's own ways, beside the protocol that all share. */
export interface Ways {
  readonly http: Http;
  readonly credentials: Credentials;
  /** Where the registry really listens, when that is not its name. */
  readonly host?: string;
  /** Spreads manifest writes out where a vendor allows only so many. */
  readonly pace?: Pacer;
  readonly lacking?: (blobs: readonly Descriptor[], signal?: AbortSignal) => Promise<ReadonlySet<Digest>>;
  readonly ensure?: (signal?: AbortSignal) => Promise<void>;
  /** `false` where it is known that there is no referrers API. */
  readonly referrersApi?: boolean;
}

const ACCEPT = MANIFEST_TYPES.join(', ');
const TAGS_PAGE = 1_000;
const HEADS_AT_ONCE = 8;
/** How often one read may break without a single byte arriving in between. */
const READ_TRIES = 6;
const READ_BACKOFF_MS = 200;

type Asked = Omit<Call, 'service' | 'url' | 'signal'> & {
  readonly path: string;
  readonly signal?: AbortSignal | undefined;
};

/** A repository, spoken to by the OCI distribution protocol 1.1. */
export function ociRepository(reference: Reference, ways: Ways): Repository {
  return new OciRepository(reference, ways);
}

class OciRepository implements Repository {
  readonly name: string;
  readonly uploads: Uploads;
  readonly #ways: Ways;
  readonly #base: URL;
  #challenge: string | undefined;
  #referrers: boolean | undefined;

  constructor({ registry, repository }: Reference, ways: Ways) {
    const host = ways.host ?? registry;
    this.name = `${registry}/${repository}`;
    this.#ways = ways;
    this.#base = new URL(`${isLoopback(host) ? 'http' : 'https'}://${host}/v2/${repository}/`);
    this.#referrers = ways.referrersApi;
    this.uploads = {
      begin: (signal) => this.#begin(signal),
      append: (upload, chunk, length, signal) => this.#append(upload, chunk, length, signal),
      finish: (upload, digest, signal) => this.#close(upload, digest, signal),
    };
  }

  async head(ref: string, signal?: AbortSignal): Promise<ManifestHead | undefined> {
    const operation = `look at ${ref}`;
    const answer = await this.#ask({
      operation,
      method: 'HEAD',
      path: `manifests/${ref}`,
      headers: { accept: ACCEPT },
      signal,
    });
    if (answer.status === 404) return undefined;
    this.#expect(answer, operation, 200);
    const digest = String(answer.headers['docker-content-digest'] ?? '');
    const size = Number(answer.headers['content-length'] ?? NaN);
    if (!isDigest(digest) || Number.isNaN(size)) return this.manifest(ref, signal);
    return { digest, mediaType: typeOf(answer) ?? '', size };
  }

  /** Wrong bytes are asked for once more, since what broke may have been the way and not the thing. */
  async manifest(ref: string, signal?: AbortSignal): Promise<StoredManifest | undefined> {
    const operation = `read manifest ${ref}`;
    for (let attempt = 1; ; attempt += 1) {
      const answer = await this.#ask({
        operation,
        method: 'GET',
        path: `manifests/${ref}`,
        headers: { accept: ACCEPT },
        follow: true,
        signal,
      });
      if (answer.status === 404) return undefined;
      this.#expect(answer, operation, 200);
      const stored = storedOf(ref, answer);
      if (stored.ok) return stored.value;
      if (attempt > 1) throw this.#error(operation, 'corrupt', stored.fault);
    }
  }

  async putManifest(ref: string, manifest: StoredManifest, signal?: AbortSignal): Promise<void> {
    const operation = `write manifest ${ref}`;
    await this.#ways.pace?.(signal);
    const headers = { 'content-type': manifest.mediaType };
    const answer = await this.#ask(
      { operation, method: 'PUT', path: `manifests/${ref}`, headers, body: manifest.bytes, signal },
      true,
    );
    if (answer.status === 201 || answer.status === 200 || answer.status === 202) return;
    if (isConflict(answer)) {
      const there = await this.head(ref, signal);
      if (there?.digest === manifest.digest) return;
    }
    throw this.#refusal(answer, operation);
  }

  async removeTag(tag: string, signal?: AbortSignal): Promise<void> {
    const operation = `remove tag ${tag}`;
    const answer = await this.#ask({ operation, method: 'DELETE', path: `manifests/${tag}`, signal }, true);
    if (answer.status >= 300 && answer.status !== 404) throw this.#refusal(answer, operation);
  }

  async lacking(blobs: readonly Descriptor[], signal?: AbortSignal): Promise<ReadonlySet<Digest>> {
    if (this.#ways.lacking) return this.#ways.lacking(blobs, signal);
    const lacking = new Set<Digest>();
    const queue = [...blobs];
    const lane = async (): Promise<void> => {
      for (let blob = queue.shift(); blob; blob = queue.shift()) {
        if (!(await this.#hasBlob(blob, signal))) lacking.add(blob.digest);
      }
    };
    await Promise.all(Array.from({ length: Math.min(HEADS_AT_ONCE, blobs.length) }, lane));
    return lacking;
  }

  /** A redirect means that the registry has it: where it keeps it is not our business, and may refuse a HEAD. */
  async #hasBlob({ digest }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const operation = `look for blob ${digest}`;
    const answer = await this.#ask({ operation, method: 'HEAD', path: `blobs/${digest}`, signal });
    if (answer.status === 404) return false;
    if (answer.status >= 400) throw this.#refusal(answer, operation);
    return true;
  }

  async *read(
    blob: Descriptor,
    { from = 0, until = blob.size }: Range = {},
    signal?: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const operation = `read blob ${blob.digest}`;
    let at = from;
    for (let broken = 0; at < until || blob.size === 0;) {
      const before = at;
      try {
        const flow = await this.#openBlob(blob, at, until, operation, signal);
        for await (const chunk of this.#fitting(flow, at, until)) {
          at += chunk.length;
          yield chunk;
        }
        if (at >= until) return;
        throw this.#error(operation, 'broken', `ended after ${at} of ${until} bytes`);
      } catch (error) {
        broken = at > before ? 1 : broken + 1;
        if (!isPassing(error) || broken >= READ_TRIES) throw error;
        signal?.throwIfAborted();
        await pause(jittered(READ_BACKOFF_MS * 2 ** (broken - 1)), signal);
      }
    }
  }

  async #openBlob(blob: Descriptor, at: number, until: number, operation: string, signal?: AbortSignal): Promise<Flow> {
    const part = at > 0 || until < blob.size;
    const headers = part ? { range: `bytes=${at}-${until - 1}` } : {};
    const flow = await this.#open({
      operation,
      method: 'GET',
      path: `blobs/${blob.digest}`,
      headers,
      follow: true,
      signal,
    });
    if (flow.status === 200 || flow.status === 206) return flow;
    flow.drop();
    // What a registry redirects to is signed for a while; when that is over the registry gives out a new one.
    if (flow.moved && flow.status === 403) throw this.#error(operation, 'broken', 'the signed address has expired');
    throw this.#refusal(flow, operation);
  }

  /** The bytes from `at` on, also where the server ignores Range and begins at the beginning. */
  async *#fitting(flow: Flow, at: number, until: number): AsyncGenerator<Uint8Array> {
    const first = flow.status === 206 ? (parseContentRange(flow.headers['content-range'])?.first ?? at) : 0;
    let skip = at - first;
    let left = until - at;
    for await (const chunk of flow.bytes ?? []) {
      const fresh = skip > 0 ? chunk.subarray(Math.min(skip, chunk.length)) : chunk;
      skip -= Math.min(skip, chunk.length);
      const wanted = fresh.length > left ? fresh.subarray(0, left) : fresh;
      left -= wanted.length;
      if (wanted.length > 0) yield wanted;
      if (left === 0) return;
    }
  }

  async write(blob: Descriptor, signal?: AbortSignal): Promise<BlobWriter> {
    const { location } = await this.#begin(signal);
    const operation = `write blob ${blob.digest}`;
    const sending = await this.#ways.http.send(
      {
        service: this.name,
        operation,
        method: 'PUT',
        url: withDigest(this.#resolve(location), blob.digest),
        headers: { 'content-type': 'application/octet-stream', ...(await this.#authorization(location, true, signal)) },
        signal,
      },
      blob.size,
    );
    return {
      write: (chunk) => sending.write(chunk),
      abort: () => sending.abort(),
      finish: async () => {
        const answer = await sending.end();
        if (answer.status !== 201 && answer.status !== 204) throw this.#refusal(answer, operation);
      },
    };
  }

  async #begin(signal?: AbortSignal): Promise<Upload> {
    const operation = 'begin an upload';
    const answer = await this.#ask({ operation, method: 'POST', path: 'blobs/uploads/', body: '', signal }, true);
    const location = answer.headers.location;
    if (answer.status !== 202 || location === undefined) throw this.#refusal(answer, operation);
    return { location: this.#resolve(location).href, offset: 0 };
  }

  /** Our own count of the bytes is the one that holds: ECR's answer sticks at the first chunk. */
  async #append(
    upload: Upload,
    chunk: AsyncIterable<Uint8Array>,
    length: number,
    signal?: AbortSignal,
  ): Promise<Upload> {
    const operation = `append to an upload at ${upload.offset}`;
    const headers = {
      'content-type': 'application/octet-stream',
      'content-range': `${upload.offset}-${upload.offset + length - 1}`,
      ...(await this.#authorization(upload.location, true, signal)),
    };
    const url = this.#resolve(upload.location);
    const sending = await this.#ways.http.send(
      { service: this.name, operation, method: 'PATCH', url, headers, signal },
      length,
    );
    try {
      for await (const piece of chunk) await sending.write(piece);
      const answer = await sending.end();
      if (answer.status >= 300) throw this.#refusal(answer, operation);
      const location = answer.headers.location ?? upload.location;
      return { location: this.#resolve(location).href, offset: upload.offset + length };
    } catch (error) {
      sending.abort();
      throw error;
    }
  }

  async #close(upload: Upload, digest: Digest, signal?: AbortSignal): Promise<void> {
    const operation = `finish the upload of ${digest}`;
    const path = withDigest(this.#resolve(upload.location), digest).href;
    const answer = await this.#ask({ operation, method: 'PUT', path, body: '', signal }, true);
    if (answer.status !== 201 && answer.status !== 204) throw this.#refusal(answer, operation);
  }

  async *tags(signal?: AbortSignal): AsyncGenerator<readonly string[]> {
    const operation = 'list tags';
    for (let path: string | undefined = `tags/list?n=${TAGS_PAGE}`; path !== undefined;) {
      const answer: Answer = await this.#ask({ operation, method: 'GET', path, signal });
      if (answer.status === 404) return;
      this.#expect(answer, operation, 200);
      yield listOf(answer, 'tags').filter((tag): tag is string => typeof tag === 'string');
      const next = nextPage(linkOf(answer));
      path = next === undefined ? undefined : new URL(next, answer.url).href;
    }
  }

  async referrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[] | undefined> {
    if (this.#referrers === false) return undefined;
    const operation = `list referrers of ${subject}`;
    const found: Descriptor[] = [];
    for (let path: string | undefined = `referrers/${subject}`; path !== undefined;) {
      const answer: Answer = await this.#ask({ operation, method: 'GET', path, signal });
      this.#referrers = answer.status === 200;
      // A redirect leads to a web page (GHCR), a 404 says that there is no such API: neither is followed or asked again.
      if ([301, 302, 303, 307, 404, 405].includes(answer.status)) return undefined;
      this.#expect(answer, operation, 200);
      const list = parseManifest(answer.body.toString('utf8'), 'application/vnd.oci.image.index.v1+json');
      if (!list.ok) throw this.#error(operation, 'corrupt', list.fault);
      found.push(...list.value.children);
      const next = nextPage(linkOf(answer));
      path = next === undefined ? undefined : new URL(next, answer.url).href;
    }
    return found;
  }

  async ensure(signal?: AbortSignal): Promise<void> {
    await this.#ways.ensure?.(signal);
  }

  #ask(asked: Asked, push = false): Promise<Answer> {
    return this.#letIn(asked, push, (call) => this.#ways.http.ask(call));
  }

  #open(asked: Asked): Promise<Flow> {
    return this.#letIn(asked, false, (call) => this.#ways.http.open(call));
  }

  /** A token may run out in the middle of a copy: whoever is turned away once gets a new one and asks again. */
  async #letIn<A extends Answer>(asked: Asked, push: boolean, speak: (call: Call) => Promise<A>): Promise<A> {
    const call = async (): Promise<Call> => ({
      ...asked,
      service: this.name,
      url: this.#resolve(asked.path),
      headers: { ...asked.headers, ...(await this.#authorization(asked.path, push, asked.signal)) },
      signal: asked.signal,
    });
    const answer = await speak(await call());
    if (!isTurnedAway(answer)) return answer;
    const challenge = answer.headers['www-authenticate'];
    if (challenge === undefined && answer.status === 401) return answer;
    this.#challenge = challenge ?? this.#challenge;
    this.#ways.credentials.renewed();
    return speak(await call());
  }

  /** Only for the registry itself: an upload's place, or a next page, may be anybody's. */
  async #authorization(path: string, push: boolean, signal?: AbortSignal): Promise<Record<string, string>> {
    if (this.#resolve(path).host !== this.#base.host) return {};
    const authorization = await this.#ways.credentials.header(this.#challenge, push, signal);
    return authorization === undefined ? {} : { authorization };
  }

  #resolve(path: string): URL {
    const url = new URL(path, this.#base);
    if (!mayBeAsked(url))
      throw this.#error('follow an address', 'refused', `${url.protocol}//${url.host} is not spoken to`);
    return url;
  }

  #expect(answer: Answer, operation: string, status: number): void {
    if (answer.status !== status) throw this.#refusal(answer, operation);
  }

  #refusal(answer: Answer, operation: string): OutsideError {
    return refusal({ service: this.name, operation }, answer);
  }

  #error(operation: string, trouble: OutsideError['trouble'], detail: string): OutsideError {
    return new OutsideError({ service: this.name, operation, trouble, detail });
  }
}

/** 401, or ECR's 403 for a token whose twelve hours are over. */
const isTurnedAway = ({ status, body, moved }: Answer): boolean =>
  !moved && (status === 401 || (status === 403 && /token has expired/i.test(body.toString('utf8'))));

const isPassing = (error: unknown): boolean =>
  error instanceof OutsideError && ['broken', 'timeout', 'throttled'].includes(error.trouble);

/** Immutable tags: ECR says so also when nothing would change. */
const isConflict = ({ status, body }: Answer): boolean =>
  (status === 400 || status === 409 || status === 412) &&
  /TAG_INVALID|immutable|already exists/i.test(body.toString('utf8'));

function withDigest(url: URL, digest: Digest): URL {
  const named = new URL(url);
  named.search = `${named.search === '' ? '?' : `${named.search}&`}digest=${encodeURIComponent(digest)}`;
  return named;
}

const typeOf = ({ headers }: Answer): string | undefined => headers['content-type']?.split(';')[0]?.trim();

const linkOf = ({ headers }: Answer): string | undefined =>
  Array.isArray(headers.link) ? headers.link.join(', ') : headers.link;

/** Whatever the content type says: ECR sends JSON as text. */
function listOf({ body }: Answer, field: string): readonly unknown[] {
  const json = JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>> | null;
  const list = json?.[field];
  return Array.isArray(list) ? list : [];
}

function storedOf(
  ref: string,
  answer: Answer,
): ReturnType<typeof parsed<StoredManifest>> | { ok: false; fault: string } {
  const bytes = answer.body;
  const said = String(answer.headers['docker-content-digest'] ?? '');
  const expected = isDigest(ref) ? ref : isDigest(said) ? said : undefined;
  const digest = hashed(bytes, expected);
  if (expected !== undefined && digest !== expected)
    return { ok: false, fault: `the bytes are ${digest}, not ${expected}` };
  const manifest = parseManifest(bytes.toString('utf8'), typeOf(answer));
  if (!manifest.ok) return manifest;
  return parsed({ digest, mediaType: manifest.value.mediaType, size: bytes.length, bytes, manifest: manifest.value });
}

function hashed(bytes: Uint8Array, like: Digest | undefined): Digest {
  const algorithm = like ? algorithmOf(like) : 'sha256';
  const name = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  return like !== undefined && hexOf(like) === name.slice(algorithm.length + 1) ? like : (name as Digest);
}
