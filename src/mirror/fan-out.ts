import { createHash } from 'node:crypto';
import { algorithmOf, hexOf } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Budget, Share } from './budget.ts';
import { Lane, Piece, type Landing, type Open } from './lane.ts';
import { Delay, type Laggards } from './laggards.ts';

export interface FanOut {
  readonly blob: Descriptor;
  readonly origin: AsyncIterable<Uint8Array>;
  /** By region. All are opened at once, and the read does not wait for them. */
  readonly open: ReadonlyMap<string, Open>;
  readonly budget: Budget;
  readonly listener: Listener;
  /** Who may be let go for keeping the others waiting. Absent: nobody. */
  readonly judge?: Judge;
}

export interface Listener {
  /** Bytes that came from the origin. */
  read(bytes: number): void;
  /** Bytes that a region has taken off our hands. */
  wrote(region: string, bytes: number): void;
}

export interface Judge {
  readonly laggards: Laggards;
  /** The least that a region may cost the others, in milliseconds. */
  readonly patienceMs: number;
  /** Whether another blob waits for this one to be off our hands. */
  readonly isAwaited: () => boolean;
}

/**
 * Reads a blob once and writes it to every region that lacks it, hashing what flows by.
 *
 * The read is as far ahead of the slowest region as the budget allows. A region that alone keeps the others waiting is
 * let go, and is somebody else's to fill. The last chunk is held back until the hash is known, so wrong bytes never
 * become a whole upload anywhere. Resolves when all bytes have left this process; each region's own answer may be
 * still to come. Throws only for the origin's sake; each region's fate is its own.
 */
export async function fanOut(job: FanOut): Promise<Map<string, Promise<Landing>>> {
  const share = job.budget.open();
  job.judge?.laggards.begin();
  const read = new SharedRead(job, share);
  try {
    await read.pour();
    await read.drained();
  } catch (error) {
    read.drop(error);
    throw error;
  } finally {
    read.settleUp();
    job.judge?.laggards.end();
    job.budget.close(share);
  }
  return read.landings;
}

/** How often a standstill is looked at again while nothing moves at all. */
const LOOK_MS = 20;

class SharedRead {
  readonly #job: FanOut;
  readonly #share: Share;
  readonly #lanes: readonly Lane[];
  readonly #delays: ReadonlyMap<Lane, Delay>;
  readonly #began = performance.now();
  #size = 0;
  #wake: (() => void) | undefined;

  constructor(job: FanOut, share: Share) {
    this.#job = job;
    this.#share = share;
    this.#lanes = [...job.open].map(
      ([region, open]) =>
        new Lane(region, open, (bytes) => {
          if (bytes > 0) job.listener.wrote(region, bytes);
          this.#wake?.();
        }),
    );
    this.#delays = new Map(this.#lanes.map((lane) => [lane, new Delay()]));
  }

  get landings(): Map<string, Promise<Landing>> {
    return new Map(this.#lanes.map(({ region, landing }) => [region, landing]));
  }

  drop(why: unknown): void {
    for (const lane of this.#lanes) lane.drop(why);
  }

  async pour(): Promise<void> {
    const { blob, origin, listener, judge } = this.#job;
    const hash = createHash(algorithmOf(blob.digest));
    let held: Uint8Array | undefined;
    for await (const chunk of origin) {
      listener.read(chunk.length);
      judge?.laggards.read(chunk.length);
      hash.update(chunk);
      this.#size += chunk.length;
      this.#share.take(chunk.length);
      if (held) this.#push(held);
      held = chunk;
      if (this.#size > blob.size) break;
      if (!this.#share.hasRoom) await this.#standStill(() => this.#share.hasRoom);
      if (!this.#lanes.some((lane) => lane.isOpen)) return;
    }
    if (this.#size !== blob.size || hash.digest('hex') !== hexOf(blob.digest)) throw corrupt(blob, this.#size);
    if (held) this.#push(held);
    for (const lane of this.#lanes) lane.end();
  }

  /** Everything has been handed over to those who still take part. */
  async drained(): Promise<void> {
    await this.#standStill(() => this.#lanes.every((lane) => lane.backlog === 0 || !lane.isOpen), true);
  }

  #push(chunk: Uint8Array): void {
    const piece = new Piece(chunk, this.#lanes.length, (bytes) => this.#share.give(bytes));
    for (const lane of this.#lanes) lane.push(piece);
  }

  async #standStill(isOver: () => boolean, isTail = false): Promise<void> {
    while (!isOver()) {
      this.#judge(isTail);
      if (!isOver()) await this.#move();
    }
    for (const [lane, delay] of this.#delays) delay.look(false, lane.taken, this.#pace);
  }

  get #pace(): number {
    return this.#size / Math.max(performance.now() - this.#began, 1);
  }

  #judge(isTail: boolean): void {
    const { judge } = this.#job;
    if (!judge) return;
    const inTheWay = isTail && !judge.isAwaited() ? [] : this.#inTheWay();
    for (const [lane, delay] of this.#delays) {
      delay.look(inTheWay.includes(lane), lane.taken, this.#pace);
      if (inTheWay.includes(lane) && judge.laggards.isTooMuch(lane.region, delay.lostMs, judge.patienceMs))
        lane.drop(new Error('fell behind the other regions'), true);
    }
  }

  /** Who holds what all the others have taken. Nobody, while all have something left to take. */
  #inTheWay(): Lane[] {
    const open = this.#lanes.filter((lane) => lane.isOpen);
    return open.some((lane) => lane.backlog === 0) ? open.filter((lane) => lane.backlog > 0) : [];
  }

  /** What each region cost this read. */
  settleUp(): void {
    for (const [{ region }, { lostMs }] of this.#delays) this.#job.judge?.laggards.charge(region, lostMs);
  }

  /** Until some region has taken something or takes no more part, or until it is time to look again. */
  async #move(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = this.#job.judge && setTimeout(resolve, LOOK_MS);
    await promise;
    clearTimeout(timer);
    this.#wake = undefined;
  }
}

const corrupt = (blob: Descriptor, size: number): OutsideError =>
  new OutsideError({
    service: 'origin',
    operation: `read blob ${blob.digest}`,
    trouble: 'corrupt',
    detail: `${size} bytes came of ${blob.size}, or they are not what the digest says`,
  });
