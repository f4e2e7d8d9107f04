import type { Digest } from '../../core/digest.ts';
import { parseContentRange } from '../../core/headers.ts';
import type { Descriptor } from '../../core/manifest.ts';
import type { Range } from '../../ports.ts';
import type { Flow } from '../http/call.ts';
import { jittered, pause } from '../http/limits.ts';
import { ask, failure, open, refused, type Desk, type Errand } from './desk.ts';

type Signal = AbortSignal | undefined;

const HEADS_AT_ONCE = 8;
/** A resume that gained less than this counts as one more failure, or a crumb at a time would keep us for ever. */
const PROGRESS_BYTES = 64 * 1_024;

/** Of these, the ones that HEAD does not find. */
export async function lacking(desk: Desk, blobs: readonly Descriptor[], signal: Signal): Promise<ReadonlySet<Digest>> {
  const missing = new Set<Digest>();
  const queue = new Set(blobs.map(({ digest }) => digest)).values();
  const lane = async (): Promise<void> => {
    for (const digest of queue) if (!(await has(desk, digest, signal))) missing.add(digest);
  };
  await Promise.all(Array.from({ length: Math.min(HEADS_AT_ONCE, blobs.length) }, lane));
  return missing;
}

/** A redirect means that the registry has it: where it keeps it is not our business, and may refuse a HEAD. */
async function has(desk: Desk, digest: Digest, signal: Signal): Promise<boolean> {
  const operation = `look for blob ${digest}`;
  const answer = await ask(desk, { operation, method: 'HEAD', at: `blobs/${digest}`, signal });
  if (answer.status !== 404 && answer.status >= 400) throw refused(desk, operation, answer);
  return answer.status !== 404;
}

/** What is read, and how far it has come. */
interface Reading {
  readonly blob: Descriptor;
  readonly operation: string;
  /** Exclusive. */
  readonly until: number;
  readonly signal: Signal;
  at: number;
}

/** A blob's bytes, through as many connections as it takes. */
export async function* read(
  desk: Desk,
  blob: Descriptor,
  range: Range = {},
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { tries, backoffMs } = desk.http.settings;
  const until = Math.min(range.until ?? blob.size, blob.size);
  const reading: Reading = { blob, operation: `read blob ${blob.digest}`, until, signal, at: range.from ?? 0 };
  for (let failures = 0; reading.at < until;) {
    const began = reading.at;
    const flow = await openAt(desk, reading);
    const pieces = cut(flow, reading);
    try {
      for (let piece = await pieces.next(); piece; piece = await pieces.next()) yield piece;
    } finally {
      flow.drop();
    }
    if (reading.at >= until) return;
    failures = reading.at - began >= PROGRESS_BYTES ? 1 : failures + 1;
    signal?.throwIfAborted();
    if (failures >= tries) throw pieces.why() ?? ended(desk, reading);
    await pause(jittered(backoffMs * 2 ** (failures - 1)), signal);
  }
}

const ended = (desk: Desk, { operation, at, until }: Reading): Error =>
  failure(desk, operation, 'broken', `ended after ${at} of ${until} bytes`);

/** Begins at the registry each time: what it redirects to is signed for minutes, and a layer may take longer. */
async function openAt(desk: Desk, reading: Reading): Promise<Flow> {
  const { tries, backoffMs } = desk.http.settings;
  const { operation, signal } = reading;
  for (let attempt = 1; ; attempt += 1) {
    const flow = await open(desk, errandFor(reading));
    if (flow.status === 200 || flow.status === 206) return fitting(desk, reading, flow);
    flow.drop();
    // The registry let us in, and what it signed did not hold: it signs another.
    if (!flow.moved || attempt >= tries) throw refused(desk, operation, flow);
    await pause(jittered(backoffMs * 2 ** (attempt - 1)), signal);
  }
}

function errandFor({ operation, blob, at, until, signal }: Reading): Errand {
  const range = at > 0 || until < blob.size ? { range: `bytes=${at}-${until - 1}` } : {};
  const headers = { 'accept-encoding': 'identity', ...range };
  return { operation, method: 'GET', at: `blobs/${blob.digest}`, headers, follow: true, signal };
}

/** Refuses at its first byte what cannot be the blob, instead of at its last. */
function fitting(desk: Desk, { operation, blob, at }: Reading, flow: Flow): Flow {
  const { 'content-range': range, 'content-length': length } = flow.headers;
  const part = flow.status === 206 ? parseContentRange(range) : undefined;
  const size = flow.status === 206 ? part?.size : length === undefined ? undefined : Number(length);
  if (flow.status === 206 && part?.first !== at) {
    flow.drop();
    throw failure(desk, operation, 'corrupt', `asked from byte ${at} on, what came is ${range ?? 'some part'}`);
  }
  if (size !== undefined && size !== blob.size) {
    flow.drop();
    throw failure(desk, operation, 'corrupt', `it is ${size} bytes long, not ${blob.size}`);
  }
  return flow;
}

interface Pieces {
  /** `undefined` where there are no more, for whatever reason. */
  next(): Promise<Buffer | undefined>;
  /** The reason, where it was not simply the end. */
  why(): unknown;
}

/** The wanted part of what comes: a server that ignores Range sends what we have already, and more than we want. */
function cut({ status, bytes }: Flow, reading: Reading): Pieces {
  const source = bytes?.[Symbol.asyncIterator]();
  let place = status === 206 ? reading.at : 0;
  let why: unknown;
  return {
    why: () => why,
    async next() {
      for (;;) {
        const came = await source?.next().catch((error: unknown) => void (why = error));
        if (!came || came.done) return undefined;
        const piece = came.value.subarray(Math.max(0, reading.at - place), Math.max(0, reading.until - place));
        place += came.value.length;
        reading.at += piece.length;
        if (piece.length > 0) return piece;
        if (reading.at >= reading.until) return undefined;
      }
    },
  };
}
