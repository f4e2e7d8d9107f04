import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KiB, MiB } from '../../src/core/bytes.ts';
import { digest } from '../../src/core/digest.ts';
import type { Descriptor } from '../../src/core/manifest.ts';
import { Budget, FLOOR_BYTES, PROBE_BYTES } from '../../src/mirror/budget.ts';
import { fanOut, type Judge } from '../../src/mirror/fan-out.ts';
import type { Landing, Open } from '../../src/mirror/lane.ts';

const CHUNK_BYTES = 64 * KiB;
const SPARE_BYTES = 2 * MiB;
const JUDGE: Judge = { isSlow: () => false, isAwaited: () => true, patienceMs: 0 };

interface Origin {
  readonly blob: Descriptor;
  /** What was read of it so far. */
  readonly sent: number;
  stream(): AsyncIterable<Uint8Array>;
}

function origin(size: number, byte = 1): Origin {
  const chunks = Array.from({ length: size / CHUNK_BYTES }, () => new Uint8Array(CHUNK_BYTES).fill(byte));
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  const blob = { mediaType: 'application/octet-stream', digest: digest(`sha256:${hash.digest('hex')}`), size };
  let sent = 0;
  return {
    blob,
    get sent() {
      return sent;
    },
    async *stream() {
      for (const chunk of chunks) {
        sent += chunk.length;
        yield chunk;
      }
    },
  };
}

/** A region behind a door: what is written while it is shut waits until it opens. */
class Region {
  taken = 0;
  readonly open: Open = async () => ({
    write: async (chunk) => {
      await this.#door.promise;
      this.taken += chunk.length;
    },
    finish: () => this.#door.promise,
    abort: () => undefined,
  });
  readonly #door = Promise.withResolvers<void>();

  constructor(isShut = false) {
    if (!isShut) this.release();
  }

  release(): void {
    this.#door.resolve();
  }
}

const nothing = { read: () => undefined, wrote: () => undefined };

function pour(from: Origin, regions: Readonly<Record<string, Region | Open>>, budget: Budget, judge?: Judge) {
  const open = Object.entries(regions).map(([name, to]) => [name, to instanceof Region ? to.open : to] as const);
  const job = { blob: from.blob, origin: from.stream(), open: new Map(open), budget, listener: nothing };
  return fanOut({ ...job, ...(judge && { judge }) });
}

const outcomes = async (landings: ReadonlyMap<string, Promise<Landing>>): Promise<Landing[]> =>
  Promise.all(landings.values());

/** Until everybody has done what can be done without something from outside. */
async function settled(): Promise<void> {
  for (let i = 0; i < 2_000; i += 1) await turn();
}

describe('memory', () => {
  it('is never more than the budget, over all reads, while regions take nothing', async () => {
    const budget = new Budget(SPARE_BYTES);
    const origins = Array.from({ length: 6 }, (_, i) => origin(8 * MiB, i));
    const regions = origins.map(() => new Region(true));
    const pours = origins.map((from, i) => pour(from, { a: regions[i] as Region }, budget, JUDGE));
    await settled();
    const held = origins.reduce((sum, { sent }) => sum + sent, 0);
    expect(held).toBeLessThanOrEqual(origins.length * (FLOOR_BYTES + CHUNK_BYTES) + SPARE_BYTES);
    expect(Math.min(...origins.map(({ sent }) => sent))).toBeGreaterThanOrEqual(FLOOR_BYTES);
    for (const region of regions) region.release();
    for (const landings of await Promise.all(pours)) expect(await outcomes(landings)).toEqual([{ landed: true }]);
  });

  it('is given back: one read after another goes through, as large as they are', async () => {
    const budget = new Budget(0);
    for (let i = 0; i < 3; i += 1) {
      const landings = await pour(origin(4 * MiB, i), { a: new Region(), b: new Region() }, budget);
      expect(await outcomes(landings)).toEqual([{ landed: true }, { landed: true }]);
    }
  });

  it('is lent as a probe to one read at a time', () => {
    const budget = new Budget(SPARE_BYTES);
    const [first, second] = [budget.open(), budget.open()];
    first.take(FLOOR_BYTES + SPARE_BYTES);
    second.take(FLOOR_BYTES);
    expect([first.hasRoom, second.hasRoom]).toEqual([false, false]);
    expect([first.probe(true), second.probe(true)]).toEqual([true, false]);
    expect(first.hasRoom).toBe(true);
    first.take(PROBE_BYTES);
    expect(first.hasRoom).toBe(false);
    budget.close(first);
    expect(second.probe(true)).toBe(true);
  });
});

describe('a region that takes nothing', () => {
  it('does not keep the others, and is let go', async () => {
    const [stalled, quick] = [new Region(true), new Region()];
    const from = origin(16 * MiB);
    const landings = await pour(from, { stalled, quick }, new Budget(SPARE_BYTES), JUDGE);
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('stalled')).toMatchObject({ landed: false, slow: true });
    expect(stalled.taken).toBe(0);
    expect(quick.taken).toBe(from.blob.size);
  });

  it('does not keep the others where it does not even open', async () => {
    const never: Open = () => new Promise(() => undefined);
    const landings = await pour(origin(16 * MiB), { never, quick: new Region() }, new Budget(SPARE_BYTES), JUDGE);
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('never')).toMatchObject({ landed: false, slow: true });
  });

  it('is waited for where all take nothing alike, and none is let go', async () => {
    const regions = { a: new Region(true), b: new Region(true), c: new Region(true) };
    const from = origin(16 * MiB);
    const pouring = pour(from, regions, new Budget(SPARE_BYTES), JUDGE);
    await settled();
    expect(from.sent).toBeLessThanOrEqual(FLOOR_BYTES + SPARE_BYTES + CHUNK_BYTES);
    for (const region of Object.values(regions)) region.release();
    expect(await outcomes(await pouring)).toEqual([{ landed: true }, { landed: true }, { landed: true }]);
  });
});

describe('a region that is late', () => {
  /** Takes one chunk after another, `share` of them in the time in which the origin sends all. */
  function lane(share: number): Open {
    let done = Promise.resolve();
    return async () => ({
      write: () => (done = done.then(() => turns(1 / share))),
      finish: async () => undefined,
      abort: () => undefined,
    });
  }

  let owed = 0;
  async function turns(count: number): Promise<void> {
    for (owed += count; owed >= 1; owed -= 1) await turn();
  }

  async function* slowly(from: Origin): AsyncGenerator<Uint8Array> {
    for await (const chunk of from.stream()) {
      await turn();
      yield chunk;
    }
  }

  it.each([
    ['kept while it has taken more than it is behind', 0.75, true],
    ['let go when it has not', 0.1, false],
  ] as const)('is %s', async (_, share, landed) => {
    const from = origin(48 * MiB);
    const paced = { ...from, stream: () => slowly(from) };
    const landings = await pour(paced, { quick: new Region(), late: lane(share) }, new Budget(SPARE_BYTES), JUDGE);
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('late')).toMatchObject({ landed });
  });
});
