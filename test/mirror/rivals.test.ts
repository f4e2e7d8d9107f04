import { afterEach, describe, expect, it } from 'vitest';
import type { ProgressEvent } from '../../src/core/progress.ts';
import { plus } from '../../src/core/time.ts';
import { claimFor, LEASE_MS } from '../../src/mirror/claim.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { releasesOf } from '../../src/mirror/releases.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { CODER_PREVIEW } from '../../src/rehearsal/world.ts';
import { makeBed, NAME, type Bed } from './bed.ts';

let bed: Bed;
afterEach(() => bed.close());

const release = (version: string, tag = 'latest') =>
  seedImage(bed.source, { repository: NAME, tag, version, layerBytes: [20_000, 4_000] });

/** Does something in the middle of a run, when everything is in place and no tag has moved. */
const whenStaged =
  (act: () => Promise<unknown>) =>
  ({ kind }: ProgressEvent): void => {
    if (kind === 'staged') void act();
  };

describe('what happens while content travels', () => {
  it('a hold that is written then keeps the tag where it is', async () => {
    bed = await makeBed();
    const first = await release('v1');
    await mirror(bed.run());
    await release('v2');
    const now = new Date();
    const hold = { id: 'w', scope: '*', since: now, until: plus(now, 60_000), by: 'ana', why: 'workshop' };
    const outcome = await mirror(bed.run({ onProgress: whenStaged(() => bed.journal.hold(hold)) }));
    expect(outcome).toMatchObject({ result: 'held', why: expect.stringContaining('ana: workshop') });
    expect(bed.served()).toEqual([first.digest, first.digest, first.digest]);
  });

  it('a run that was taken for dead moves no tag, though it is alive', async () => {
    bed = await makeBed();
    const first = await release('v1');
    await mirror(bed.run());
    await release('v2');
    const heir = bed.run({ now: () => plus(new Date(), LEASE_MS) });
    const outcome = await mirror(bed.run({ onProgress: whenStaged(() => claimFor(heir, LEASE_MS)) }));
    expect(outcome.result).toBe('busy');
    expect(bed.served()).toEqual([first.digest, first.digest, first.digest]);
  });
});

describe('a run that has failed', () => {
  it('does nothing more behind the back of whoever waited for it', async () => {
    bed = await makeBed();
    await release('v1');
    const [refusing, slow] = [bed.regions.get('us-east-2'), bed.regions.get('eu-west-2')];
    refusing?.faults.push({ on: { path: /manifests\/gr-/ }, do: { kind: 'status', status: 400 } });
    if (slow) slow.shape = { latencyMs: 30 };
    expect((await mirror(bed.run())).result).toBe('failed');
    expect(slow?.traffic.requests.filter(({ status }) => status === 0)).toEqual([]);
    expect(slow?.tagsOf(NAME).size).toBe(1);
  });
});

describe('two runs at once', () => {
  it('of one release: one brings it, the other says who is at it and until when that is believed', async () => {
    bed = await makeBed();
    const image = await release('v1');
    const [one, other] = [bed.run({ by: 'ana' }), bed.run({ by: 'ben' })];
    const outcomes = await Promise.all([mirror(one), mirror(other)]);
    expect(outcomes.map(({ result }) => result).sort()).toEqual(['busy', 'promoted']);
    const why = outcomes.find(({ result }) => result === 'busy')?.why;
    expect(why).toMatch(/^(?:ana|ben) \(run \S+\) is at it; should that have died, the release is free at [\d:]+ UTC$/);
    expect(bed.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await bed.journal.promotions(one.release, 9)).toHaveLength(1);
  });

  it('of two tags of one image: both are brought, whole', async () => {
    bed = await makeBed();
    const [latest, stable] = [await release('v2'), await release('v1', 'stable')];
    await Promise.all([mirror(bed.run()), mirror(bed.run({ release: { image: 'coder-preview', tag: 'stable' } }))]);
    expect(bed.served()).toEqual([latest.digest, latest.digest, latest.digest]);
    expect(bed.served('stable')).toEqual([stable.digest, stable.digest, stable.digest]);
    expect(await bed.broken()).toEqual([]);
  });
});

describe('a pattern of tags', () => {
  it('takes the newest versions out of all pages of the source, and each is brought', async () => {
    bed = await makeBed({ source: { tagsPageSize: 50 } });
    const { digest } = await release('v1', 'v1.0.0');
    for (let minor = 1; minor < 180; minor += 1) bed.source.setTag(NAME, `v1.${minor}.0`, digest);
    bed.source.setTag(NAME, 'v1.180.0-rc.1', digest);
    bed.source.setTag(NAME, 'nightly', digest);
    bed.source.setTag(NAME, `sha256-${'a'.repeat(64)}`, digest);
    const { source } = bed.run().endpoints;
    const image = { ...CODER_PREVIEW, tags: ['v*'], newest: 3 };

    const releases = await releasesOf(image, source);

    expect(releases.map(({ tag }) => tag)).toEqual(['v1.180.0-rc.1', 'v1.179.0', 'v1.178.0']);
    for (const { tag } of releases) await mirror(bed.run({ release: { image: image.name, tag } }));
    for (const { tag } of releases) expect(bed.served(tag)).toEqual([digest, digest, digest]);
    expect(bed.served('v1.177.0')).toEqual([undefined, undefined, undefined]);
  });
});

describe('a repository that does not exist', () => {
  it('in a region, and that nobody may make there, is named, and no tag moves anywhere', async () => {
    bed = await makeBed({ region: { createOnPush: false }, http: { tries: 2, backoffMs: 2 } });
    await release('v1');
    bed.regions.get('us-west-2')?.deleteRepository(NAME);
    const outcome = await mirror(bed.run());
    expect(outcome.result).toBe('failed');
    expect(outcome.why).toContain('us-west-2');
    expect(outcome.why).toContain('NAME_UNKNOWN');
    expect(bed.served()).toEqual([undefined, undefined, undefined]);
  });

  it('at the source is a release that is absent', async () => {
    bed = await makeBed();
    expect(await mirror(bed.run())).toMatchObject({
      result: 'absent',
      why: expect.stringContaining('has no tag latest'),
    });
  });
});
