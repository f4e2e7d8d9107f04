import { KiB, MiB } from '../core/bytes.ts';

/** What every stream may hold without asking, so that no stream ever waits for another one's memory. */
export const FLOOR_BYTES = 512 * KiB;
/** What one stream at a time may hold beyond its part, to find out whether a region is slow or only late. */
export const PROBE_BYTES = 4 * MiB;

/**
 * How many bytes may wait in memory, over all streams and all regions that they flow to.
 *
 * A chunk counts once, however many regions still have to take it, from its arrival until the last of them has: also
 * while it waits in a socket. Above its floor a stream may hold its fair part of what is to spare. A stream without
 * room stops reading, so the most there can ever be is the floor of each stream, what is to spare, one probe, and a
 * chunk for each.
 */
export class Budget {
  readonly #spareBytes: number;
  readonly #shares = new Set<Share>();
  #probing: Share | undefined;

  constructor(spareBytes: number) {
    this.#spareBytes = spareBytes;
  }

  open(): Share {
    const share: Share = new Share({
      allows: () => this.#allows(share),
      probe: (wanted) => this.#probe(share, wanted),
    });
    this.#shares.add(share);
    return share;
  }

  close(share: Share): void {
    this.#probe(share, false);
    this.#shares.delete(share);
  }

  #allows(share: Share): boolean {
    const beyond = this.#beyond(share);
    if (beyond < 0) return true;
    const all = [...this.#shares];
    const spent = all.reduce((sum, each) => sum + Math.max(0, this.#beyond(each)), 0);
    return spent < this.#spareBytes && beyond < this.#spareBytes / all.length;
  }

  /** What a stream holds beyond what is its own. */
  #beyond(share: Share): number {
    return share.held - FLOOR_BYTES - (share === this.#probing ? PROBE_BYTES : 0);
  }

  #probe(share: Share, wanted: boolean): boolean {
    if (wanted) this.#probing ??= share;
    else if (this.#probing === share) this.#probing = undefined;
    return this.#probing === share;
  }
}

interface Ways {
  allows(): boolean;
  probe(wanted: boolean): boolean;
}

/** One stream's part of the budget. */
export class Share {
  readonly #ways: Ways;
  #held = 0;

  constructor(ways: Ways) {
    this.#ways = ways;
  }

  get held(): number {
    return this.#held;
  }

  /** Whether another chunk may be read. A stream without room holds something: letting go of it makes room again. */
  get hasRoom(): boolean {
    return this.#ways.allows();
  }

  /** Whether it holds no more than what is its own anyway. */
  get isLow(): boolean {
    return this.#held < FLOOR_BYTES;
  }

  /** Asks for the probe, or gives it back. Whether this stream has it now. */
  probe(wanted: boolean): boolean {
    return this.#ways.probe(wanted);
  }

  take(bytes: number): void {
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}
