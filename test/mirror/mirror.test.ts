import { afterEach, describe, expect, it } from 'vitest';
import { historyTag } from '../../src/core/promotion.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { fallbackTag } from '../../src/mirror/referrers.ts';
import { rollback } from '../../src/mirror/rollback.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed, type BedOptions } from './bed.ts';

let beds: Bed[] = [];
const bed = async (options?: BedOptions): Promise<Bed> => {
  const made = await makeBed(options);
  beds.push(made);
  return made;
};
afterEach(async () => {
  await Promise.all(beds.map((each) => each.close()));
  beds = [];
});

const release = (into: Bed, version: string, more = {}) =>
  seedImage(into.source, { repository: NAME, tag: 'latest', version, signature: 'fallback', ...more });

describe('a new release', () => {
  it('reaches every region whole, under the digest it has at the source', async () => {
    const world = await bed();
    const image = await release(world, 'v1');

    const outcome = await mirror(world.run());

    expect(outcome.result).toBe('promoted');
    expect(world.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await world.broken()).toEqual([]);
    expect(world.served(historyTag(image.digest))).toEqual([image.digest, image.digest, image.digest]);
  });

  it('is read from the source once, however many regions there are', async () => {
    const world = await bed({ regions: ['a', 'b', 'c', 'd', 'e'] });
    const image = await release(world, 'v1', { signature: 'none' });
    await mirror(world.run());
    expect(world.source.traffic.blobBytesOut).toBe(image.bytes);
  });

  it('costs one request to each side when nothing has changed, and writes nothing', async () => {
    const world = await bed();
    await release(world, 'v1');
    await mirror(world.run());
    const sides = [world.source, ...world.regions.values()];
    for (const side of sides) side.traffic.reset();

    const again = await mirror(world.run());

    expect(again.result).toBe('in-sync');
    expect(sides.map((side) => side.traffic.requests.map(({ method }) => method))).toEqual(sides.map(() => ['HEAD']));
  });

  it('sends only what the regions have not got', async () => {
    const world = await bed();
    await release(world, 'v1');
    await mirror(world.run());
    world.source.traffic.reset();
    const second = await release(world, 'v2');
    await mirror(world.run());
    expect(world.source.traffic.blobBytesOut).toBeLessThan(second.bytes);
    expect(await world.broken()).toEqual([]);
  });

  it.each(['oci', 'docker', 'nested', 'single'] as const)('may be of kind %s', async (kind) => {
    const world = await bed();
    const image = await release(world, 'v1', { kind });
    expect((await mirror(world.run())).result).toBe('promoted');
    expect(world.served()).toEqual([image.digest, image.digest, image.digest]);
  });

  it.each(['fallback', 'legacy', 'both'] as const)('brings its signatures along (%s)', async (signature) => {
    const world = await bed({ source: { kind: 'ghcr' } });
    const image = await release(world, 'v1', { signature, sbom: true });
    await mirror(world.run());
    for (const server of world.regions.values())
      for (const referrer of image.referrers) expect(server.manifestOf(NAME, referrer)?.digest).toBe(referrer);
  });

  it('has its signatures listed by a fallback tag where a region answers for referrers and lists none', async () => {
    const world = await bed({ region: { referrersApi: false, referrersEmpty: true } });
    const image = await release(world, 'v1', { sbom: true });
    expect(await mirror(world.run())).toMatchObject({ result: 'promoted', amiss: [] });
    for (const server of world.regions.values()) {
      const list = String(server.manifestOf(NAME, fallbackTag(image.digest))?.bytes);
      const { manifests } = JSON.parse(list) as { manifests: { digest: string }[] };
      expect(manifests.map(({ digest }) => digest).toSorted()).toEqual(image.referrers.toSorted());
    }
  });

  it('leaves the list of its signatures to a region that says it keeps one, and asks nothing more', async () => {
    const world = await bed();
    const image = await release(world, 'v1', { sbom: true });
    await mirror(world.run());
    for (const server of world.regions.values()) {
      expect(server.tagsOf(NAME).has(fallbackTag(image.digest))).toBe(false);
      expect(server.traffic.requests.filter(({ path }) => path.includes('/referrers/'))).toEqual([]);
    }
  });

  it('is promoted also where a list of its signatures cannot be written, which is said', async () => {
    const world = await bed({ region: { referrersApi: false } });
    await release(world, 'v1');
    for (const server of world.regions.values())
      server.faults.push({
        on: { method: 'PUT', path: /manifests\/sha256-/ },
        do: { kind: 'status', status: 400, code: 'TAG_INVALID', message: 'the repository is immutable' },
      });
    const outcome = await mirror(world.run());
    expect(outcome.result).toBe('promoted');
    expect(outcome.amiss).toHaveLength(world.regions.size);
    expect(outcome.amiss[0]?.evidence.have).toContain('immutable');
  });

  it('is promoted also where a region refuses its signatures, which is said', async () => {
    const world = await bed({ region: { rejectsReferrers: true } });
    await release(world, 'v1', { signature: 'fallback' });
    const outcome = await mirror(world.run());
    expect(outcome.result).toBe('promoted');
    expect(outcome.amiss.map(({ status }) => status)).toContain('warn');
  });

  it('travels between registries with the manners of GHCR and of ECR', async () => {
    const world = await bed({
      source: { kind: 'ghcr' },
      region: { auth: 'basic', credentials: { username: 'greenroom', password: 'rehearsal' }, blobRedirect: true },
    });
    const image = await release(world, 'v1');
    expect((await mirror(world.run())).result).toBe('promoted');
    expect(world.served()).toEqual([image.digest, image.digest, image.digest]);
  });
});

