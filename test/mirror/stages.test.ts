import { afterEach, describe, expect, it } from 'vitest';
import { minutes, plus } from '../../src/core/time.ts';
import { STAGE_LEASE_MS } from '../../src/mirror/claim.ts';
import { abandonStage, planStage, promoteStage, transferStage } from '../../src/mirror/stages.ts';
import type { Run } from '../../src/mirror/run.ts';
import type { Sitting } from '../../src/mirror/shards.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed, type BedOptions } from './bed.ts';

let made: Bed | undefined;
const bed = async (options?: BedOptions): Promise<Bed> => (made = await makeBed(options));
afterEach(async () => made?.close());

const release = (into: Bed, version = 'v1') =>
  seedImage(into.source, { repository: NAME, tag: 'latest', version, layerBytes: [300_000, 40_000] });

/** As the state machine does: plan, every leg of every shard, promote. */
async function machine(run: Run, sitting?: Sitting): Promise<string> {
  const { idle, shards } = await planStage(run, sitting);
  if (idle) return 'idle';
  for (const { shard, legs } of shards)
    for (let leg = 0; leg < legs; leg += 1) await transferStage(run, shard, leg, sitting);
  return (await promoteStage(run)).result;
}

describe('the pipeline, stage by stage', () => {
  it('brings a release to every region, and has nothing to do the second time', async () => {
    const world = await bed();
    const image = await release(world);
    expect(await machine(world.run())).toBe('promoted');
    expect(world.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await machine(world.run())).toBe('idle');
  });

  it.each([
    ['a plain registry', {}],
    ['one whose answers about offsets are stale', { staleUploadRange: true }],
  ])('takes a layer that is too large for one sitting in several, to %s', async (_, region) => {
    const world = await bed({ region });
    const image = await release(world);
    const sitting = { seconds: 1, bytesPerSecond: 100_000 };
    expect((await planStage(world.run({ id: 'look' }), sitting)).shards.some(({ legs }) => legs === 3)).toBe(true);
    await abandonStage(world.run({ id: 'look' }));
    expect(await machine(world.run(), sitting)).toBe('promoted');
    expect(world.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await world.broken()).toEqual([]);
  });

  it('may repeat a sitting that was cut short', async () => {
    const world = await bed();
    await release(world);
    const run = world.run();
    const { shards } = await planStage(run);
    for (const { shard } of [...shards, ...shards]) await transferStage(run, shard, 0);
    expect((await promoteStage(run)).result).toBe('promoted');
  });

  it.each([
    ['in whole shards', undefined],
    ['in legs', { seconds: 1, bytesPerSecond: 100_000 }],
  ])('writes down with the promotion what all sittings moved, %s', async (_, sitting) => {
    const world = await bed();
    const image = await release(world);
    await machine(world.run(), sitting);
    const [promotion] = await world.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
    expect(promotion?.copied?.bytesWritten).toBe(3 * image.bytes);
    expect(promotion?.copied?.blobs).toBe(3 * image.blobs.length);
    expect(promotion?.copied?.bytesRead).toBe(world.source.traffic.blobBytesOut);
  });

  it('keeps the release for as long as it sits, however long the whole takes', async () => {
    const world = await bed();
    await release(world);
    const clock = { now: new Date() };
    const now = (): Date => clock.now;
    const later = (): void => {
      clock.now = plus(clock.now, minutes(15));
    };
    const run = world.run({ now });
    const { shards } = await planStage(run, { seconds: 1, bytesPerSecond: 100_000 });
    for (const { shard, legs } of shards)
      for (let leg = 0; leg < legs; leg += 1) {
        await transferStage(run, shard, leg, { seconds: 1, bytesPerSecond: 100_000 });
        later();
        expect((await planStage(world.run({ now }))).idle).toBe(true);
      }
    expect((await promoteStage(run)).result).toBe('promoted');
  });

  it('moves nothing more when another run has taken over, and says whose it is', async () => {
    const world = await bed();
    await release(world);
    const run = world.run();
    const { shards } = await planStage(run);
    const later = (): Date => plus(new Date(), STAGE_LEASE_MS);
    const other = world.run({ now: later, by: 'ana' });
    await planStage(other);

    for (const { shard } of shards) await transferStage({ ...run, now: later }, shard, 0);
    const outcome = await promoteStage({ ...run, now: later });

    expect(world.source.traffic.blobBytesOut).toBe(0);
    expect(outcome).toMatchObject({ result: 'busy', why: expect.stringContaining(`ana (run ${other.id})`) });
    expect(world.served()).toEqual([undefined, undefined, undefined]);
    expect((await promoteStage(other)).result).toBe('promoted');
  });

  it('gives way when the source has moved on since it was planned', async () => {
    const world = await bed();
    await release(world, 'v1');
    const run = world.run();
    await planStage(run);
    await release(world, 'v2');
    expect((await promoteStage(run)).result).toBe('superseded');
    expect(world.served()).toEqual([undefined, undefined, undefined]);
    expect(await machine(world.run())).toBe('promoted');
  });

  it('lets nobody else run the release until it is abandoned', async () => {
    const world = await bed();
    await release(world);
    const first = world.run();
    await planStage(first);
    expect(await machine(world.run())).toBe('idle');
    await abandonStage(first);
    expect(await machine(world.run())).toBe('promoted');
  });
});
