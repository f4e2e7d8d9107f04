import { afterEach, describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.ts';
import type { CopySighting } from '../../src/core/sighting.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { fallbackTag } from '../../src/mirror/referrers.ts';
import { sightRelease, type Look } from '../../src/observers/images.ts';
import { seedImage, type SeededImage, type SeedOptions } from '../../src/rehearsal/seed-image.ts';
import type { RegistryServer } from '../../src/rehearsal/registry.ts';
import { CODER_PREVIEW } from '../../src/rehearsal/world.ts';
import { makeBed, NAME, type Bed, type BedOptions } from './bed.ts';

let bed: Bed;
afterEach(() => bed.close());

/** A release in every region, which is signed only then. */
async function signedLate(how: Partial<SeedOptions>, options: BedOptions = {}): Promise<SeededImage> {
  bed = await makeBed(options);
  const image = { repository: NAME, tag: 'latest', version: 'v1', layerBytes: [20_000, 4_000] };
  await seedImage(bed.source, { ...image, signature: 'none' });
  await mirror(bed.run());
  return seedImage(bed.source, { ...image, ...how });
}

const sides = () => [bed.source, ...bed.regions.values()];
const written = () =>
  sides().flatMap(({ traffic }) => traffic.requests.filter(({ method }) => !/GET|HEAD/.test(method)));

/** How often each side is asked meanwhile: the source, then each region, ECR's API included. */
async function costOf(work: () => Promise<unknown>): Promise<number[]> {
  const asked = (): number[] => {
    const apis = [...bed.regions.keys()].map((region) => bed.apis.get(region)?.requests() ?? 0);
    return sides().map(({ traffic }, i) => traffic.requests.length + (apis[i - 1] ?? 0));
  };
  const before = asked();
  await work();
  return asked().map((count, i) => count - (before[i] ?? 0));
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);

async function look(depth: Look['depth']): Promise<(readonly Digest[])[]> {
  const { endpoints, journal } = bed.run();
  const release = { image: CODER_PREVIEW, tag: 'latest' };
  const { copies } = await sightRelease(release, endpoints, journal, { depth, now: new Date() });
  return copies.map(({ missing }: CopySighting) => (missing?.seen ? missing.value.referrers : []));
}

const WAYS = [
  ['listed under a tag', { signature: 'fallback' }],
  ['with cosign’s own tag', { signature: 'legacy' }],
  ['in both ways', { signature: 'both' }],
  ['listed under a tag, with an SBOM', { signature: 'fallback', sbom: true }],
] as const;

describe.each([
  ['regions that keep lists of referrers', {}],
  ['regions that keep none', { region: { referrersApi: false } }],
  ['regions of ECR', { inEcr: true }],
])('a release that is signed after it was mirrored, in %s', (_, regions) => {
  it.each(WAYS)('%s: the signature is brought when it is looked for', async (_way, how) => {
    const image = await signedLate(how, { source: { kind: 'ghcr' }, ...regions });
    await mirror(bed.run({ depth: 'referrers' }));
    for (const server of bed.regions.values())
      for (const referrer of image.referrers) expect(server.manifestOf(NAME, referrer)?.digest).toBe(referrer);
    expect(bed.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await bed.broken()).toEqual([]);
  });

  it.each(WAYS)('%s: looks notice it until it is there, and not after', async (_way, how) => {
    const image = await signedLate(how, { source: { kind: 'ghcr' }, ...regions });
    for (const depth of ['referrers', 'content'] as const)
      for (const missing of await look(depth)) expect([...missing].sort()).toEqual([...image.referrers].sort());
    await mirror(bed.run({ depth: 'referrers' }));
    for (const depth of ['referrers', 'content'] as const) expect(await look(depth)).toEqual([[], [], []]);
  });

  it.each(WAYS)(
    '%s: costs sixteen requests at most when nothing has changed, and writes nothing',
    async (_way, how) => {
      await signedLate(how, { source: { kind: 'ghcr' }, ...regions });
      await mirror(bed.run({ depth: 'referrers' }));
      for (const { traffic } of sides()) traffic.reset();
      const again = async () => expect((await mirror(bed.run({ depth: 'referrers' }))).result).toBe('in-sync');
      expect(sum(await costOf(again))).toBeLessThanOrEqual(16);
      expect(written()).toEqual([]);
    },
  );
});

describe('a quiet look at regions of ECR', () => {
  /** A list, and two tags of cosign's own. */
  async function saidInEveryWay(): Promise<SeededImage> {
    const image = await signedLate({ signature: 'both', sbom: true }, { inEcr: true });
    const root = bed.source.tagsOf(NAME).get(`${fallbackTag(image.digest)}.sig`) as Digest;
    bed.source.setTag(NAME, `${fallbackTag(image.digest)}.att`, root);
    await mirror(bed.run({ depth: 'content' }));
    return image;
  }
  const ohio = () => bed.regions.get('us-east-2') as RegistryServer;

  it('asks the source five times and each region once, however much is said', async () => {
    await saidInEveryWay();
    expect(await costOf(() => look('referrers'))).toEqual([5, 1, 1, 1]);
  });

  it('asks a region for its tag alone where nothing is said', async () => {
    await signedLate({ signature: 'none' }, { inEcr: true });
    expect(await costOf(() => look('referrers'))).toEqual([5, 1, 1, 1]);
  });

  it('misses each thing that one region has lost', async () => {
    const { digest, referrers } = await saidInEveryWay();
    for (const tag of ['.sig', '.att'].map((end) => `${fallbackTag(digest)}${end}`)) {
      const root = ohio().tagsOf(NAME).get(tag) as Digest;
      ohio().dropTag(NAME, tag);
      expect(await look('referrers')).toEqual([[root], [], []]);
      ohio().setTag(NAME, tag, root);
    }
    for (const referrer of referrers) ohio().dropManifest(NAME, referrer);
    const [lost = [], ...others] = await look('referrers');
    expect([new Set(lost), others]).toEqual([new Set(referrers), [[], []]]);
    await mirror(bed.run({ depth: 'referrers' }));
    expect(await look('referrers')).toEqual([[], [], []]);
  });

  it('misses what is archived, because nobody can pull it', async () => {
    const { referrers } = await saidInEveryWay();
    const [cold] = referrers as [Digest];
    bed.apis.get('us-east-2')?.archived.add(cold);
    ohio().faults = [{ on: { method: 'HEAD', path: new RegExp(cold) }, do: { kind: 'status', status: 404 } }];
    expect(await look('referrers')).toEqual([[cold], [], []]);
  });

  it('believes that what is there is listed; the hourly look sees for itself', async () => {
    const { referrers } = await saidInEveryWay();
    ohio().manners = { ...ohio().manners, referrersApi: false };
    expect(await look('referrers')).toEqual([[], [], []]);
    const [unlisted = [], ...others] = await look('content');
    expect(unlisted.length).toBeGreaterThan(0);
    expect(referrers).toEqual(expect.arrayContaining([...unlisted]));
    expect(others).toEqual([[], []]);
  });
});

describe('what is said about a release', () => {
  it('is found through the API alone where the source has one', async () => {
    const image = await signedLate({ signature: 'api', sbom: true });
    for (const missing of await look('referrers')) expect(missing).toHaveLength(image.referrers.length);
    await mirror(bed.run({ depth: 'referrers' }));
    expect(await look('referrers')).toEqual([[], [], []]);
  });

  it('is not asked of the regions where nothing is said', async () => {
    bed = await makeBed();
    await seedImage(bed.source, { repository: NAME, tag: 'latest', version: 'v1', signature: 'none' });
    await mirror(bed.run());
    for (const { traffic } of sides()) traffic.reset();
    await mirror(bed.run({ depth: 'referrers' }));
    expect(sides().map(({ traffic }) => traffic.requests.length)).toEqual([6, 1, 1, 1]);
  });

  it('is missed where a region has it and does not list it', async () => {
    const image = await signedLate({ signature: 'fallback' }, { region: { referrersApi: false } });
    await mirror(bed.run({ depth: 'referrers' }));
    bed.regions.get('us-west-2')?.dropTag(NAME, fallbackTag(image.digest));
    for (const depth of ['referrers', 'content'] as const) expect(await look(depth)).toEqual([[], image.referrers, []]);
    await mirror(bed.run({ depth: 'referrers' }));
    expect(await look('content')).toEqual([[], [], []]);
  });

  it('is not missed when it is gone from the source and only still listed there', async () => {
    const image = await signedLate({ signature: 'fallback' });
    for (const referrer of image.referrers) bed.source.dropManifest(NAME, referrer);
    expect(await look('referrers')).toEqual([[], [], []]);
    expect(await look('content')).toEqual([[], [], []]);
  });

  it('about a platform of it is found by the look behind the tag', async () => {
    const image = await signedLate({ signature: 'fallback', signPlatforms: true });
    expect((await look('content'))[0]).toHaveLength(image.referrers.length);
    await mirror(bed.run({ depth: 'content' }));
    expect(await look('content')).toEqual([[], [], []]);
  });
});
