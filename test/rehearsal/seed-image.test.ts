import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hexOf, type Digest } from '../../src/core/digest.ts';
import { isAttestation, parseManifest, spellPlatform, type Manifest } from '../../src/core/manifest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../src/core/media-types.ts';
import { sure } from '../../src/core/parsed.ts';
import { startRegistry, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { seedArtifact, seedImage, type SeededImage, type SeedOptions } from '../../src/rehearsal/seed-image.ts';

const repository = 'coder/coder-preview';

async function registry(): Promise<RegistryServer> {
  const server = await startRegistry();
  onTestFinished(() => server.close());
  return server;
}

const seed = (into: RegistryServer, more: Partial<SeedOptions> = {}): Promise<SeededImage> =>
  seedImage(into, { repository, tag: 'latest', version: 'v1', ...more });

function read(from: RegistryServer, reference: string): Manifest {
  const found = from.manifestOf(repository, reference);
  return sure(parseManifest(String(found?.bytes), found?.mediaType));
}

const blobOf = async ({ host }: RegistryServer, digest: Digest): Promise<Buffer> =>
  Buffer.from(await (await fetch(`http://${host}/v2/${repository}/blobs/${digest}`)).arrayBuffer());

describe('a seeded image', () => {
  it('is an index of two platforms and what BuildKit says about each', async () => {
    const server = await registry();
    const seeded = await seed(server, { extraTags: ['v1'] });
    const { mediaType, children } = read(server, 'latest');
    expect(mediaType).toBe(OCI_INDEX);
    const spelled = children.map(({ platform }) => (platform ? spellPlatform(platform) : ''));
    expect(spelled).toEqual(['linux/amd64', 'linux/arm64', 'unknown/unknown', 'unknown/unknown']);
    const attested = children.filter(isAttestation).map(({ annotations }) => annotations);
    expect(attested.map((each) => each?.['vnd.docker.reference.digest'])).toEqual(
      children.slice(0, 2).map(({ digest }) => digest),
    );
    expect(server.tagsOf(repository)).toEqual(new Map(['latest', 'v1'].map((tag) => [tag, seeded.digest])));
    expect(seeded.manifests.at(-1)).toBe(seeded.digest);
    expect(await server.missingBehind(repository, 'latest')).toEqual([]);
  });

  it('has configs and layers whose bytes are what their digests say', async () => {
    const server = await registry();
    const seeded = await seed(server, { platforms: ['linux/arm64/v8'], layerBytes: [200_000, 1_000] });
    let bytes = 0;
    for (const digest of seeded.blobs) {
      const blob = await blobOf(server, digest);
      expect(`sha256:${createHash('sha256').update(blob).digest('hex')}`).toBe(digest);
      bytes += blob.length;
    }
    expect(seeded.bytes).toBe(bytes);
    const [config] = read(server, read(server, 'latest').children[0]?.digest ?? '').blobs;
    const json = JSON.parse(String(config && (await blobOf(server, config.digest)))) as Record<string, unknown>;
    expect(json).toMatchObject({ os: 'linux', architecture: 'arm64', variant: 'v8', rootfs: { type: 'layers' } });
  });

  it('is the same anywhere, and shares its lower layers with other versions', async () => {
    const [here, there] = [await registry(), await registry()];
    const first = await seed(here, { signature: 'both', sbom: true });
    expect(await seed(there, { signature: 'both', sbom: true })).toEqual(first);
    const second = await seed(here, { version: 'v2' });
    expect(second.digest).not.toBe(first.digest);
    expect(second.blobs.filter((each) => first.blobs.includes(each))).toHaveLength(4);
    expect((await seed(here, { seed: 2 })).blobs.filter((each) => first.blobs.includes(each))).toEqual([]);
  });

  it.each([
    ['docker', DOCKER_LIST, [DOCKER_MANIFEST, DOCKER_MANIFEST], 3],
    ['nested', OCI_INDEX, [OCI_INDEX, OCI_INDEX], 7],
    ['single', OCI_MANIFEST, [], 1],
  ] as const)('can be %s', async (kind, mediaType, children, manifests) => {
    const server = await registry();
    const seeded = await seed(server, { kind });
    expect(seeded.manifests).toHaveLength(manifests);
    expect(read(server, 'latest')).toMatchObject({
      mediaType,
      children: children.map((each) => ({ mediaType: each })),
    });
    expect(await server.missingBehind(repository, 'latest')).toEqual([]);
  });

  it('can have layers compressed with zstd, and go without attestations', async () => {
    const server = await registry();
    await seed(server, { compression: 'zstd', attestations: false });
    const { children } = read(server, 'latest');
    expect(children).toHaveLength(2);
    const layer = read(server, children[0]?.digest ?? '').blobs.at(-1);
    expect(layer?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+zstd');
  });
});

describe('a signed image', () => {
  const fallback = ({ digest }: SeededImage): string => `sha256-${hexOf(digest)}`;

  it('lists its signature and SBOM under the fallback tag, and names itself as their subject', async () => {
    const server = await registry();
    const seeded = await seed(server, { signature: 'fallback', sbom: true });
    const listed = read(server, fallback(seeded)).children;
    expect(listed.map(({ digest }) => digest)).toEqual(seeded.referrers);
    expect(listed.map(({ artifactType }) => artifactType)).toEqual([
      'application/vnd.dev.sigstore.bundle.v0.3+json',
      'application/spdx+json',
    ]);
    for (const digest of seeded.referrers) expect(read(server, digest).subject?.digest).toBe(seeded.digest);
    const url = `http://${server.host}/v2/${repository}/referrers/${seeded.digest}`;
    const api = (await (await fetch(url)).json()) as { manifests: { digest: Digest }[] };
    expect(new Set(api.manifests.map(({ digest }) => digest))).toEqual(new Set(seeded.referrers));
  });

  it('is listed once however often it is seeded', async () => {
    const server = await registry();
    const seeded = await seed(server, { signature: 'fallback' });
    await seed(server, { signature: 'fallback' });
    expect(read(server, fallback(seeded)).children).toHaveLength(1);
  });

  it.each([
    ['legacy', ['.sig'], 1],
    ['both', ['', '.sig'], 2],
    ['api', [], 1],
    ['none', [], 0],
  ] as const)('can be signed the way called %s', async (signature, suffixes, count) => {
    const server = await registry();
    const seeded = await seed(server, { signature });
    const tags = [...server.tagsOf(repository).keys()].filter((tag) => tag !== 'latest').sort();
    expect(tags).toEqual(suffixes.map((suffix) => fallback(seeded) + suffix));
    expect(seeded.referrers).toHaveLength(count);
    for (const tag of tags) expect(await server.missingBehind(repository, tag)).toEqual([]);
  });

  it('can have each platform signed too', async () => {
    const server = await registry();
    const seeded = await seed(server, { signature: 'fallback', signPlatforms: true });
    expect(seeded.referrers).toHaveLength(3);
    expect(server.tagsOf(repository).size).toBe(4);
  });
});

describe('a seeded artifact', () => {
  it('has an empty config, one layer and the type it was given', async () => {
    const server = await registry();
    const artifactType = 'application/vnd.coder.template';
    const { digest } = await seedArtifact(server, { repository, tag: 'template', artifactType, content: 'a template' });
    const { blobs, artifactType: type } = read(server, 'template');
    expect([server.tagsOf(repository).get('template'), type]).toEqual([digest, artifactType]);
    const [config, layer] = await Promise.all(blobs.map((each) => blobOf(server, each.digest)));
    expect([String(config), String(layer)]).toEqual(['{}', 'a template']);
  });
});
