import { describe, expect, it } from 'vitest';
import type { Outcome, Progress } from '../../src/core/progress.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { rollback } from '../../src/mirror/rollback.ts';
import { seedImage, type SeededImage } from '../../src/rehearsal/seed-image.ts';
import type { RegistryServer } from '../../src/rehearsal/registry.ts';
import { NAME } from './bed.ts';
import { Coast } from './coast.ts';
import { EVENTS, type Storm } from './sky.ts';
import {
  breaksFirst,
  dice,
  regionWeather,
  SLOW,
  sourceWeather,
  splitting,
  type Pick,
  type Weather,
} from './weather.ts';

/**
 * Everything that can go wrong on the way, at random and repeatably, over real HTTP.
 *
 * Whatever happens, and at every moment: no tag in any region points at content that is not all there. After a run all
 * regions agree or all are as they were, or the run says `split`. When the weather has passed, the next run converges.
 * Every kind of weather is counted, so that none is only meant to occur. Processes that are killed have suites of
 * their own: `kill.test.ts`, `killed-anywhere.test.ts`.
 *
 * One run again: `GREENROOM_FAULT_SEED=1 GREENROOM_FAULT_RUN=453 npx vitest run test/mirror/faults.test.ts`.
 */
const RUNS = Number(process.env['GREENROOM_FAULT_RUNS'] ?? 500);
const SEED = Number(process.env['GREENROOM_FAULT_SEED'] ?? 1);
const ONLY = process.env['GREENROOM_FAULT_RUN'];
const BATCH = 25;

/** What happened, by name, and how often. */
const occurred = new Map<string, number>();
const count = (name: string, times = 1): void => void occurred.set(name, (occurred.get(name) ?? 0) + times);

const ROLLBACK = 'run: a rollback';
const release = { image: 'coder-preview', tag: 'latest' };

/** One run in bad weather, and the next in good. */
class Passage {
  readonly #coast: Coast;
  readonly #version: number;
  readonly #random: () => number;
  readonly #weather: Weather[] = [];
  readonly #before: readonly (string | undefined)[];
  readonly #storm: Storm;
  readonly #event: string | undefined;
  readonly #back: boolean;
  #images: SeededImage[] = [];
  #struck = false;

  constructor(coast: Coast, version: number) {
    this.#coast = coast;
    this.#version = version;
    this.#random = dice(SEED * 100_003 + version);
    this.#before = coast.bed.served();
    this.#event = this.#random() < 0.45 ? this.#pick(Object.keys(EVENTS)) : undefined;
    this.#back = this.#random() < 0.08 && !EVENTS[this.#event ?? '']?.early;
    this.#storm = {
      coast,
      pick: this.#pick,
      stop: new AbortController(),
      publish: () => this.#publish(`${version}b`),
      moved: new Map(),
      pending: [],
      late: [],
      struck: () => {
        this.#struck = true;
        count(this.#event ?? '');
      },
    };
  }

