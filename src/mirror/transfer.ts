import { KiB, MiB } from '../core/bytes.ts';
import type { Digest } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { ProgressEvent } from '../core/progress.ts';
import type { Copied } from '../core/promotion.ts';
import type { Repository } from '../ports.ts';
import { Budget } from './budget.ts';
import { fanOut, type Listener } from './fan-out.ts';
import { Holdups } from './holdups.ts';
import type { Landing, Open } from './lane.ts';
import { each } from './pool.ts';

/** A blob, and the regions that have not got it. */
export interface Wanted {
  readonly blob: Descriptor;
  readonly lacking: readonly string[];
}

export interface Transfer {
  readonly source: Repository;
  readonly copies: ReadonlyMap<string, Repository>;
  readonly wanted: readonly Wanted[];
  readonly signal?: AbortSignal;
  readonly tell: (event: ProgressEvent) => void;
  readonly waits?: Waits;
}

/** How long a transfer waits before it believes the worst of a region, in milliseconds. */
export interface Waits {
  /** Before a region is filled a second time; doubled with every further time. */
  readonly refillMs: number;
  /** How long a region must have failed before it is left alone for the rest of the run. */
  readonly giveUpAfterMs: number;
}

const WAITS: Waits = { refillMs: 600, giveUpAfterMs: 2_000 };

export interface Transferred extends Omit<Copied, 'tookMs'> {
  /** Regions that have not got everything, with the last reason. Empty: every region has every blob. */
  readonly failed: ReadonlyMap<string, unknown>;
  /** Regions that were let go for being slow; they were filled from a sibling. */
  readonly slow: ReadonlySet<string>;
}

/** Shared reads at once. What they may all hold: 4 MiB for sure, 8 MiB among them, and a chunk of 256 KiB each. */
const READS = 8;
const SPARE_BYTES = 8 * MiB;
/** Of small blobs so many are read at once: they cost round trips and no memory, 4 MiB at most. */
const SMALL_READS = 32;
const SMALL_BYTES = 128 * KiB;
/** Fillings of one region from its siblings at once: 3 MiB at most. */
const FILLS = 4;
/** Tries of one blob in one region, and of one blob from the source when its bytes were wrong. */
const TRIES = 4;
/**
 * A region that failed this often in a row, for `giveUpAfterMs` and with nothing landing in between, is left alone for
 * the rest of the run. The time matters: one lost connection fails eight streams at once.
 */
const GIVE_UP_AFTER = 6;

/**
 * Brings every wanted blob to every region that lacks it, reading each from the source once.
 *
 * What one region misses, because it failed or fell behind, it gets from a sibling that has it. Only the last resort
 * is a second read of the source. A region's failure is reported, not thrown; the source's is thrown.
 */
export async function transfer(job: Transfer): Promise<Transferred> {
  return new Carriage(job).run();
}

