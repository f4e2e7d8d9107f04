import { mirror } from '../src/mirror/mirror.ts';
import { registries } from '../src/clients/registry.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { startRegistry } from '../src/rehearsal/registry.ts';
import { seedImage } from '../src/rehearsal/seed-image.ts';
import { startDockerRegistries } from '../test/real/docker-registry.ts';
import type { Bed, Counts } from './bed.ts';
import { IMAGE_NAME } from './image-name.ts';

/** Debian's docker-registry four times: three platforms of 180 MB, their attestations, and a referrer of the index. */
export async function makeDebianBed(): Promise<Bed> {
  const [press, all] = await Promise.all([startRegistry(), startDockerRegistries(4)]);
  const [source = '', ...regions] = all.map(({ host }) => host);
  const { bytes } = await seedImage(press, {
    repository: IMAGE_NAME,
    tag: 'latest',
    version: 'v1',
    platforms: ['linux/amd64', 'linux/arm64', 'linux/arm/v7'],
    layerBytes: [120_000_000, 45_000_000, 15_000_000],
    signature: 'fallback',
  });
  const open = registries({ now: () => new Date() });
  const { result, why } = await mirror({
    release: { image: 'image', tag: 'latest' },
    endpoints: {
      source: open({ registry: press.host, repository: IMAGE_NAME }),
      copies: new Map([['source', open({ registry: source, repository: IMAGE_NAME })]]),
    },
    journal: memoryJournal(),
    id: 'bench',
    by: 'bench',
    why: 'bench',
    now: () => new Date(),
    history: false,
  });
  await press.close();
  if (result !== 'promoted') throw new Error(`the source was not seeded: ${result} ${why ?? ''}`);
  const nothing = { requests: 0, writes: 0, blobBytes: 0 };
  const counts: Counts = { source: nothing, regions: regions.map(() => nothing) };
  return {
    source: `${source}/${IMAGE_NAME}`,
    regions,
    bytes,
    count: async () => counts,
    reset: () => Promise.resolve(),
    close: async () => void (await Promise.all(all.map((registry) => registry.stop()))),
  };
}
