import { createCipheriv, createHash, type Cipheriv } from 'node:crypto';

const BLOCK = 16;
const PIECE = 256 * 1_024;
const ZEROS = Buffer.alloc(PIECE);

/**
 * Bytes [start, end) of an endless stream that only the seed decides, in pieces of at most `grain()` bytes.
 *
 * AES in counter mode: any place can be reached without making what is before it, at gigabytes a second.
 */
export function* pseudoRandom(
  seed: string,
  start: number,
  end: number,
  grain = (): number => PIECE,
): Generator<Buffer> {
  const cipher = cipherAt(seed, Math.floor(start / BLOCK));
  cipher.update(ZEROS.subarray(0, start % BLOCK));
  for (let at = start; at < end;) {
    const length = Math.min(grain(), PIECE, end - at);
    yield cipher.update(ZEROS.subarray(0, length));
    at += length;
  }
}

/** The first `size` bytes of the stream, at once. */
export const pseudoRandomBytes = (seed: string, size: number): Buffer =>
  Buffer.concat([...pseudoRandom(seed, 0, size)]);

function cipherAt(seed: string, block: number): Cipheriv {
  const key = createHash('sha256').update(seed).digest().subarray(0, BLOCK);
  const counter = Buffer.alloc(BLOCK);
  counter.writeBigUInt64BE(BigInt(block), BLOCK - 8);
  return createCipheriv('aes-128-ctr', key, counter);
}