class Carriage {
  readonly #job: Transfer;
  readonly #waits: Waits;
  readonly #has = new Map<Digest, Set<string>>();
  readonly #failed = new Map<string, unknown>();
  readonly #strikes = new Map<string, { count: number; since: number }>();
  readonly #slow = new Set<string>();
  readonly #behind: Promise<void>[] = [];
  readonly #gates = new Map<string, Gate>();
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #budget = new Budget(SPARE_BYTES);
  readonly #refills = new Budget(0);
  readonly #holdups = new Holdups(() => performance.now());
  /** Blobs whose shared read has not begun. */
  readonly #waiting = { large: 0, small: 0 };
  readonly #listener: Listener = {
    read: (bytes) => {
      this.#bytesRead += bytes;
      this.#job.tell({ kind: 'read', bytes });
    },
    wrote: (region, bytes) => {
      this.#bytesWritten += bytes;
      this.#job.tell({ kind: 'wrote', region, bytes });
    },
  };
  #bytesRead = 0;
  #bytesWritten = 0;
  #landed = 0;
  #healed = 0;

  constructor(job: Transfer) {
    this.#job = job;
    this.#waits = job.waits ?? WAITS;
    this.#signal = job.signal ? AbortSignal.any([job.signal, this.#stop.signal]) : this.#stop.signal;
    const all = [...job.copies.keys()];
    for (const { blob, lacking } of job.wanted) {
      this.#has.set(blob.digest, new Set(all.filter((region) => !lacking.includes(region))));
    }
  }

  async run(): Promise<Transferred> {
    await Promise.all([this.#all('large', READS), this.#all('small', SMALL_READS)]);
    await Promise.all(this.#behind);
    this.#signal.throwIfAborted();
    return {
      blobs: this.#landed,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
      healed: this.#healed,
      failed: this.#failed,
      slow: this.#slow,
    };
  }

  /** All blobs of one class, the largest first. */
  async #all(size: Size, width: number): Promise<void> {
    const blobs = this.#job.wanted.filter(({ blob }) => sizeOf(blob) === size);
    this.#waiting[size] = blobs.length;
    try {
      await each(
        blobs.sort((a, b) => b.blob.size - a.blob.size),
        width,
        (wanted) => {
          this.#waiting[size] -= 1;
          return this.#carry(wanted);
        },
      );
    } catch (error) {
      this.#stop.abort(error);
    }
  }

  /** Work that nobody waits for until the end. Its failure ends the run. */
  #later(work: Promise<void>): void {
    this.#behind.push(work.catch((error: unknown) => this.#stop.abort(error)));
  }

  /** One blob. Where a sibling has it already, the source is not asked at all. */
  async #carry({ blob, lacking }: Wanted): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#holders(blob).length > 0) return this.#later(this.#fillAll(blob, lacking));
    const ready = lacking.filter((region) => !this.#failed.has(region));
    const quick = ready.filter((region) => !this.#slow.has(region));
    const shared = quick.length > 0 ? quick : ready;
    if (shared.length === 0) return;

    const landings = await this.#readOnce(blob, shared, 1);
    this.#later(this.#settle(blob, landings, ready));
  }

  /** The shared read. Wrong bytes are read again a few times, since what broke may have been the way and not the thing. */
  async #readOnce(
    blob: Descriptor,
    regions: readonly string[],
    attempt: number,
  ): Promise<Map<string, Promise<Landing>>> {
    const size = sizeOf(blob);
    try {
      return await fanOut({
        blob,
        origin: this.#job.source.read(blob, {}, this.#signal),
        open: this.#uploads(blob, regions),
        budget: this.#budget,
        ...(size === 'large' && { holdups: this.#holdups }),
        isAwaited: () => this.#waiting[size] > 0,
        untilStored: size === 'small',
        listener: this.#listener,
      });
    } catch (error) {
      this.#signal.throwIfAborted();
      if (attempt >= TRIES || !isWorthAnother(error)) throw error;
      return this.#readOnce(blob, regions, attempt + 1);
    }
  }

  #uploads(blob: Descriptor, regions: readonly string[]): Map<string, Open> {
    const open =
      (region: string): Open =>
      (signal) =>
        this.#copy(region).write(blob, AbortSignal.any([this.#signal, signal]));
    return new Map(regions.map((region) => [region, open(region)]));
  }

  /** Waits for each region's answer; those that are then without the blob are filled from those that have it. */
  async #settle(
    blob: Descriptor,
    landings: ReadonlyMap<string, Promise<Landing>>,
    wanting: readonly string[],
  ): Promise<void> {
    const answers = [...landings].map(async ([region, pending]) => {
      const landing = await pending;
      if (landing.landed) this.#land(region, blob, false);
      else this.#detach(region, blob, landing);
    });
    await Promise.all(answers);
    const has = this.#has.get(blob.digest);
    await this.#fillAll(
      blob,
      wanting.filter((region) => !has?.has(region)),
    );
  }

  async #fillAll(blob: Descriptor, regions: readonly string[]): Promise<void> {
    await Promise.all(regions.map((region) => this.#fill(blob, region)));
  }

  /** Copies a blob from a sibling into one region, as often as it takes within reason; from the source if no sibling has it. */
  async #fill(blob: Descriptor, region: string): Promise<void> {
    await this.#gate(region).through(async () => {
      for (let attempt = 1; attempt <= TRIES && !this.#failed.has(region); attempt += 1) {
        this.#signal.throwIfAborted();
        if (attempt > 1) await pause(this.#waits.refillMs * 2 ** (attempt - 2), this.#signal);
        if (await this.#tryFill(blob, region, attempt)) return;
      }
      if (!this.#failed.has(region)) this.#failed.set(region, new Error(`could not store ${blob.digest}`));
    });
  }

  async #tryFill(blob: Descriptor, region: string, attempt: number): Promise<boolean> {
    const holders = this.#holders(blob);
    const sibling = holders[(attempt - 1) % Math.max(holders.length, 1)];
    const from = sibling === undefined ? this.#job.source : this.#copy(sibling);
    const { wrote } = this.#listener;
    try {
      const landings = await fanOut({
        blob,
        origin: from.read(blob, {}, this.#signal),
        open: this.#uploads(blob, [region]),
        budget: this.#refills,
        listener: sibling === undefined ? this.#listener : { read: () => undefined, wrote },
      });
      const landing = await landings.get(region);
      if (landing?.landed) this.#land(region, blob, sibling !== undefined);
      else if (landing) this.#strike(region, blob, landing.why);
      return landing?.landed === true;
    } catch (error) {
      this.#signal.throwIfAborted();
      if (sibling !== undefined) this.#has.get(blob.digest)?.delete(sibling);
      else if (!isWorthAnother(error) || attempt === TRIES) throw error;
      return false;
    }
  }

  #land(region: string, blob: Descriptor, healed: boolean): void {
    this.#has.get(blob.digest)?.add(region);
    this.#strikes.delete(region);
    this.#landed += 1;
    if (healed) this.#healed += 1;
    this.#job.tell({ kind: 'landed', region, digest: blob.digest, healed });
  }

  #detach(region: string, blob: Descriptor, { slow, why }: Exclude<Landing, { landed: true }>): void {
    if (!slow) return this.#strike(region, blob, why);
    this.#slow.add(region);
    this.#job.tell({ kind: 'detached', region, digest: blob.digest, why: whyOf(why) });
  }

  #strike(region: string, blob: Descriptor, why: unknown): void {
    const { count, since } = this.#strikes.get(region) ?? { count: 0, since: performance.now() };
    this.#strikes.set(region, { count: count + 1, since });
    const hopeless = count + 1 >= GIVE_UP_AFTER && performance.now() - since > this.#waits.giveUpAfterMs;
    if (hopeless || !isWorthAnother(why)) this.#failed.set(region, why);
    this.#job.tell({ kind: 'detached', region, digest: blob.digest, why: whyOf(why) });
  }

  /** Siblings to read from, the quick ones first. */
  #holders(blob: Descriptor): string[] {
    const has = [...(this.#has.get(blob.digest) ?? [])].filter((region) => !this.#failed.has(region));
    return has.sort((a, b) => Number(this.#slow.has(a)) - Number(this.#slow.has(b)));
  }

  #copy(region: string): Repository {
    const copy = this.#job.copies.get(region);
    if (!copy) throw new Error(`no such region: ${region}`);
    return copy;
  }

  #gate(region: string): Gate {
    const gate = this.#gates.get(region) ?? new Gate(FILLS);
    this.#gates.set(region, gate);
    return gate;
  }
}

type Size = 'large' | 'small';

const sizeOf = ({ size }: Descriptor): Size => (size > SMALL_BYTES ? 'large' : 'small');

/** Lets so many through at a time; the others wait their turn. */
class Gate {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(width: number) {
    this.#free = width;
  }

  async through<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#free -= 1;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

/** A refusal or a missing right will be the same the next time; everything else may pass. */
function isWorthAnother(error: unknown): boolean {
  return !(error instanceof OutsideError) || !['refused', 'unauthorized'].includes(error.trouble);
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, milliseconds);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      if (signal?.aborted) reject(signal.reason as Error);
      else resolve();
    }
    signal?.addEventListener('abort', done);
  });
}
