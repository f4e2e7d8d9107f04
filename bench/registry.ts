import { startRegistry, type Shape } from '../src/rehearsal/registry.ts';
import { seedImage, type SeedOptions } from '../src/rehearsal/seed-image.ts';
import { IMAGE_NAME } from './image-name.ts';

/** One registry in a process of its own, as the peers' are. Counts what it is asked, and tells when it is asked. */
export interface Told {
  readonly shape: Shape;
  readonly image?: Partial<SeedOptions>;
  readonly discardUploads?: boolean;
}

export interface Ready {
  readonly host: string;
  /** Of the image, its referrers not counted. */
  readonly bytes: number;
}

export interface Counted {
  readonly requests: number;
  readonly writes: number;
  readonly blobBytes: number;
}

export type Order = { readonly reset: true } | { readonly count: true };

const { shape, image, discardUploads = false } = JSON.parse(process.argv[2] ?? '') as Told;
const server = await startRegistry({ discardUploads, manners: { referrersApi: false, mounts: false } });
const seeded =
  image &&
  (await seedImage(server, { repository: IMAGE_NAME, tag: 'latest', version: 'v1', signature: 'none', ...image }));
server.shape = shape;
server.traffic.reset();

process.on('message', (order: Order) => {
  if ('reset' in order) server.traffic.reset();
  const { traffic } = server;
  const writes = traffic.countOf('PUT') + traffic.countOf('POST') + traffic.countOf('PATCH');
  process.send?.({ requests: traffic.requests.length, writes, blobBytes: traffic.blobBytesOut } satisfies Counted);
});
// A kill leaves the temporary directory behind; so does nobody who says goodbye.
process.on('disconnect', () => void server.close().then(() => process.exit()));
process.send?.({ host: server.host, bytes: seeded?.bytes ?? 0 } satisfies Ready);
