import { createHash } from 'node:crypto';
import { algorithmOf, hexOf } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Budget, Share } from './budget.ts';
import type { Holdups, SharedFlow } from './holdups.ts';
import { Lane, Piece, type Landing, type Open } from './lane.ts';

export interface FanOut {
  readonly blob: Descriptor;
  readonly origin: AsyncIterable<Uint8Array>;
  /** By region. All are opened at once, and the read does not wait for them. */
  readonly open: ReadonlyMap<string, Open>;
  readonly budget: Budget;
  readonly listener: Listener;
  /** Small blobs are sent once all of it is there, so they are in memory until they are stored. */
  readonly untilStored?: boolean;
  /** By whom a region may be let go for holding the others up. Absent: none is. */
  readonly holdups?: Holdups;
  /** Whether another blob waits for this one to be off our hands. Absent: none does. */
  readonly isAwaited?: () => boolean;
}

export interface Listener {
  /** Bytes that came from the origin. */
  read(bytes: number): void;
  /** Bytes that a region has taken off our hands. */
  wrote(region: string, bytes: number): void;
}

/**
 * Reads a blob once and writes it to every region that lacks it, hashing what flows by.
 *
 * The read is as far ahead of the slowest region as the budget allows. A region that holds the others up for too long
 * is let go, and is somebody else's to fill. The last chunk is held back until the hash is known, so wrong bytes never
 * become a whole upload anywhere. Resolves when all bytes have left this process; each region's own answer may be
 * still to come. Throws only for the origin's sake; each region's fate is its own.
 */
export async function fanOut(job: FanOut): Promise<Map<string, Promise<Landing>>> {
  const share = job.budget.open();
  const read = new SharedRead(job, share);
  job.holdups?.begin(read);
  try {
    await read.pour();
    await read.drained();
  } catch (error) {
    read.drop(error);
    throw error;
  } finally {
    job.holdups?.end(read);
    job.budget.close(share);
  }
  return read.landings;
}

/** How often a standstill is looked at again while nothing moves at all. */
const LOOK_MS = 25;
/** How long the rest of a small blob may keep the next one waiting. Small ones are bound by round trips, not by pace. */
const SMALL_TAIL_MS = 1_000;
/** What one read takes in before the others have their turn. Without, node goes on while more is there, 8 MiB at a time. */
const TURN_BYTES = 1_024 * 1_024;

class SharedRead implements SharedFlow {
  readonly #job: FanOut;
  readonly #share: Share;
  readonly lanes: readonly Lane[];
  #size = 0;
  #isStanding = false;
  #wake: (() => void) | undefined;

  constructor(job: FanOut, share: Share) {
    this.#job = job;
    this.#share = share;
    this.lanes = [...job.open].map(
      ([region, open]) =>
        new Lane(region, open, (bytes) => {
          if (bytes > 0) job.listener.wrote(region, bytes);
          job.holdups?.look();
          this.#wake?.();
        }),
    );
  }

  get waitsFor(): readonly Lane[] {
    return this.#isStanding ? this.#late() : [];
  }

  get landings(): Map<string, Promise<Landing>> {
    return new Map(this.lanes.map(({ region, landing }) => [region, landing]));
  }

  drop(why: unknown): void {
    for (const lane of this.lanes) lane.drop(why);
  }

  async pour(): Promise<void> {
    const { blob, origin, listener } = this.#job;
    const hash = createHash(algorithmOf(blob.digest));
    let held: Uint8Array | undefined;
    for await (const chunk of origin) {
      listener.read(chunk.length);
      hash.update(chunk);
      this.#size += chunk.length;
      this.#share.take(chunk.length);
      if (held) this.#push(held);
      held = chunk;
      if (this.#size > blob.size) break;
      if (!this.#share.hasRoom) await this.#stand(() => this.#share.hasRoom);
      if (!this.lanes.some((lane) => lane.isOpen)) return;
      if (this.#size % TURN_BYTES < chunk.length) await turn();
    }
    if (this.#size !== blob.size || hash.digest('hex') !== hexOf(blob.digest)) throw corrupt(blob, this.#size);
    if (held) this.#push(held);
    for (const lane of this.lanes) lane.end();
  }

  /** Everything has been handed over to those who still take part. */
  async drained(): Promise<void> {
    const isDone = (): boolean => this.lanes.every((lane) => this.#isDone(lane));
    if (this.#job.untilStored) return this.#stored(isDone);
    await this.#stand(() => isDone() || !this.#job.isAwaited?.());
    this.#job.holdups?.end(this);
    while (!isDone()) await this.#move();
  }

  async #stored(isDone: () => boolean): Promise<void> {
    const began = performance.now();
    while (!isDone()) {
      if (this.#job.isAwaited?.() && performance.now() - began > SMALL_TAIL_MS) this.#letGo(this.#late());
      await this.#move();
    }
  }

  #push(chunk: Uint8Array): void {
    const piece = new Piece(chunk, this.lanes.length, (bytes) => this.#share.give(bytes));
    for (const lane of this.lanes) lane.push(piece);
  }

  /** Waits until it may go on, or until it need not wait for those who keep it. */
  async #stand(mayGoOn: () => boolean): Promise<void> {
    const { holdups } = this.#job;
    this.#isStanding = true;
    while (!mayGoOn()) {
      holdups?.look();
      this.#letGo(holdups?.tooSlow(this) ?? []);
      if (!mayGoOn()) await this.#move();
    }
    this.#isStanding = false;
    holdups?.look();
  }

  /** Who has something left to take while another has taken everything. Nobody, while all are behind. */
  #late(): Lane[] {
    const late = this.lanes.filter((lane) => lane.isOpen && !this.#isDone(lane));
    return this.lanes.some((lane) => (lane.isOpen || lane.hasLanded) && this.#isDone(lane)) ? late : [];
  }

  #isDone(lane: Lane): boolean {
    return !lane.isOpen || (lane.backlog === 0 && !this.#job.untilStored);
  }

  #letGo(lanes: readonly Lane[]): void {
    for (const lane of lanes) lane.drop(new Error('fell behind the other regions'), true);
  }

  /** Until some region has taken something or takes no more part, or until it is time to look again. */
  async #move(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, LOOK_MS);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

/** Until every connection that has something to say has been heard. */
const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

const corrupt = (blob: Descriptor, size: number): OutsideError =>
  new OutsideError({
    service: 'origin',
    operation: `read blob ${blob.digest}`,
    trouble: 'corrupt',
    detail: `${size} bytes came of ${blob.size}, or they are not what the digest says`,
  });
