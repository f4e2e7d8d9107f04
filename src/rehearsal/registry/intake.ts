import { createHash } from 'node:crypto';
import { open, rm, type FileHandle } from 'node:fs/promises';
import { MiB } from '../../core/bytes.ts';
import type { Digest } from '../../core/digest.ts';
import { dropped, inMemory, type Content } from './content.ts';

/** What has arrived in full: in memory, in a file that waits to be put in its place, or nowhere any more. */
export interface Arrival {
  readonly sha256: Digest;
  readonly size: number;
  readonly path?: string;
  readonly content?: Content;
}

export interface IntakeLimits {
  /** Up to here the bytes stay in memory. */
  readonly memoryBytes: number;
  /** From here on the bytes are hashed and let go. */
  readonly dropOverBytes: number;
}

const BATCH = MiB;

/** Takes in one blob piece by piece: hashes it, and writes a mebibyte at a time because each write is a thread's round trip. */
export class Intake {
  size = 0;
  readonly #path: string;
  readonly #limits: IntakeLimits;
  readonly #hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #file: FileHandle | undefined;
  /** Writes go one after another, also when an upload changes hands while one is under way. */
  #last: Promise<void> = Promise.resolve();
  #dropping = false;
  #abandoned = false;

  constructor(path: string, limits: IntakeLimits) {
    this.#path = path;
    this.#limits = limits;
  }

  /** A promise only when there is something to wait for. `expected` is what the sender says is still to come. */
  take(piece: Buffer, expected = 0): Promise<void> | undefined {
    this.#hash.update(piece);
    this.size += piece.length;
    if (this.#dropping || this.#abandoned) return undefined;
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    if (Math.max(this.size, expected) > this.#limits.dropOverBytes) return this.#letGo();
    return this.#waitingBytes >= BATCH && this.size > this.#limits.memoryBytes ? this.#flushed() : undefined;
  }

  async finish(): Promise<Arrival> {
    const sha256 = `sha256:${this.#hash.digest('hex')}` as Digest;
    const size = this.size;
    if (this.#dropping) return { sha256, size, content: dropped(size) };
    if (size <= this.#limits.memoryBytes) return { sha256, size, content: inMemory(Buffer.concat(this.#waiting)) };
    await this.#flushed();
    await this.#close();
    return { sha256, size, path: this.#path };
  }

  /** What is still on its way is let go, and a write that is under way ends first: it would leave its file open. */
  async abandon(): Promise<void> {
    this.#abandoned = true;
    await this.#last.catch(() => {});
    await this.#close();
    await rm(this.#path, { force: true });
  }

  #flushed(): Promise<void> {
    this.#last = this.#last.then(() => this.#flush());
    return this.#last;
  }

  async #flush(): Promise<void> {
    if (this.#abandoned) return;
    const [pieces, length] = [this.#waiting, this.#waitingBytes];
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#file ??= await open(this.#path, 'w');
    if (length === 0) return;
    const { bytesWritten } = await this.#file.writev(pieces);
    if (bytesWritten !== length) throw new Error('no space left on device');
  }

  async #letGo(): Promise<void> {
    this.#dropping = true;
    this.#waiting = [];
    await this.abandon();
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }
}
