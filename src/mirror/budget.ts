/** What every stream may hold without asking, so that no stream ever waits for another one's memory. */
export const FLOOR_BYTES = 512 * 1_024;

/**
 * How many bytes may wait in memory, over all streams and all regions that they flow to.
 *
 * A chunk counts once, however many regions still have to take it, from its arrival until the last of them has: also
 * while it waits in a socket. Above its floor a stream may hold its fair part of what is to spare. A stream that is
 * full stops reading, so the most there can ever be is `FLOOR_BYTES` for each, all that is to spare, and one chunk each.
 */
export class Budget {
  readonly #spareBytes: number;
  readonly #shares = new Set<Share>();

  constructor(spareBytes: number) {
    this.#spareBytes = spareBytes;
  }

  open(): Share {
    const share = new Share((held) => this.#allows(held));
    this.#shares.add(share);
    return share;
  }

  close(share: Share): void {
    this.#shares.delete(share);
  }

  #allows(held: number): boolean {
    if (held < FLOOR_BYTES) return true;
    const all = [...this.#shares];
    const spent = all.reduce((sum, share) => sum + Math.max(0, share.held - FLOOR_BYTES), 0);
    return spent < this.#spareBytes && held < FLOOR_BYTES + this.#spareBytes / all.length;
  }
}

/** One stream's part of the budget. */
export class Share {
  readonly #allows: (held: number) => boolean;
  #held = 0;

  constructor(allows: (held: number) => boolean) {
    this.#allows = allows;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether another chunk may be read. A stream without room holds something, so letting go of it makes room again. */
  get hasRoom(): boolean {
    return this.#allows(this.#held);
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
