import { setTimeout as pause } from 'node:timers/promises';
import { flip } from './content.ts';

/** How fast the wire is. Read again for every piece, so it may change while bytes move. */
export interface Shape {
  /** Between a request's arrival and anything being done about it. */
  latencyMs?: number;
  bytesPerSecondPerConnection?: number;
  /** Of all connections together, each direction by itself, as a network card counts. */
  bytesPerSecondTotal?: number;
}

const GRAIN_MS = 5;
const LARGEST_PIECE = 256 * 1_024;
const SMALLEST_PIECE = 1_024;

/** A rate as virtual time: the instant at which everything let through so far has fully passed. */
export class Pace {
  #passed: number | undefined;

  /** How many milliseconds these bytes must wait. A timer that came late is made up for, by two grains at most. */
  delay(bytes: number, bytesPerSecond: number | undefined): number {
    if (bytesPerSecond === undefined) return 0;
    const now = performance.now();
    this.#passed = Math.max(this.#passed ?? now, now - 2 * GRAIN_MS) + (bytes * 1_000) / bytesPerSecond;
    return this.#passed - now;
  }
}

/** What goes wrong with a body on its way. `at` counts the bytes of that body. */
export type Mishap =
  | { readonly kind: 'reset' | 'truncate' | 'stall' | 'corrupt'; readonly at: number }
  | { readonly kind: 'slow'; readonly bytesPerSecond: number };

/** The body goes no further: what to do with its connection. */
export class Cut extends Error {
  readonly how: 'reset' | 'truncate' | 'gone';

  constructor(how: 'reset' | 'truncate' | 'gone') {
    super(`the connection ends: ${how}`);
    this.how = how;
  }
}

/** The way of one body through the wire. */
export class Lane {
  readonly #shape: () => Shape;
  readonly #total: Pace;
  readonly #mishap: Mishap | undefined;
  readonly #closed: Promise<void>;
  readonly #own = new Pace();
  readonly #slow = new Pace();

  constructor(shape: () => Shape, total: Pace, mishap: Mishap | undefined, closed: Promise<void>) {
    this.#shape = shape;
    this.#total = total;
    this.#mishap = mishap;
    this.#closed = closed;
  }

  /** How many bytes to move at a time, so that a slow wire is smooth and a fast one is cheap. */
  readonly grain = (): number => {
    const { bytesPerSecondPerConnection = Infinity, bytesPerSecondTotal = Infinity } = this.#shape();
    const slowest = Math.min(bytesPerSecondPerConnection, bytesPerSecondTotal, this.#slowness ?? Infinity);
    return Math.max(SMALLEST_PIECE, Math.min(LARGEST_PIECE, Math.floor((slowest * GRAIN_MS) / 1_000)));
  };

  async *carry(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    const end = this.#end;
    let at = 0;
    for await (const whole of pieces) {
      const piece = this.#touched(at + whole.length > end ? whole.subarray(0, end - at) : whole, at);
      await this.#wait(piece.length);
      at += piece.length;
      if (piece.length > 0) yield piece;
      if (at >= end) await this.#cut();
    }
  }

  get #slowness(): number | undefined {
    return this.#mishap?.kind === 'slow' ? this.#mishap.bytesPerSecond : undefined;
  }

  get #end(): number {
    const mishap = this.#mishap;
    return mishap === undefined || mishap.kind === 'slow' || mishap.kind === 'corrupt' ? Infinity : mishap.at;
  }

  #touched(piece: Buffer, at: number): Buffer {
    return this.#mishap?.kind === 'corrupt' ? flip(piece, this.#mishap.at - at) : piece;
  }

  #wait(bytes: number): Promise<void> | undefined {
    const { bytesPerSecondPerConnection, bytesPerSecondTotal } = this.#shape();
    const own = this.#own.delay(bytes, bytesPerSecondPerConnection);
    const total = this.#total.delay(bytes, bytesPerSecondTotal);
    const wait = Math.max(own, total, this.#slow.delay(bytes, this.#slowness));
    return wait < 1 ? undefined : pause(wait);
  }

  async #cut(): Promise<never> {
    if (this.#mishap?.kind !== 'stall') throw new Cut(this.#mishap?.kind === 'truncate' ? 'truncate' : 'reset');
    await this.#closed;
    throw new Cut('gone');
  }
}
