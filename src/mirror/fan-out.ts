import { createHash } from 'node:crypto';
import { algorithmOf, hexOf } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { BlobWriter } from '../ports.ts';

/** What a region may lag behind the shared read before the read waits for it, in bytes. */
export const QUEUE_BYTES = 1_048_576;

/** How long, in milliseconds, and for what share of the time others may be kept waiting by one region alone. */
const PATIENCE_MS = 400;
const PATIENCE_SHARE = 0.08;
/** Only a region this much slower than the fastest is let go: a hiccup that hits one before the other is nobody's fault. */
const SLOW_SHARE = 0.5;

/** What became of one region's part in a shared read. */
export type Landing =
  | { readonly landed: true }
  | { readonly landed: false; readonly slow: boolean; readonly why: unknown };

export interface Listener {
  /** Bytes that came from the origin. */
  read(bytes: number): void;
  /** Bytes that a region has taken off our hands. */
  wrote(region: string, bytes: number): void;
}

/**
 * Reads a blob once and writes it to every region that lacks it, hashing what flows by.
 *
 * The read goes at the pace of the slowest region within `QUEUE_BYTES`; a region that alone keeps the others
 * waiting is let go, and is somebody else's to fill. The last chunk is held back until the hash is known, so wrong
 * bytes never become a whole upload anywhere. Throws only for the origin's sake; each region's fate is its own.
 */
export async function fanOut(
  blob: Descriptor,
  origin: AsyncIterable<Uint8Array>,
  writers: ReadonlyMap<string, BlobWriter>,
  listener: Listener,
): Promise<Map<string, Promise<Landing>>> {
  const lanes = new Map([...writers].map(([region, writer]) => [region, new Lane(region, writer, listener)]));
  try {
    await pour(blob, origin, [...lanes.values()], listener);
  } catch (error) {
    for (const lane of lanes.values()) lane.drop(error);
    throw error;
  }
  return new Map([...lanes].map(([region, lane]) => [region, lane.finish()]));
}

async function pour(
  blob: Descriptor,
  origin: AsyncIterable<Uint8Array>,
  lanes: readonly Lane[],
  listener: Listener,
): Promise<void> {
  const hash = createHash(algorithmOf(blob.digest));
  const patience = new Patience(lanes);
  let size = 0;
  let held: Uint8Array | undefined;
  for await (const chunk of origin) {
    listener.read(chunk.length);
    hash.update(chunk);
    size += chunk.length;
    if (held) for (const lane of lanes) lane.push(held);
    held = chunk;
    if (lanes.some((lane) => lane.isFull)) await patience.room();
    if (!lanes.some((lane) => lane.isOpen)) return;
  }
  if (size !== blob.size || hash.digest('hex') !== hexOf(blob.digest)) throw corrupt(blob, size);
  if (held) for (const lane of lanes) lane.push(held);
}

const corrupt = (blob: Descriptor, size: number): OutsideError =>
  new OutsideError({
    service: 'origin',
    operation: `read blob ${blob.digest}`,
    trouble: 'corrupt',
    detail: `${size} bytes came of ${blob.size}, or they are not what the digest says`,
  });

/** One region's queue: chunks that were read and not yet taken. Chunks are shared between lanes, never copied. */
class Lane {
  readonly region: string;
  /** How long the others have been kept waiting by this one alone, in milliseconds. */
  blamed = 0;
  #writer: BlobWriter;
  #listener: Listener;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #pumping: Promise<void> = Promise.resolve();
  #isPumping = false;
  #fate: { slow: boolean; why: unknown } | undefined;
  #taken = 0;
  #busyMs = 0;
  #busySince = 0;
  #moved: (() => void) | undefined;

  constructor(region: string, writer: BlobWriter, listener: Listener) {
    this.region = region;
    this.#writer = writer;
    this.#listener = listener;
  }

  get isOpen(): boolean {
    return this.#fate === undefined;
  }

  get isFull(): boolean {
    return this.isOpen && this.#queued > QUEUE_BYTES;
  }

  get isIdle(): boolean {
    return this.isOpen && this.#queued === 0;
  }

  /** Bytes per millisecond that this region takes while it has something to take. */
  get pace(): number {
    const busy = this.#busyMs + (this.#isPumping ? performance.now() - this.#busySince : 0);
    return this.#taken / Math.max(busy, 1);
  }

  push(chunk: Uint8Array): void {
    if (!this.isOpen) return;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    if (!this.#isPumping) this.#pumping = this.#pump();
  }

  /** Resolves when this lane has taken something, or has been let go. */
  moved(): Promise<void> {
    return new Promise((resolve) => {
      this.#moved = resolve;
    });
  }

  drop(why: unknown, slow = false): void {
    if (!this.isOpen) return;
    this.#fate = { slow, why };
    this.#queue = [];
    this.#queued = 0;
    this.#writer.abort();
    this.#moved?.();
  }

  async finish(): Promise<Landing> {
    await this.#pumping;
    try {
      if (this.isOpen) await this.#writer.finish();
    } catch (error) {
      this.drop(error);
    }
    return this.#fate ? { landed: false, ...this.#fate } : { landed: true };
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    this.#busySince = performance.now();
    try {
      for (let chunk = this.#queue.shift(); chunk; chunk = this.#queue.shift()) {
        const room = this.#writer.write(chunk);
        if (room) await room;
        if (!this.isOpen) break;
        this.#queued -= chunk.length;
        this.#taken += chunk.length;
        this.#listener.wrote(this.region, chunk.length);
        this.#moved?.();
      }
    } catch (error) {
      this.drop(error);
    } finally {
      this.#isPumping = false;
      this.#busyMs += performance.now() - this.#busySince;
    }
  }
}

/**
 * Waits for room, and remembers who made the others wait.
 *
 * A lane is blamed only while another stands idle: when all are busy the pace is simply what it is, and nobody is
 * let go for it.
 */
class Patience {
  readonly #lanes: readonly Lane[];
  readonly #began = performance.now();

  constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  async room(): Promise<void> {
    let full = this.#lanes.filter((lane) => lane.isFull);
    while (full.length > 0) {
      const since = performance.now();
      const idle = this.#lanes.some((lane) => lane.isIdle);
      await Promise.race([...this.#lanes.filter((lane) => lane.isOpen).map((lane) => lane.moved()), tick()]);
      if (idle) this.#blame(full, performance.now() - since);
      full = this.#lanes.filter((lane) => lane.isFull);
    }
  }

  #blame(full: readonly Lane[], waited: number): void {
    const limit = Math.max(PATIENCE_MS, PATIENCE_SHARE * (performance.now() - this.#began));
    const fastest = Math.max(...this.#lanes.filter((lane) => lane.isOpen).map((lane) => lane.pace));
    for (const lane of full) {
      lane.blamed += waited;
      if (lane.blamed > limit && lane.pace < SLOW_SHARE * fastest)
        lane.drop(new Error('fell behind the other regions'), true);
    }
  }
}

/** A pause short enough that a stuck region is noticed, though nothing moves. */
function tick(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 25);
  });
}
