import { describe, expect, it } from 'vitest';
import { mirror } from '../../src/mirror/mirror.ts';
import type { Fault, RegistryServer } from '../../src/rehearsal/registry.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed } from './bed.ts';

/**
 * Everything that can go wrong on the way, at random and repeatably, over real HTTP.
 *
 * Whatever happens, no tag in any region points at content that is not all there, and after a run either all regions
 * agree or all are as they were (or the run says `split`). When the weather has passed, the next run converges.
 */
const RUNS = Number(process.env['GREENROOM_FAULT_RUNS'] ?? 500);
const SEED = Number(process.env['GREENROOM_FAULT_SEED'] ?? 1);
const BATCH = 50;

/** mulberry32: the same seed, the same weather. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Pick = <T>(from: readonly T[]) => T;

const onSource = (pick: Pick): Fault =>
  pick<Fault>([
    { on: { method: 'GET', path: /blobs/ }, times: 1, do: { kind: 'reset', afterBytes: pick([0, 1_000, 60_000]) } },
    { on: { method: 'GET', path: /blobs/ }, times: 2, do: { kind: 'truncate', atBytes: pick([0, 5_000]) } },
    { on: { method: 'GET', path: /blobs/ }, times: 1, do: { kind: 'corrupt', atByte: pick([0, 100]) } },
    { on: { method: 'GET', path: /blobs/ }, times: 2, do: { kind: 'ignoreRange' } },
    { on: { method: 'GET', path: /manifests/ }, times: 1, do: { kind: 'corrupt', atByte: 10 } },
    { on: { method: 'GET', path: /manifests/ }, times: 1, do: { kind: 'status', status: 503 } },
    { on: { method: 'HEAD' }, times: 1, do: { kind: 'status', status: 500 } },
    {
      on: { path: /manifests|blobs/ },
      times: 1,
      do: {
        kind: 'status',
        status: 429,
        code: 'TOOMANYREQUESTS',
        message: 'retry-after: 1.16676ms, allowed: 44000/minute',
      },
    },
  ]);

const onRegion = (pick: Pick): Fault =>
  pick<Fault>([
    {
      on: { method: 'PUT', path: /uploads/ },
      times: pick([1, 3]),
      do: { kind: 'status', status: 500, afterBody: pick([true, false]) },
    },
    { on: { method: 'PUT', path: /uploads/ }, times: 1, do: { kind: 'reset', afterBytes: pick([0, 20_000]) } },
    { on: { method: 'POST', path: /uploads/ }, times: 2, do: { kind: 'status', status: 503 } },
    { on: { method: 'POST', path: /uploads/ }, do: { kind: 'status', status: 403, code: 'DENIED' } },
    { on: { method: 'PUT', path: /manifests\/sha256/ }, times: 1, do: { kind: 'status', status: 500 } },
    { on: { method: 'PUT', path: /manifests\/gr-/ }, do: { kind: 'status', status: 400, code: 'MANIFEST_INVALID' } },
    { on: { method: 'PUT', path: /manifests\/latest/ }, times: pick([1, 9]), do: { kind: 'status', status: 500 } },
    { on: { method: 'PUT', path: /manifests\/latest/ }, do: { kind: 'status', status: 403, code: 'DENIED' } },
    {
      on: { method: 'PUT', path: /manifests\/latest/ },
      times: 1,
      do: { kind: 'status', status: 500, afterBody: true },
    },
    {
      on: { method: 'PUT', path: /manifests/ },
      times: 1,
      do: { kind: 'status', status: 429, headers: { 'retry-after': '0' } },
    },
    { on: { method: 'HEAD' }, times: pick([1, 2]), do: { kind: 'status', status: 502 } },
    { on: { method: 'GET', path: /blobs/ }, times: 1, do: { kind: 'reset', afterBytes: 500 } },
  ]);

async function storm(bed: Bed, version: number): Promise<string> {
  const random = dice(SEED * 100_003 + version);
  const pick: Pick = (from) => from[Math.floor(random() * from.length)] as (typeof from)[number];
  const regions = [...bed.regions.values()];
  const image = await release(bed, `v${version}`);
  const before = bed.served();

  if (random() < 0.6) bed.source.faults.push(onSource(pick));
  for (const region of regions) if (random() < 0.45) region.faults.push(onRegion(pick));
  const outcome = await mirror(bed.run());
  calm(bed.source, ...regions);

  const after = bed.served();
  const where = `seed ${SEED}, run ${version}: ${outcome.result} ${outcome.why ?? ''}`;
  expect(await bed.broken(), where).toEqual([]);
  const agree = new Set(after).size === 1;
  const unchanged = after.every((digest, i) => digest === before[i]);
  expect(agree || unchanged || outcome.result === 'split', where).toBe(true);
  if (outcome.result === 'promoted') expect(after, where).toEqual(after.map(() => image.digest));

  const next = await mirror(bed.run());
  expect(['promoted', 'in-sync'], `${where}; then ${next.result} ${next.why ?? ''}`).toContain(next.result);
  expect(bed.served(), where).toEqual(after.map(() => image.digest));
  return outcome.result;
}

const calm = (...servers: RegistryServer[]): void => servers.forEach((server) => (server.faults = []));

const release = (bed: Bed, version: string) =>
  seedImage(bed.source, {
    repository: NAME,
    tag: 'latest',
    version,
    platforms: ['linux/amd64'],
    layerBytes: [90_000, 4_000],
    signature: 'none',
  });

describe(`in bad weather (${RUNS} seeded runs)`, () => {
  const results: Record<string, number> = {};
  const batches = Array.from({ length: Math.ceil(RUNS / BATCH) }, (_, i) => i * BATCH);

  it.each(batches)(
    'no tag points at incomplete content and regions agree, runs %i and on',
    { timeout: 120_000 },
    async (first) => {
      const bed = await makeBed({ http: { tries: 3, backoffMs: 2, limitMs: 5, stallMs: 2_000 } });
      try {
        for (let version = first; version < Math.min(first + BATCH, RUNS); version += 1) {
          const result = await storm(bed, version);
          results[result] = (results[result] ?? 0) + 1;
        }
      } finally {
        await bed.close();
      }
    },
  );

  it('had weather worth the name', () => {
    expect(results['promoted']).toBeGreaterThan(0);
    expect(results['undone']).toBeGreaterThan(0);
    expect(results['failed']).toBeGreaterThan(0);
  });
});
