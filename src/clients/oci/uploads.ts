import type { Digest } from '../../core/digest.ts';
import type { Descriptor } from '../../core/manifest.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { BlobWriter, Upload, Uploads } from '../../ports.ts';
import type { Answer, Sending } from '../http/call.ts';
import { lacking } from './blobs.ts';
import { addressed, ask, failure, refused, send, type Desk, type Errand } from './desk.ts';

type Signal = AbortSignal | undefined;

const OCTETS = { 'content-type': 'application/octet-stream' };
/** Up to this a blob is kept until it is stored, so that it can be sent again: configs, attestations and signatures. */
const SMALL_BYTES = 128 * 1_024;

/** POST, and one PUT with everything in it: what every registry takes, in the fewest requests. */
export async function write(desk: Desk, blob: Descriptor, signal: Signal): Promise<BlobWriter> {
  const operation = `write blob ${blob.digest}`;
  signal?.throwIfAborted();
  if (blob.size <= SMALL_BYTES) return smallWriter(desk, operation, blob, signal);
  const errand = putAt(await begin(desk, operation, signal), operation, blob.digest, signal);
  return streamWriter(desk, operation, blob, await send(desk, errand, blob.size), signal);
}

async function begin(desk: Desk, operation: string, signal: Signal): Promise<URL> {
  const errand = { operation, method: 'POST', at: 'blobs/uploads/', push: true, body: '', signal } as const;
  const answer = await ask(desk, errand);
  const { location } = answer.headers;
  if (answer.status !== 202) throw refused(desk, operation, answer);
  if (location === undefined) throw failure(desk, operation, 'broken', 'the registry names no place for the upload');
  return addressed(desk, operation, location, answer.url);
}

function putAt(location: URL, operation: string, digest: Digest, signal: Signal): Errand {
  const at = new URL(location);
  // Appended as text: what the registry put into the query must come back as it was.
  at.search = `${at.search === '' ? '?' : `${at.search}&`}digest=${encodeURIComponent(digest)}`;
  return { operation, method: 'PUT', at, push: true, headers: OCTETS, signal };
}

/** 202 is "not yet", and nothing that comes later would tell us. */
function conclude(desk: Desk, operation: string, answer: Answer): void {
  if (answer.status !== 201 && answer.status !== 204) throw refused(desk, operation, answer);
}

const miscounted = (desk: Desk, operation: string, given: number, size: number): OutsideError =>
  failure(desk, operation, 'corrupt', `given ${given} bytes of ${size}`);

/** Keeps the last chunk back: with it a registry has all that it was promised, and stores it without being told to. */
function streamWriter(desk: Desk, operation: string, blob: Descriptor, sending: Sending, signal: Signal): BlobWriter {
  let given = 0;
  let last: Uint8Array = Buffer.alloc(0);
  return {
    abort: () => sending.abort(),
    write(chunk) {
      given += chunk.length;
      if (given < blob.size) return sending.write(chunk);
      if (given === blob.size && chunk.length > 0) last = chunk;
      return Promise.resolve();
    },
    async finish() {
      if (given !== blob.size) {
        sending.abort();
        signal?.throwIfAborted();
        throw miscounted(desk, operation, given, blob.size);
      }
      void sending.write(last);
      const answer = await sending.end().catch(async (error: unknown) => {
        // All was sent and the answer was lost on its way: whether the blob is there is the answer.
        if (isLost(error) && !(await lacking(desk, [blob], signal)).has(blob.digest)) return undefined;
        throw error;
      });
      if (answer) conclude(desk, operation, answer);
    },
  };
}

const isLost = (error: unknown): boolean =>
  error instanceof OutsideError && error.trouble === 'broken' && error.status === undefined;

function smallWriter(desk: Desk, operation: string, blob: Descriptor, signal: Signal): BlobWriter {
  const pieces: Uint8Array[] = [];
  let given = 0;
  const put = async (body: Uint8Array): Promise<Answer> =>
    ask(desk, { ...putAt(await begin(desk, operation, signal), operation, blob.digest, signal), body });
  return {
    abort: () => void pieces.splice(0),
    async write(chunk) {
      given += chunk.length;
      if (given <= blob.size) pieces.push(chunk);
    },
    async finish() {
      signal?.throwIfAborted();
      if (given !== blob.size) throw miscounted(desk, operation, given, blob.size);
      const body = Buffer.concat(pieces);
      const answer = await put(body);
      // A PUT that was sent again because its first answer was lost finds its session closed.
      conclude(desk, operation, answer.status === 404 ? await put(body) : answer);
    },
  };
}

/**
 * An upload in several sittings: each is one PATCH at the place that we counted ourselves, whatever the answer's Range
 * says. A least length that a registry names for its chunks (OCI-Chunk-Min-Length, ECR's 5 MiB) is never reached from
 * below: a chunk is what a sitting moves, gigabytes of it, and only the last may be shorter, which every registry takes.
 */
export const uploads = (desk: Desk): Uploads => ({
  begin: async (signal) => ({ location: (await begin(desk, 'begin an upload', signal)).href, offset: 0 }),
  append: (upload, chunk, length, signal) => append(desk, upload, chunk, length, signal),
  async finish({ location }, digest, signal) {
    const operation = `finish the upload of ${digest}`;
    const errand = putAt(addressed(desk, operation, location), operation, digest, signal);
    conclude(desk, operation, await ask(desk, { ...errand, body: '' }));
  },
});

async function append(
  desk: Desk,
  { location, offset }: Upload,
  chunk: AsyncIterable<Uint8Array>,
  length: number,
  signal: Signal,
): Promise<Upload> {
  const operation = `append to an upload at ${offset}`;
  const at = addressed(desk, operation, location);
  // Without a unit, unlike HTTP's own: so the distribution specification has it.
  const headers = { ...OCTETS, 'content-range': `${offset}-${offset + length - 1}` };
  const sending = await send(desk, { operation, method: 'PATCH', at, push: true, headers, signal }, length);
  const answer = await pour(desk, operation, chunk, length, sending);
  if (![201, 202, 204].includes(answer.status)) throw refused(desk, operation, answer);
  const next = answer.headers.location;
  return {
    location: next === undefined ? location : addressed(desk, operation, next, at).href,
    offset: offset + length,
  };
}

async function pour(
  desk: Desk,
  operation: string,
  chunk: AsyncIterable<Uint8Array>,
  length: number,
  sending: Sending,
): Promise<Answer> {
  let given = 0;
  let done = false;
  try {
    for await (const piece of chunk) {
      given += piece.length;
      if (given > length) break;
      await sending.write(piece);
    }
    if (given !== length) throw miscounted(desk, operation, given, length);
    const answer = await sending.end();
    done = true;
    return answer;
  } finally {
    if (!done) sending.abort();
  }
}
