import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { KiB, MiB } from '../../src/core/bytes.ts';
import { digest } from '../../src/core/digest.ts';
import type { Descriptor } from '../../src/core/manifest.ts';
import { Budget, FLOOR_BYTES } from '../../src/mirror/budget.ts';
import { fanOut } from '../../src/mirror/fan-out.ts';
import { Holdups } from '../../src/mirror/holdups.ts';
import type { Landing, Open } from '../../src/mirror/lane.ts';

const CHUNK_BYTES = 64 * KiB;
const SPARE_BYTES = 2 * MiB;

/** Time passes with every look, not by itself: what comes about does not depend on how fast this machine is. */
function watched(stepMs = 50): Holdups {
  let ms = 0;
  return new Holdups(() => (ms += stepMs));
}

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

function pour(from: Origin, regions: Readonly<Record<string, Region | Open>>, budget: Budget, holdups?: Holdups) {
  const open = Object.entries(regions).map(([name, to]) => [name, to instanceof Region ? to.open : to] as const);
  const job = { blob: from.blob, origin: from.stream(), open: new Map(open), budget, listener: nothing };
  return fanOut({ ...job, ...(holdups && { holdups, isAwaited: () => true }) });
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
    const holdups = watched();
    const pours = origins.map((from, i) => pour(from, { a: regions[i] as Region }, budget, holdups));
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
});

describe('a region that takes nothing', () => {
  it('does not keep the others, and is let go', async () => {
    const [stalled, quick] = [new Region(true), new Region()];
    const from = origin(16 * MiB);
    const landings = await pour(from, { stalled, quick }, new Budget(SPARE_BYTES), watched());
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('stalled')).toMatchObject({ landed: false, slow: true });
    expect(stalled.taken).toBe(0);
    expect(quick.taken).toBe(from.blob.size);
  });

  it('does not keep the others where it does not even open', async () => {
    const never: Open = () => new Promise(() => undefined);
    const landings = await pour(origin(16 * MiB), { never, quick: new Region() }, new Budget(SPARE_BYTES), watched());
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('never')).toMatchObject({ landed: false, slow: true });
  });

  it('is waited for where all take nothing alike, and none is let go', async () => {
    const regions = { a: new Region(true), b: new Region(true), c: new Region(true) };
    const from = origin(16 * MiB);
    const pouring = pour(from, regions, new Budget(SPARE_BYTES), watched());
    await settled();
    expect(from.sent).toBeLessThanOrEqual(FLOOR_BYTES + SPARE_BYTES + CHUNK_BYTES);
    for (const region of Object.values(regions)) region.release();
    expect(await outcomes(await pouring)).toEqual([{ landed: true }, { landed: true }, { landed: true }]);
  });
});

describe('a region that is late', () => {
  /** Takes one chunk after another, `share` of them in the time in which the origin sends all. */
  function lane(share: number, opening: Promise<unknown> = Promise.resolve()): Open {
    let done: Promise<unknown> = opening;
    return async () => {
      await opening;
      return { write: async () => void (await (done = done.then(() => turns(1 / share)))), finish, abort };
    };
  }

  const finish = async (): Promise<void> => undefined;
  const abort = (): void => undefined;

  async function turns(count: number): Promise<void> {
    for (let left = Math.round(count); left > 0; left -= 1) await turn();
  }

  async function* slowly(from: Origin): AsyncGenerator<Uint8Array> {
    for await (const chunk of from.stream()) {
      await turn();
      yield chunk;
    }
  }

  function race(regions: Readonly<Record<string, Open>>, holdups = watched(1)) {
    const from = origin(48 * MiB);
    return pour({ ...from, stream: () => slowly(from) }, regions, new Budget(SPARE_BYTES), holdups);
  }

  it('is let go at a tenth of the pace, and the others get everything', async () => {
    const landings = await race({ quick: lane(1), late: lane(0.1) });
    expect(await landings.get('quick')).toEqual({ landed: true });
    expect(await landings.get('late')).toMatchObject({ landed: false, slow: true });
  });

  it('is kept at half of it', async () => {
    const landings = await race({ quick: lane(1), late: lane(0.5) });
    expect(await outcomes(landings)).toEqual([{ landed: true }, { landed: true }]);
  });

  it('is kept where it opened late and is as quick as the others', async () => {
    const landings = await race({ quick: lane(1), late: lane(1, turns(200)) });
    expect(await outcomes(landings)).toEqual([{ landed: true }, { landed: true }]);
  });

  it('is kept where all are, and the read ends', async () => {
    const landings = await race({ a: lane(0.1), b: lane(0.1), c: lane(0.1) });
    expect(await outcomes(landings)).toEqual([{ landed: true }, { landed: true }, { landed: true }]);
  });
});

describe('a read of which more is always there', () => {
  it('gives others their turn after a mebibyte', async () => {
    const from = origin(16 * MiB);
    const pouring = pour(from, { a: new Region() }, new Budget(SPARE_BYTES));
    await turn();
    await turn();
    expect(from.sent).toBeLessThanOrEqual(3 * MiB);
    expect(await outcomes(await pouring)).toEqual([{ landed: true }]);
  });
});
