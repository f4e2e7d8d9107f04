import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../src/core/digest.ts';
import { capacity, legOf, shardsOf, SITTING } from '../../src/mirror/shards.ts';
import type { Wanted } from '../../src/mirror/transfer.ts';

const REGIONS = ['us-east-2', 'us-west-2', 'eu-west-2'];
const ECR_LARGEST = 52_000 * 1_048_576;

const wantedOf = (sizes: readonly number[]): Wanted[] =>
  sizes.map((size, i) => ({
    blob: { mediaType: 'layer', digest: digest(`sha256:${i.toString(16).padStart(64, '0')}`), size },
    lacking: REGIONS,
  }));

describe('work for the state machine', () => {
  it('is cut so that every sitting fits and every blob goes to every region once, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: ECR_LARGEST }), { maxLength: 60 }), (sizes) => {
        const wanted = wantedOf(sizes);
        const shards = shardsOf(wanted);
        for (const { wanted: parts, legs } of shards) {
          const bytes = parts.reduce((sum, { blob, lacking }) => sum + blob.size * lacking.length, 0);
          expect(bytes).toBeLessThanOrEqual(legs * capacity(SITTING, 1));
          if (legs > 1) expect([parts.length, parts[0]?.lacking.length]).toEqual([1, 1]);
        }
        const gone = shards.flatMap((shard) =>
          shard.wanted.flatMap(({ blob, lacking }) => lacking.map((r) => `${blob.digest} ${r}`)),
        );
        const due = wanted.flatMap(({ blob, lacking }) => lacking.map((r) => `${blob.digest} ${r}`));
        expect(gone.sort()).toEqual(due.sort());
      }),
    );
  });

  it('takes ECR’s largest layer in four sittings to each region', () => {
    expect(shardsOf(wantedOf([ECR_LARGEST])).map(({ legs }) => legs)).toEqual([4, 4, 4]);
  });

  it('has legs that follow each other without a gap and end at the end', () => {
    const ends = [0, 1, 2, 3].map((leg) => legOf(ECR_LARGEST, leg));
    expect(ends.map(({ from }) => from).slice(1)).toEqual(ends.map(({ until }) => until).slice(0, -1));
    expect(ends.at(-1)?.until).toBe(ECR_LARGEST);
  });
});
