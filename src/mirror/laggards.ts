/** What one region may cost the others: so much of the time that the whole transfer is going to take. */
const COST_SHARE = 0.05;

/**
 * What each region costs the others, over all shared reads of a transfer.
 *
 * A region is let go for the time that it takes from the others, not for being slow: what waits in sockets on the way
 * hides a slow region at first, which costs nobody anything.
 */
export class Laggards {
  readonly #bytes: number;
  readonly #costShare: number;
  readonly #began = performance.now();
  readonly #costMs = new Map<string, number>();
  #read = 0;
  #reads = 0;

  /** `bytes`: of the whole transfer. With a `costShare` of 0 there is no patience at all: for tests without a clock. */
  constructor(bytes: number, costShare = COST_SHARE) {
    this.#bytes = bytes;
    this.#costShare = costShare;
  }

  read(bytes: number): void {
    this.#read += bytes;
  }

  /** A shared read begins, or ends. */
  begin(): void {
    this.#reads += 1;
  }
  end(): void {
    this.#reads -= 1;
  }

  /** What a region cost one read is remembered. Reads that stand still side by side lose the same time, not twice of it. */
  charge(region: string, milliseconds: number): void {
    this.#costMs.set(region, (this.#costMs.get(region) ?? 0) + milliseconds / Math.max(this.#reads, 1));
  }

  /** Whether a region has cost what it may, with what it costs one read just now. */
  isTooMuch(region: string, milliseconds: number, patienceMs: number): boolean {
    const expected = (this.#bytes / Math.max(this.#read, 1)) * (performance.now() - this.#began);
    const allowed = this.#costShare === 0 ? 0 : Math.max(patienceMs, this.#costShare * expected);
    return (this.#costMs.get(region) ?? 0) + milliseconds >= allowed;
  }
}

/** A region that keeps up with half of a read's pace is never let go: what it missed would have to be sent once more. */
const SLOW_SHARE = 0.5;

/**
 * The time that one lane has cost a shared read.
 *
 * Counted while the lane alone has something left to take, less the time that would have been fair for what it took:
 * so a hiccup is forgiven when it is made up for, and lanes that go step by step cost each other nothing.
 */
export class Delay {
  lostMs = 0;
  #since: { readonly at: number; readonly taken: number } | undefined;

  /** `pace`: what the read has had until now, in bytes a millisecond. */
  look(isInTheWay: boolean, taken: number, pace: number): void {
    const at = performance.now();
    if (this.#since) {
      const fair = (taken - this.#since.taken) / Math.max(SLOW_SHARE * pace, Number.MIN_VALUE);
      this.lostMs = Math.max(0, this.lostMs + at - this.#since.at - fair);
    }
    this.#since = isInTheWay ? { at, taken } : undefined;
  }
}