  async sail(): Promise<void> {
    await this.#publish(`${this.#version}`);
    this.#cloud();
    const outcome = await this.#mirror();
    const others = (await Promise.all(this.#storm.pending)).filter(isOutcome);
    for (const say of this.#storm.late) say();
    for (const [name, fault] of this.#weather)
      count(name, Math.max(...this.#coast.servers.map(({ met }) => met.get(fault) ?? 0)));
    this.#coast.calm();
    await this.#judge(outcome, others);
    await this.#clear();
  }

  readonly #pick: Pick = (from) => from[Math.floor(this.#random() * from.length)] as (typeof from)[number];

  async #publish(version: string): Promise<void> {
    const layers = this.#pick([[90_000, 4_000], [90_000, 4_000], [90_000, 200_000], [150_000]]);
    const image = await seedImage(this.#coast.bed.source, {
      repository: NAME,
      tag: 'latest',
      version: `v${version}`,
      platforms: ['linux/amd64'],
      kind: this.#pick(['oci', 'oci', 'nested', 'docker', 'single']),
      layerBytes: this.#isSlow ? [90_000, 3_000_000] : layers,
      signature: this.#pick(['none', 'none', 'fallback', 'legacy']),
    });
    this.#images.push(image);
  }

  get #isSlow(): boolean {
    return this.#version % 67 === 5;
  }

  #cloud(): void {
    const { bed, isHonest } = this.#coast;
    const meet = (server: RegistryServer | undefined, one: Weather): void => {
      if (one[1].do.kind === 'ignoreRange') server?.faults.push(breaksFirst());
      server?.faults.push(one[1]);
      this.#weather.push(one);
    };
    if (this.#random() < 0.5) meet(bed.source, this.#pick(sourceWeather(this.#pick)));
    for (const region of bed.regions.values())
      if (this.#random() < 0.4) meet(region, this.#pick(regionWeather(this.#pick, isHonest)));
    if (this.#isSlow) meet(bed.regions.get('eu-west-2'), SLOW);
    // What makes a split takes two, and would hardly ever meet by chance.
    if (this.#random() < 0.03) for (const [region, one] of splitting(this.#pick)) meet(bed.regions.get(region), one);
  }

  /** `undefined`: it was interrupted before any tag moved. */
  async #mirror(): Promise<Outcome | undefined> {
    const { stop } = this.#storm;
    const { act, early, journal } = EVENTS[this.#event ?? ''] ?? {};
    const moments = ['planned', 'landed', 'staged'] as const;
    const when = this.#pick(early ? moments : ([...moments, 'promoted'] as const));
    let left = this.#pick([1, 1, 2, 3]);
    const onProgress = ({ kind }: Progress): void => {
      if (kind === when && (left -= 1) === 0) act?.(this.#storm);
    };
    const run = this.#coast.stormy({ signal: stop.signal, onProgress });
    const doomed = { ...run, ...(journal && { journal: journal(run.journal, this.#storm.struck) }) };
    try {
      if (this.#back) count(ROLLBACK);
      return await (this.#back ? rollback(doomed) : mirror(doomed));
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      return undefined;
    }
  }

  async #judge(outcome: Outcome | undefined, others: readonly Outcome[]): Promise<void> {
    const { bed } = this.#coast;
    const after = bed.served();
    const where = this.#where(outcome, others);
    count(`outcome: ${outcome?.result ?? 'interrupted'}`);
    expect(await this.#coast.judged(), where).toEqual([]);
    const agree = new Set(after).size === 1;
    const unchanged = after.every((digest, i) => digest === this.#before[i] || this.#isMoved(i, digest));
    const split = [outcome, ...others].some((one) => one?.result === 'split');
    expect(agree || unchanged || split, where).toBe(true);
    for (const { result, regions } of [outcome, ...others].filter(isOutcome))
      if (result === 'split')
        expect(
          regions.some(({ error }) => error !== undefined),
          where,
        ).toBe(true);
    const { blocks, rival } = EVENTS[this.#event ?? ''] ?? {};
    if (blocks && this.#struck) expect(unchanged, where).toBe(true);
    if (rival) return;
    if (outcome?.result === 'promoted') expect(after, where).toEqual(after.map(() => outcome.digest));
    else if (!split && outcome?.result !== 'in-sync' && outcome?.result !== 'pinned')
      expect(unchanged, where).toBe(true);
  }

  #isMoved(i: number, digest: string | undefined): boolean {
    const region = [...this.#coast.bed.regions.keys()][i] ?? '';
    return digest !== undefined && this.#storm.moved.get(region) === digest;
  }

  #where(outcome: Outcome | undefined, others: readonly Outcome[] = []): string {
    const names = [this.#event ?? 'fair', ...this.#weather.map(([name]) => name)].join('; ');
    const back = this.#back ? ' back' : '';
    return `seed ${SEED}, run ${this.#version}${back} (${names}): ${[outcome, ...others].map((one) => `${one?.result} ${one?.why ?? ''}`).join(' beside ')}`;
  }

  /** The weather has passed. A rollback that was begun is finished first, and lifted. */
  async #clear(): Promise<void> {
    const { bed } = this.#coast;
    await bed.journal.release('storm');
    const pin = await bed.journal.pin(release);
    if (pin) {
      await this.#converges(pin.digest, ['promoted', 'pinned', 'in-sync']);
      await bed.journal.unpin(release);
    }
    const newest = this.#images.at(-1) as SeededImage;
    await this.#converges(newest.digest, ['promoted', 'in-sync']);
    for (const server of bed.regions.values())
      for (const referrer of newest.referrers)
        expect(server.manifestOf(NAME, referrer)?.digest, this.#where(undefined)).toBe(referrer);
    const [, ...older] = await bed.journal.promotions(release, 5);
    expect(
      older.map(({ state }) => state),
      this.#where(undefined),
    ).not.toContain('begun');
  }

  async #converges(digest: string, results: readonly string[]): Promise<void> {
    const { bed } = this.#coast;
    const next = await mirror(this.#coast.fair({ depth: 'referrers' }));
    const where = `${this.#where(undefined)}; then ${next.result} ${next.why ?? ''}`;
    expect(results, where).toContain(next.result);
    expect(bed.served(), where).toEqual([digest, digest, digest]);
    expect(await this.#coast.judged(), where).toEqual([]);
  }
}

const isOutcome = (value: unknown): value is Outcome =>
  typeof value === 'object' && value !== null && 'result' in value;

async function voyage(first: number): Promise<void> {
  const coast = await Coast.open(Math.floor(first / BATCH));
  try {
    const only = ONLY === undefined ? undefined : Number(ONLY);
    // Every run but a coast's first finds a release there.
    if (only !== undefined && only > first) await seedAndMirror(coast);
    const last = Math.min(first + BATCH, RUNS);
    for (let version = only ?? first; version < (only === undefined ? last : only + 1); version += 1)
      await new Passage(coast, version).sail();
    expect(await coast.bed.broken()).toEqual([]);
  } finally {
    await coast.bed.close();
  }
}

async function seedAndMirror(coast: Coast): Promise<void> {
  await seedImage(coast.bed.source, { repository: NAME, tag: 'latest', version: 'v', layerBytes: [90_000, 4_000] });
  await mirror(coast.fair());
}

describe(`in bad weather (${ONLY === undefined ? `${RUNS} seeded runs` : `run ${ONLY} of seed ${SEED}`})`, () => {
  const all = Array.from({ length: Math.ceil(RUNS / BATCH) }, (_, i) => i * BATCH);
  const coasts = ONLY === undefined ? all : [Math.floor(Number(ONLY) / BATCH) * BATCH];

  it.concurrent.each(coasts)(
    'no tag points at incomplete content and regions agree, runs %i and on',
    { timeout: 300_000 },
    voyage,
  );

  it.runIf(RUNS >= 500 && ONLY === undefined)('every kind of weather occurred, and every way to end', () => {
    const first: Pick = ([one]) => one as never;
    const kinds = [...sourceWeather(first), ...regionWeather(first, true), SLOW].map(([name]) => name);
    const ends = ['promoted', 'undone', 'split', 'failed', 'held', 'busy', 'interrupted'].map(
      (end) => `outcome: ${end}`,
    );
    const told = JSON.stringify(Object.fromEntries(occurred), null, 1);
    if (process.env['GREENROOM_FAULT_COUNTS']) process.stdout.write(`${told}\n`);
    const missed = [...kinds, ...Object.keys(EVENTS), ROLLBACK, ...ends].filter((name) => !occurred.get(name));
    expect(missed, told).toEqual([]);
  });
});
