import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MiB } from '../../src/core/bytes.ts';
import { Holdups, type SharedFlow } from '../../src/mirror/holdups.ts';
import { Lane, Piece } from '../../src/mirror/lane.ts';

const CHUNK = new Uint8Array(MiB);

/** One region's way, which takes what it is told to take, a mebibyte at a time. */
class Wire {
  readonly lane: Lane;
  readonly #opening = Promise.withResolvers<void>();
  readonly #taking: (() => void)[] = [];

  constructor(region: string) {
    const write = (): Promise<void> => new Promise((resolve) => this.#taking.push(resolve));
    const writer = { write, finish: async () => undefined, abort: () => undefined };
    this.lane = new Lane(
      region,
      () => this.#opening.promise.then(() => writer),
      () => undefined,
    );
  }

  async open(): Promise<this> {
    this.#opening.resolve();
    await turn();
    return this;
  }

  send(mebibytes: number): void {
    for (let i = 0; i < mebibytes; i += 1) this.lane.push(new Piece(CHUNK, 1, () => undefined));
  }

  async take(mebibytes: number): Promise<void> {
    for (let i = 0; i < mebibytes; i += 1) {
      this.#taking.shift()?.();
      await turn();
    }
  }
}

/** Some reads that the same regions share, and a clock that is moved by hand. */
class Reads {
  now = 0;
  readonly holdups = new Holdups(() => this.now);
  readonly flows: (SharedFlow & { wires: Record<string, Wire>; waitsFor: readonly Lane[] })[] = [];

  static async of(count: number, ...regions: readonly string[]): Promise<Reads> {
    const reads = new Reads();
    for (let i = 0; i < count; i += 1) reads.add(Object.fromEntries(regions.map((name) => [name, new Wire(name)])));
    await reads.everywhere((wire) => wire.open());
    return reads;
  }

  add(wires: Record<string, Wire>): void {
    const flow = { wires, lanes: Object.values(wires).map(({ lane }) => lane), waitsFor: [] };
    this.flows.push(flow);
    this.holdups.begin(flow);
  }

  async everywhere(work: (wire: Wire) => unknown, ...regions: readonly string[]): Promise<void> {
    for (const { wires } of this.flows) {
      for (const [name, wire] of Object.entries(wires)) {
        if (regions.length === 0 || regions.includes(name)) await work(wire);
      }
    }
  }

  /** So many reads wait for these regions, for so long. */
  wait(ms: number, regions: readonly string[], count = this.flows.length): void {
    for (const [i, flow] of this.flows.entries()) {
      flow.waitsFor = i < count ? flow.lanes.filter(({ region }) => regions.includes(region)) : [];
    }
    this.holdups.look();
    for (const end = this.now + ms; this.now < end; this.holdups.look()) this.now += 10;
  }

