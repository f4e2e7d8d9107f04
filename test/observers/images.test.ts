import { afterEach, describe, expect, it } from 'vitest';
import { digest, type Digest } from '../../src/core/digest.ts';
import { DOCKER_MANIFEST } from '../../src/core/media-types.ts';
import type { CopySighting } from '../../src/core/sighting.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { rollback } from '../../src/mirror/rollback.ts';
import { sightRelease } from '../../src/observers/images.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { CODER_PREVIEW } from '../../src/rehearsal/world.ts';
import { makeBed, NAME, type Bed } from '../mirror/bed.ts';

let bed: Bed;
afterEach(() => bed.close());

const release = (version: string) =>
  seedImage(bed.source, { repository: NAME, tag: 'latest', version, layerBytes: [20_000, 4_000] });

/** What each region is found to lack by a look behind its tag. */
async function missing(): Promise<CopySighting['missing'][]> {
  const { endpoints, journal } = bed.run();
  const look = { depth: 'content', now: new Date() } as const;
  const { copies } = await sightRelease({ image: CODER_PREVIEW, tag: 'latest' }, endpoints, journal, look);
  return copies.map((copy) => copy.missing);
}

const nothing = { seen: true, value: { manifests: [], blobs: [], referrers: [] } };

describe('a look behind the tags', () => {
  it('misses no layer that may not be distributed and that the source has not got either', async () => {
    bed = await makeBed();
    const config = await bed.source.putBlob(NAME, Buffer.from('{}'));
    const elsewhere = digest(`sha256:${'f'.repeat(64)}`);
    const blob = (name: Digest, mediaType: string, size: number, more = {}) => ({
      mediaType,
      digest: name,
      size,
      ...more,
    });
    const windows = {
      schemaVersion: 2,
      mediaType: DOCKER_MANIFEST,
      config: blob(config, 'application/vnd.docker.container.image.v1+json', 2),
      layers: [
        blob(elsewhere, 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip', 9, {
          urls: ['https://example.com/l'],
        }),
      ],
    };
    bed.source.putManifest(NAME, Buffer.from(JSON.stringify(windows)), DOCKER_MANIFEST, 'latest');
    expect((await mirror(bed.run())).result).toBe('promoted');
    expect(await missing()).toEqual([nothing, nothing, nothing]);
  });

  it('and the mending of a pinned release go by a region that has all of it', async () => {
    bed = await makeBed();
    const first = await release('v1');
    await mirror(bed.run());
    await release('v2');
    await mirror(bed.run());
    expect((await rollback(bed.run(), digest(first.digest))).result).toBe('promoted');
    // Gone from the source, and a platform of it from the region that would be asked first.
    bed.source.dropManifest(NAME, first.digest);
    const [child] = first.manifests as [Digest];
    bed.regions.get('us-east-2')?.dropManifest(NAME, child);

    expect(await missing()).toEqual([
      { seen: true, value: { ...nothing.value, manifests: [child] } },
      nothing,
      nothing,
    ]);
    expect((await mirror(bed.run({ depth: 'content' }))).result).toBe('pinned');
    expect(await missing()).toEqual([nothing, nothing, nothing]);
    expect(await bed.broken()).toEqual([]);
  });
});
