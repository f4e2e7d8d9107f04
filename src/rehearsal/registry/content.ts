import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { algorithmOf, type Digest } from '../../core/digest.ts';
import { pseudoRandom } from './pseudo-random.ts';

/** Bytes that can be read from any place, as often as wanted. */
export interface Content {
  readonly size: number;
  /** `stored`: the bytes are here; `made`: by rule, nothing to go wrong; `dropped`: hashed, then let go. */
  readonly kept: 'stored' | 'made' | 'dropped';
  /** Bytes [start, end) in pieces of at most `grain()`, which is asked again before each piece. */
  read(start?: number, end?: number, grain?: () => number): AsyncIterable<Buffer>;
}

const PIECE = 256 * 1_024;
const largest = (): number => PIECE;

export const inMemory = (bytes: Buffer): Content => ({
  size: bytes.length,
  kept: 'stored',
  async *read(start = 0, end = bytes.length, grain = largest) {
    for (let at = start; at < end;) {
      const piece = bytes.subarray(at, Math.min(at + grain(), end));
      at += piece.length;
      yield piece;
    }
  },
});

export const inFile = (path: string, size: number): Content => ({
  size,
  kept: 'stored',
  async *read(start = 0, end = size, grain = largest) {
    const file = await open(path);
    try {
      for (let at = start; at < end;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(grain(), end - at)), 0, null, at);
        if (bytesRead === 0) throw new Error(`${path} ends at ${at}, not at ${size}`);
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  },
});

/** Content that is made while it is read and takes no room: for layers larger than a test's disk. */
export const synthetic = (size: number, seed: string): Content => ({
  size,
  kept: 'made',
  async *read(start = 0, end = size, grain = largest) {
    yield* pseudoRandom(seed, start, end, grain);
  },
});

/** Content that was counted and hashed on arrival and then let go. Reading it is a mistake of the reader. */
export const dropped = (size: number): Content => ({
  size,
  kept: 'dropped',
  read: () => {
    throw new Error('this content was not kept: the registry was started with discardUploads');
  },
});

/** The same content with one bit the other way round. */
export const flipped = (content: Content, atByte: number): Content => ({
  ...content,
  kept: 'stored',
  async *read(start = 0, end = content.size, grain = largest) {
    let at = start;
    for await (const piece of content.read(start, end, grain)) {
      yield flip(piece, atByte - at);
      at += piece.length;
    }
  },
});

/** The piece with its bit at `at` flipped, as a copy, or the piece itself where `at` is outside of it. */
export function flip(piece: Buffer, at: number): Buffer {
  if (at < 0 || at >= piece.length) return piece;
  const copy = Buffer.from(piece);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

export async function digestOf(content: Content, algorithm: 'sha256' | 'sha512'): Promise<Digest> {
  const hash = createHash(algorithm);
  for await (const piece of content.read()) hash.update(piece);
  return `${algorithm}:${hash.digest('hex')}` as Digest;
}

/** Whether the bytes are the ones that the digest names. Content that is not stored was judged on arrival. */
export async function isIntact(content: Content, digest: Digest): Promise<boolean> {
  return content.kept !== 'stored' || (await digestOf(content, algorithmOf(digest))) === digest;
}

export const digestOfBytes = (bytes: Buffer | string, algorithm: 'sha256' | 'sha512' = 'sha256'): Digest =>
  `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