  get slow(): string[] {
    return [...new Set(this.flows.flatMap((flow) => this.holdups.tooSlow(flow)).map(({ region }) => region))];
  }
}

/** Six reads, of which `late` has taken so much of seven mebibytes each since it fell behind. */
async function behind(taken: number): Promise<Reads> {
  const reads = await Reads.of(6, 'quick', 'late');
  // What sockets take at the beginning is no pace.
  await reads.everywhere(async (wire) => {
    wire.send(4);
    await wire.take(4);
  });
  await reads.everywhere((wire) => wire.send(7));
  await reads.everywhere((wire) => wire.take(7), 'quick');
  await reads.everywhere((wire) => wire.take(taken), 'late');
  return reads;
}

/** All go at the pace of the late one: whatever it takes, as much comes. */
async function crawl(reads: Reads, seconds: number, late: readonly string[] = ['late']): Promise<void> {
  for (let i = 0; i < seconds; i += 1) {
    reads.wait(1_000, late);
    await reads.everywhere((wire) => wire.send(1));
    await reads.everywhere((wire) => wire.take(1));
  }
}

describe('a region', () => {
  it('is slow once all reads have waited for it, if it took little while it fell behind', async () => {
    const reads = await behind(1);
    reads.wait(140, ['late']);
    expect(reads.slow).toEqual([]);
    reads.wait(20, ['late']);
    expect(reads.slow).toEqual(['late']);
  });

  it('is slow also where it took much before, while all waited for it', async () => {
    const reads = await behind(0);
    reads.wait(100, ['late']);
    await reads.everywhere(async (wire) => {
      wire.send(5);
      await wire.take(5);
    });
    reads.wait(60, ['late']);
    expect(reads.slow).toEqual(['late']);
  });

  it('is not, however long they wait, if it took half of what came', async () => {
    const reads = await behind(4);
    await crawl(reads, 60);
    reads.wait(100, ['late']);
    expect(reads.slow).toEqual([]);
  });

  it('is slow also where sockets took the first of it at once', async () => {
    const reads = await Reads.of(6, 'quick', 'late');
    await reads.everywhere((wire) => wire.send(7));
    await reads.everywhere((wire) => wire.take(4), 'late');
    await reads.everywhere((wire) => wire.take(7), 'quick');
    reads.wait(160, ['late']);
    expect(reads.slow).toEqual(['late']);
  });

  it('is not where it hiccups, again and again', async () => {
    const reads = await behind(0);
    for (let i = 0; i < 20; i += 1) {
      reads.wait(100, ['late']);
      reads.wait(100, []);
    }
    expect(reads.slow).toEqual([]);
  });

  it('is not where only half of the reads wait for it', async () => {
    const reads = await behind(0);
    reads.wait(1_500, ['late'], 3);
    expect(reads.slow).toEqual([]);
  });

  it('is not where it takes turns with others that are as slow', async () => {
    const reads = await behind(0);
    for (let i = 0; i < 60; i += 1) reads.wait(40, [i % 2 === 0 ? 'late' : 'quick']);
    expect(reads.slow).toEqual([]);
  });

  it('is not for time in which we ourselves did not run', async () => {
    const reads = await behind(0);
    reads.wait(50, ['late']);
    reads.now += 10_000;
    reads.holdups.look();
    expect(reads.slow).toEqual([]);
  });

  it('that pays back is no longer slow', async () => {
    const reads = await behind(0);
    reads.wait(160, ['late']);
    reads.wait(200, []);
    reads.wait(10, ['late']);
    expect(reads.slow).toEqual([]);
  });
});

describe('a region far away', () => {
  it('has as long as it took to open', async () => {
    const reads = new Reads();
    for (let i = 0; i < 6; i += 1) reads.add({ near: await new Wire('near').open(), far: new Wire('far') });
    await reads.everywhere((wire) => wire.send(7));
    reads.wait(600, ['far']);
    expect(reads.slow).toEqual([]);
    await reads.everywhere((wire) => wire.open(), 'far');
    reads.wait(590, ['far']);
    expect(reads.slow).toEqual([]);
    reads.wait(20, ['far']);
    expect(reads.slow).toEqual(['far']);
  });
});

describe('one lane', () => {
  it('that crawls is let go after two seconds, and the others of its region are not', async () => {
    const reads = await behind(7);
    const [crawling] = reads.flows;
    crawling?.wires['late']?.send(7);
    for (let i = 0; i < 3; i += 1) {
      expect(reads.slow).toEqual([]);
      reads.wait(900, ['late'], 1);
      await crawling?.wires['late']?.take(1);
    }
    expect(reads.flows.flatMap((flow) => reads.holdups.tooSlow(flow))).toEqual([crawling?.wires['late']?.lane]);
  });

  it.each([
    ['that does not open', false],
    ['that takes nothing more, whatever it did before', true],
  ])('%s is waited for two seconds, and its region goes on', async (_, opens) => {
    const reads = await Reads.of(6, 'quick', 'late');
    const stuck = new Wire('late');
    const quick = await new Wire('quick').open();
    if (opens) await stuck.open();
    reads.add({ quick, late: stuck });
    const read = reads.flows.at(-1);
    stuck.send(8);
    if (opens) await stuck.take(7);
    for (const ms of [1_990, 20]) {
      expect(reads.slow).toEqual([]);
      for (const end = reads.now + ms; reads.now < end; reads.holdups.look()) {
        reads.now += 10;
        if (read) read.waitsFor = [stuck.lane];
      }
    }
    expect(reads.slow).toEqual(['late']);
    expect(reads.flows.flatMap((flow) => reads.holdups.tooSlow(flow))).toEqual([stuck.lane]);
  });
});
