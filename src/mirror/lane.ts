import { MiB } from '../core/bytes.ts';
import type { BlobWriter } from '../ports.ts';
import { haveFallenBehind, owe } from './holdups.ts';

/** What a lane hands over before it waits for some of it to be gone: enough for one system call to be worth it. */
const FLIGHT_BYTES = 512 * 1_024;
/** What a socket may take at once, however slow the other side: Linux's own limit, unless somebody has changed it. */
const SOCKET_BYTES = 4 * MiB;

/** What became of one region's part in a shared read. */
export type Landing =
  | { readonly landed: true }
  | { readonly landed: false; readonly slow: boolean; readonly why: unknown };

/** Opens an upload; gives it up when the signal is aborted. */
export type Open = (signal: AbortSignal) => Promise<BlobWriter>;

/** A chunk on its way to several regions, which none of them copies. */
export class Piece {
  readonly bytes: Uint8Array;
  #holders: number;
  readonly #gone: (bytes: number) => void;

  constructor(bytes: Uint8Array, holders: number, gone: (bytes: number) => void) {
    this.bytes = bytes;
    this.#holders = holders;
    this.#gone = gone;
  }

  letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#gone(this.bytes.length);
  }
}

/** One region's way out of a shared read. Opens by itself, so that a region that does not answer keeps nobody. */
export class Lane {
  readonly region: string;
  /** How the region's part ended. Never rejects. */
  readonly landing: Promise<Landing>;
  /** Bytes that came and were not yet taken by the region. */
  backlog = 0;
  hasLanded = false;
  /** How long the upload has taken to open. */
  openingMs = 0;
  /** Whether its read can not go on because of it. */
  isWaitedFor = false;
  /** Bytes that the region has taken since it had nothing left to take, while nobody waited for it. */
  caughtUp = 0;
  #taken = 0;
  #owedMs = 0;
  /** How long it has been waited for since it last took something. */
  #silentMs = 0;
  readonly #queue: Piece[] = [];
  /** Handed over and not yet taken. */
  readonly #flight = new Set<Piece>();
  readonly #stop = new AbortController();
  readonly #landed = Promise.withResolvers<Landing>();
  readonly #moved: (bytes: number) => void;
  #writer: BlobWriter | undefined;
  #flightBytes = 0;
  #ended = false;
  #isOpen = true;

  /** `moved` is called whenever the region has taken some bytes, or takes no more part. */
  constructor(region: string, open: Open, moved: (bytes: number) => void) {
    this.region = region;
    this.landing = this.#landed.promise;
    this.#moved = moved;
    open(this.#stop.signal).then(
      (writer) => this.#begin(writer),
      (error: unknown) => this.drop(error),
    );
  }

  /** Whether the region still takes part. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get hasOpened(): boolean {
    return this.#writer !== undefined;
  }

  /** Some time has passed, during which its read waited for it or did not. */
  charge(ms: number): void {
    if (!this.hasOpened) this.openingMs += ms;
    this.#owedMs = owe(this.#owedMs, ms, this.isWaitedFor ? 1 : 0, Infinity);
    if (this.isWaitedFor) this.#silentMs += ms;
  }

  /** Whether it has kept its read waiting for so long, by itself or by taking nothing at all. */
  isStuckFor(ms: number): boolean {
    return this.#silentMs >= ms || (this.#owedMs >= ms && haveFallenBehind([this]));
  }

  push(piece: Piece): void {
    if (!this.#isOpen) return piece.letGo();
    if (this.backlog === 0) this.caughtUp = 0;
    this.#queue.push(piece);
    this.backlog += piece.bytes.length;
    this.#pump();
  }

  /** Nothing more will come: what is there is to be stored. */
  end(): void {
    this.#ended = true;
    this.#pump();
  }

  drop(why: unknown, slow = false): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    for (const piece of [...this.#flight, ...this.#queue.splice(0)]) piece.letGo();
    this.#writer?.abort();
    this.#stop.abort(why);
    this.#landed.resolve({ landed: false, slow, why });
    this.#moved(0);
  }

  #begin(writer: BlobWriter): void {
    this.#writer = writer;
    if (this.#isOpen) this.#pump();
    else writer.abort();
  }

  #pump(): void {
    const writer = this.#writer;
    if (!writer || !this.#isOpen) return;
    while (this.#flightBytes < FLIGHT_BYTES) {
      const piece = this.#queue.shift();
      if (!piece) break;
      this.#flight.add(piece);
      this.#flightBytes += piece.bytes.length;
      void this.#hand(writer, piece);
    }
    if (this.#ended && this.backlog === 0) void this.#finish(writer);
  }

  async #hand(writer: BlobWriter, piece: Piece): Promise<void> {
    try {
      await writer.write(piece.bytes);
    } catch (error) {
      return this.drop(error);
    }
    if (!this.#isOpen) return;
    const { length } = piece.bytes;
    this.#flight.delete(piece);
    this.#flightBytes -= length;
    this.backlog -= length;
    this.#taken += length;
    this.#silentMs = 0;
    if (!this.isWaitedFor && this.#taken > SOCKET_BYTES) this.caughtUp += length;
    piece.letGo();
    this.#moved(length);
    this.#pump();
  }

  async #finish(writer: BlobWriter): Promise<void> {
    this.#ended = false;
    try {
      await writer.finish();
      this.#isOpen = false;
      this.hasLanded = true;
      this.#landed.resolve({ landed: true });
      this.#moved(0);
    } catch (error) {
      this.drop(error);
    }
  }
}
