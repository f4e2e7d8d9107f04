import { KiB } from '../core/bytes.ts';

/** What every stream may hold without asking, so that no stream ever waits for another one's memory. */
export const FLOOR_BYTES = 512 * KiB;

/**
 * How many bytes may wait in memory, over all streams and all regions that they flow to.
 *
 * A chunk counts once, however many regions still have to take it, from its arrival until the last of them has: also
 * while it waits in a socket. Above its floor a stream may hold its fair part of what is to spare. A stream without
 * room stops reading, so the most there can ever be is the floor of each stream, what is to spare, and a chunk for
 * each.
 */
export class Budget {
  readonly #spareBytes: number;
  readonly #shares = new Set<Share>();

  constructor(spareBytes: number) {
    this.#spareBytes = spareBytes;
  }

  open(): Share {
    const share: Share = new Share(() => this.#allows(share));
    this.#shares.add(share);
    return share;
  }

  close(share: Share): void {
    this.#shares.delete(share);
  }

  #allows(share: Share): boolean {
    const beyond = share.held - FLOOR_BYTES;
    if (beyond < 0) return true;
    const all = [...this.#shares];
    const spent = all.reduce((sum, { held }) => sum + Math.max(0, held - FLOOR_BYTES), 0);
    return spent < this.#spareBytes && beyond < this.#spareBytes / all.length;
  }
}

/** One stream's part of the budget. */
export class Share {
  readonly #allows: () => boolean;
  #held = 0;

  constructor(allows: () => boolean) {
    this.#allows = allows;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether another chunk may be read. A stream without room holds something: letting go of it makes room again. */
  get hasRoom(): boolean {
    return this.#allows();
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