describe('wrong bytes', () => {
  it('become a blob nowhere, though the registries would take anything', async () => {
    const world = await bed({ region: { checksDigests: false } });
    const image = await release(world, 'v1', { signature: 'none' });
    for (const blob of image.blobs) world.source.corruptBlob(NAME, blob);

    const outcome = await mirror(world.run());

    expect(outcome.result).toBe('failed');
    expect(outcome.why).toContain('not what the digest says');
    for (const region of world.regions.values())
      expect(image.blobs.filter((blob) => region.blobPresent(NAME, blob))).toEqual([]);
    expect(world.served()).toEqual([undefined, undefined, undefined]);
  });
});

describe('when a region refuses the tag', () => {
  it('the others go back to what they served', async () => {
    const world = await bed({ http: { tries: 2, backoffMs: 5 } });
    const first = await release(world, 'v1');
    await mirror(world.run());
    await release(world, 'v2');
    const [region] = world.regions.values();
    region?.faults.push({ on: { method: 'PUT', path: /manifests\/latest$/ }, do: { kind: 'status', status: 500 } });

    const outcome = await mirror(world.run());

    expect(outcome.result).toBe('undone');
    expect(world.served()).toEqual([first.digest, first.digest, first.digest]);
    const [last] = await world.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
    expect(last?.state).toBe('undone');
  });

  it('a first release leaves no tag behind', async () => {
    const world = await bed({ http: { tries: 2, backoffMs: 5 } });
    await release(world, 'v1');
    const [region] = world.regions.values();
    region?.faults.push({ on: { method: 'PUT', path: /manifests\/latest$/ }, do: { kind: 'status', status: 500 } });
    expect((await mirror(world.run())).result).toBe('undone');
    expect(world.served()).toEqual([undefined, undefined, undefined]);
  });
});

describe('a region in trouble', () => {
  it('that fails one upload is filled from a sibling, not from the source', async () => {
    const world = await bed();
    const image = await release(world, 'v1', { signature: 'none' });
    const [region] = world.regions.values();
    region?.faults.push({
      on: { method: 'PUT', path: /uploads/ },
      times: 2,
      do: { kind: 'status', status: 500, afterBody: true },
    });
    const outcome = await mirror(world.run());
    expect(outcome.result).toBe('promoted');
    expect(outcome.copied?.healed).toBeGreaterThan(0);
    expect(world.source.traffic.blobBytesOut).toBe(image.bytes);
  });

  it('that cannot store anything stops the promotion, and no tag moves', async () => {
    const world = await bed({ http: { tries: 2, backoffMs: 5 } });
    await release(world, 'v1');
    const [region] = world.regions.values();
    region?.faults.push({ on: { method: 'PUT', path: /uploads/ }, do: { kind: 'diskFull' } });
    const outcome = await mirror(world.run());
    expect(outcome.result).toBe('failed');
    expect(outcome.why).toContain('us-east-2');
    expect(world.served()).toEqual([undefined, undefined, undefined]);
  });
});

describe('somebody’s word', () => {
  it('a hold lets content through and keeps the tag where it is', async () => {
    const world = await bed();
    const now = new Date();
    const first = await release(world, 'v1');
    await mirror(world.run());
    const second = await release(world, 'v2');
    await world.journal.hold({
      id: 'w',
      scope: '*',
      since: now,
      until: new Date(now.getTime() + 60_000),
      by: 'Ada',
      why: 'workshop',
    });
    const outcome = await mirror(world.run());
    expect(outcome.result).toBe('held');
    expect(outcome.why).toContain('Ada: workshop');
    expect(world.served()).toEqual([first.digest, first.digest, first.digest]);
    expect(world.served(historyTag(second.digest))).toEqual([second.digest, second.digest, second.digest]);
  });

  it('a rollback copies nothing, pins, and stays until it is lifted', async () => {
    const world = await bed();
    const first = await release(world, 'v1');
    await mirror(world.run());
    const second = await release(world, 'v2');
    await mirror(world.run());

    const back = await rollback(world.run({ by: 'Ada', why: 'it broke' }));
    expect(back.result).toBe('promoted');
    expect(back.copied?.bytesWritten).toBe(0);
    expect(world.served()).toEqual([first.digest, first.digest, first.digest]);

    const next = await mirror(world.run());
    expect(next.result).toBe('pinned');
    expect(world.served()).toEqual([first.digest, first.digest, first.digest]);

    await world.journal.unpin({ image: 'coder-preview', tag: 'latest' });
    await mirror(world.run());
    expect(world.served()).toEqual([second.digest, second.digest, second.digest]);
  });
});
