import { createHash } from 'node:crypto';
import { algorithmOf, hexOf } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Budget, Share } from './budget.ts';
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
  /** Decides that a region may be let go for keeping the others waiting. Absent: none is. */
  readonly judge?: Judge;
}

export interface Listener {
  /** Bytes that came from the origin. */
  read(bytes: number): void;
  /** Bytes that a region has taken off our hands. */
  wrote(region: string, bytes: number): void;
}

export interface Judge {
  /** Whether a region has been let go before. */
  isSlow(region: string): boolean;
  /** Whether another blob waits for this one to be off our hands. */
  isAwaited(): boolean;
  /** How long a region must have been late before a probe is believed: where all are fast, megabytes are milliseconds. */
  readonly patienceMs: number;
}

/**
 * Reads a blob once and writes it to every region that lacks it, hashing what flows by.
 *
 * The read is as far ahead of the slowest region as the budget allows. A region that alone keeps the others waiting, and
 * has taken less than it is behind, is let go, and is somebody else's to fill. The last chunk is held back until the hash is known, so wrong bytes never
 * become a whole upload anywhere. Resolves when all bytes have left this process; each region's own answer may be
 * still to come. Throws only for the origin's sake; each region's fate is its own.
 */
export async function fanOut(job: FanOut): Promise<Map<string, Promise<Landing>>> {
  const share = job.budget.open();
  const read = new SharedRead(job, share);
  try {
    await read.pour();
    await read.drained();
  } catch (error) {
    read.drop(error);
    throw error;
  } finally {
    job.budget.close(share);
  }
  return read.landings;
}

/** How often a standstill is looked at again while nothing moves at all. */
const LOOK_MS = 100;
/** A region that is slow for so long is let go without a probe, and one that takes nothing, however well it did before. */
const LATE_MS = 2_000;
/** How long the rest of one blob may keep the next one waiting. Small ones are bound by round trips, not by pace. */
const TAIL_MS = 1_500;
const SMALL_TAIL_MS = 1_000;

class SharedRead {
  readonly #job: FanOut;
  readonly #share: Share;
  readonly #lanes: readonly Lane[];
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
  }

  get landings(): Map<string, Promise<Landing>> {
    return new Map(this.#lanes.map(({ region, landing }) => [region, landing]));
  }

  drop(why: unknown): void {
    for (const lane of this.#lanes) lane.drop(why);
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
      if (!this.#share.hasRoom) await this.#room();
      else if (this.#share.isLow) this.#share.probe(false);
      if (!this.#lanes.some((lane) => lane.isOpen)) return;
    }
    if (this.#size !== blob.size || hash.digest('hex') !== hexOf(blob.digest)) throw corrupt(blob, this.#size);
    if (held) this.#push(held);
    for (const lane of this.#lanes) lane.end();
  }

  /** Everything has been handed over to those who still take part. */
  async drained(): Promise<void> {
    const began = performance.now();
    const patience = this.#job.untilStored ? SMALL_TAIL_MS : TAIL_MS;
    while (!this.#lanes.every((lane) => this.#isDone(lane))) {
      const late = this.#job.judge?.isAwaited() ? this.#late() : [];
      if (performance.now() - began > patience)
        this.#letGo(late.filter((lane) => lane.isSlow || this.#job.untilStored));
      await this.#move();
    }
  }

  #push(chunk: Uint8Array): void {
    const piece = new Piece(chunk, this.#lanes.length, (bytes) => this.#share.give(bytes));
    for (const lane of this.#lanes) lane.push(piece);
  }

  /**
   * Waits until another chunk may be read.
   *
   * Sockets on the way hide how much a region has really taken, so the one who seems late is given more room, and the
   * others with it, before it is judged: if they make use of that and it does not, it is slow.
   */
  async #room(): Promise<void> {
    const { judge } = this.#job;
    while (!this.#share.hasRoom) {
      const late = judge ? this.#late() : [];
      this.#letGo(late.filter((lane) => (lane.isSlow && judge?.isSlow(lane.region)) || lane.isOverdue(LATE_MS)));
      if (this.#share.probe(late.length > 0) && !this.#share.hasRoom && judge)
        this.#letGo(late.filter((lane) => lane.isSlowFor(judge.patienceMs)));
      if (!this.#share.hasRoom) await this.#move();
    }
  }

  /** Who has something left to take while another has taken everything. Nobody, while all are behind. */
  #late(): Lane[] {
    const late = this.#lanes.filter((lane) => lane.isOpen && !this.#isDone(lane));
    return this.#lanes.some((lane) => (lane.isOpen || lane.hasLanded) && this.#isDone(lane)) ? late : [];
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

const corrupt = (blob: Descriptor, size: number): OutsideError =>
  new OutsideError({
    service: 'origin',
    operation: `read blob ${blob.digest}`,
    trouble: 'corrupt',
    detail: `${size} bytes came of ${blob.size}, or they are not what the digest says`,
  });
