import { startRegistry, type RegistryServer } from '../src/rehearsal/registry.ts';
import { seedImage } from '../src/rehearsal/seed-image.ts';

/** The bed, in a process of its own: a source with one image, and empty regions. Counts what it is asked. */
export interface Bed {
  readonly latencyMs: number;
  readonly bytesPerSecondPerConnection: number;
  /** What the source gives out in all: a busy source, one network card, a rate limit. */
  readonly sourceBytesPerSecond?: number;
  readonly regions: number;
  readonly layerBytes: readonly number[];
}

export interface Counted {
  readonly requests: number;
  readonly blobBytes: number;
}

const bed = JSON.parse(process.argv[2] ?? '') as Bed;
const { latencyMs, bytesPerSecondPerConnection, sourceBytesPerSecond } = bed;
const shape = { latencyMs, bytesPerSecondPerConnection };
const source = await startRegistry({ manners: { referrersApi: false } });
const regions = await Promise.all(
  Array.from({ length: bed.regions }, () => startRegistry({ shape, manners: { mounts: false } })),
);
const image = await seedImage(source, {
  repository: 'bench/image',
  tag: 'latest',
  version: 'v1',
  layerBytes: [...bed.layerBytes],
  signature: 'none',
});
source.shape = { ...shape, ...(sourceBytesPerSecond !== undefined && { bytesPerSecondTotal: sourceBytesPerSecond }) };

const count = ({ traffic }: RegistryServer): Counted => ({
  requests: traffic.requests.length,
  blobBytes: traffic.blobBytesOut,
});

process.on('message', (message) => {
  if (message === 'reset') for (const server of [source, ...regions]) server.traffic.reset();
  process.send?.({ source: count(source), regions: regions.map(count) });
});
process.send?.({ source: source.host, regions: regions.map(({ host }) => host), bytes: image.bytes });
