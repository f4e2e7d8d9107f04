import { afterEach, describe, expect, it } from 'vitest';
import type { Image } from '../../src/core/estate.ts';
import { examine } from '../../src/core/check.ts';
import { imagesMatchTheirSource } from '../../src/core/checks/images-match-their-source.ts';
import { saw } from '../../src/core/sighting.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { rollback } from '../../src/mirror/rollback.ts';
import { sightRelease } from '../../src/observers/images.ts';
import { CODER_PREVIEW } from '../../src/rehearsal/world.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed } from './bed.ts';

let bed: Bed;
afterEach(() => bed.close());

const AMD64 = ['linux/amd64'];
const release = (version: string, more = {}) =>
  seedImage(bed.source, { repository: NAME, tag: 'latest', version, layerBytes: [20_000, 4_000], ...more });

/** What the index under a tag lists in one region: each platform, and which one each attestation is about. */
function listed(): string[] {
  const [server] = bed.regions.values();
  const { manifests } = JSON.parse(String(server?.manifestOf(NAME, 'latest')?.bytes)) as {
    manifests: { digest: string; platform: { architecture: string }; annotations?: Record<string, string> }[];
  };
  const archOf = (digest?: string) => manifests.find((one) => one.digest === digest)?.platform.architecture;
  return manifests.map(({ platform, annotations }) =>
    platform.architecture === 'unknown'
      ? `about ${archOf(annotations?.['vnd.docker.reference.digest'])}`
      : platform.architecture,
  );
}

describe('where only some platforms are wanted', () => {
  it('the copy is another index, with those platforms and what attests to them, byte for byte', async () => {
    bed = await makeBed();
    const image = await release('v1');
    const outcome = await mirror(bed.run({ platforms: AMD64 }));

    expect(outcome.result).toBe('promoted');
    expect(listed()).toEqual(['amd64', 'about amd64']);
    expect(outcome.digest).not.toBe(image.digest);
    expect(bed.served()).toEqual([outcome.digest, outcome.digest, outcome.digest]);
    expect(await bed.broken()).toEqual([]);
  });

  it('all of them named is the whole index, under the digest it has at the source', async () => {
    bed = await makeBed();
    const image = await release('v1');
    await mirror(bed.run({ platforms: ['linux/amd64', 'linux/arm64'] }));
    expect(bed.served()).toEqual([image.digest, image.digest, image.digest]);
  });

  it('a variant is chosen by its own name, and all variants by the name they share', async () => {
    bed = await makeBed();
    await release('v1', { platforms: ['linux/arm/v6', 'linux/arm/v7', 'linux/amd64'], attestations: false });
    await mirror(bed.run({ platforms: ['linux/arm'] }));
    expect(listed()).toEqual(['arm', 'arm']);
  });

  it('an image without an index is taken as it is', async () => {
    bed = await makeBed();
    const image = await release('v1', { kind: 'single' });
    await mirror(bed.run({ platforms: AMD64 }));
    expect(bed.served()).toEqual([image.digest, image.digest, image.digest]);
  });

  it('costs one request to each side when nothing has changed, and writes nothing', async () => {
    bed = await makeBed();
    await release('v1');
    await mirror(bed.run({ platforms: AMD64 }));
    const sides = [bed.source, ...bed.regions.values()];
    for (const side of sides) side.traffic.reset();

    expect((await mirror(bed.run({ platforms: AMD64 }))).result).toBe('in-sync');

    const methods = sides.map(({ traffic }) => traffic.requests.map(({ method }) => method));
    expect(methods).toEqual([['GET'], ['HEAD'], ['HEAD'], ['HEAD']]);
  });

  it('a rollback returns to exactly what was promoted, also when other platforms are wanted since', async () => {
    bed = await makeBed();
    await release('v1');
    const first = await mirror(bed.run({ platforms: AMD64 }));
    await release('v2');
    await mirror(bed.run({ platforms: ['linux/arm64'] }));

    expect((await rollback(bed.run({ platforms: ['linux/arm64'] }))).result).toBe('promoted');
    expect(bed.served()).toEqual([first.digest, first.digest, first.digest]);
    expect((await mirror(bed.run({ platforms: ['linux/arm64'] }))).result).toBe('pinned');
  });
});

describe('a platform that the image is not made for', () => {
  it.each([
    ['alone', ['linux/riscv64'], {}, 'linux/riscv64: it is made for linux/amd64, linux/arm64'],
    ['beside one that it is made for', ['linux/amd64', 'linux/riscv64'], {}, 'choose linux/riscv64: it is made for'],
    ['in an index that names none', AMD64, { kind: 'nested' }, 'its index names no platforms'],
  ])('%s is refused: nothing is written, and the reason names what there is', async (_, platforms, more, why) => {
    bed = await makeBed();
    await release('v1', more);
    const outcome = await mirror(bed.run({ platforms }));
    expect(outcome.result).toBe('failed');
    expect(outcome.why).toContain(why);
    expect(bed.served()).toEqual([undefined, undefined, undefined]);
    for (const { traffic } of bed.regions.values()) expect(traffic.countOf('PUT')).toBe(0);
  });
});

describe('parity of a filtered image', () => {
  const image: Image = { ...CODER_PREVIEW, platforms: AMD64 };
  const look = async () => {
    const { endpoints, journal } = bed.run();
    const now = new Date();
    const sighting = await sightRelease({ image, tag: 'latest' }, endpoints, journal, { depth: 'content', now });
    return examine([imagesMatchTheirSource], { images: saw([sighting]) }, now);
  };

  it('is measured against the wanted platforms of the source, and says so', async () => {
    bed = await makeBed();
    await release('v1');
    await mirror(bed.run({ platforms: AMD64 }));
    const findings = await look();
    expect(findings.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok']);
    expect(findings[0]?.evidence.want).toMatch(/as linux\/amd64 of ghcr\.io\/coder\/coder-preview:latest$/);
  });

  it('fails where a region serves all platforms instead', async () => {
    bed = await makeBed();
    await release('v1');
    await mirror(bed.run());
    expect((await look()).map(({ status }) => status)).toEqual(['fail', 'fail', 'fail']);
  });

  it('is unknown where the source has not got a platform, and names those it has', async () => {
    bed = await makeBed();
    await release('v1');
    await mirror(bed.run({ platforms: AMD64 }));
    await release('v2', { platforms: ['linux/arm64'] });
    const findings = await look();
    expect(findings.map(({ status }) => status)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(findings[0]?.evidence.have).toContain('could not choose linux/amd64: it is made for linux/arm64');
  });
});
