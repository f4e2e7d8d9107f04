import { randomUUID } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { registries } from '../../src/clients/registry.ts';
import { hexOf } from '../../src/core/digest.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import type { Run } from '../../src/mirror/run.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { startRegistry, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { seedArtifact, seedImage, type SeededImage, type SeedOptions } from '../../src/rehearsal/seed-image.ts';
import { startDockerRegistries, type DockerRegistry } from './docker-registry.ts';
import { raw, rawDigest, sha256, skopeo } from './skopeo.ts';

const open = registries({ now: () => new Date() });

let source: RegistryServer;
let copies: readonly DockerRegistry[];

beforeAll(async () => {
  [source, copies] = await Promise.all([startRegistry(), startDockerRegistries(3)]);
});
afterAll(async () => {
  await Promise.all([source.close(), ...copies.map((copy) => copy.stop())]);
});

interface Kind {
  readonly what: string;
  readonly options: Partial<SeedOptions>;
  /** Where skopeo can put it without changing a byte; it has no notion of an index within an index. */
  readonly into?: 'oci' | 'dir';
}

const KINDS: readonly Kind[] = [
  { what: 'an index of two platforms with BuildKit’s attestations', options: { attestations: true }, into: 'oci' },
  {
    what: 'an index signed under the fallback tag, with an SBOM',
    options: { signature: 'fallback', sbom: true, signPlatforms: true },
    into: 'oci',
  },
  { what: 'an index signed the old way of cosign', options: { signature: 'legacy' }, into: 'oci' },
  { what: 'an index of indexes', options: { kind: 'nested' } },
  { what: 'a manifest list of Docker schema 2', options: { kind: 'docker' }, into: 'dir' },
  { what: 'an index whose layers are compressed with zstd', options: { compression: 'zstd' }, into: 'oci' },
  { what: 'one manifest without an index', options: { kind: 'single' }, into: 'oci' },
];

describe('three registries that the CNCF wrote', () => {
  it.each(KINDS)('serve $what, every byte as it was released', async ({ options, into }) => {
    const repository = `coder/${randomUUID()}`;
    const seeded = await seed(repository, options);
    const outcome = await mirror(runOf(repository, source.host, hostsOf(copies)));
    expect(outcome).toMatchObject({ result: 'promoted', digest: seeded.digest, amiss: [] });

    for (const { host } of copies) {
      const name = `${host}/${repository}`;
      expect(await rawDigest(`${name}:latest`)).toBe(seeded.digest);
      for (const digest of [...seeded.manifests, ...seeded.referrers]) {
        expect(await rawDigest(`${name}@${digest}`)).toBe(digest);
      }
      for (const digest of seeded.blobs) expect(await blobDigest(host, repository, digest)).toBe(digest);
    }
    const [first] = hostsOf(copies);
    if (into) await copyAll(`${first}/${repository}:latest`, into);
  });

  it('list a signature under the fallback tag as its source did', async () => {
    const repository = `coder/${randomUUID()}`;
    const seeded = await seed(repository, { signature: 'fallback', sbom: true });
    await mirror(runOf(repository, source.host, hostsOf(copies)));
    const tag = `sha256-${hexOf(seeded.digest)}`;
    const released = JSON.parse(String(source.manifestOf(repository, tag)?.bytes)) as { manifests: unknown[] };
    for (const host of hostsOf(copies)) {
      const listed = JSON.parse(String(await raw(`${host}/${repository}:${tag}`))) as { manifests: unknown[] };
      expect(listed.manifests).toHaveLength(2);
      expect(listed.manifests).toEqual(expect.arrayContaining(released.manifests));
    }
  });

  it('serve cosign’s old signature under its own tag', async () => {
    const repository = `coder/${randomUUID()}`;
    const seeded = await seed(repository, { signature: 'legacy' });
    await mirror(runOf(repository, source.host, hostsOf(copies)));
    for (const host of hostsOf(copies)) {
      expect(await rawDigest(`${host}/${repository}:sha256-${hexOf(seeded.digest)}.sig`)).toBe(seeded.referrers[0]);
    }
  });

  it('serve an artifact that is no image, with its empty config', async () => {
    const repository = `coder/${randomUUID()}`;
    const artifactType = 'application/vnd.coder.template.v1+tar';
    const { digest } = await seedArtifact(source, { repository, tag: 'latest', artifactType, content: 'a template' });
    expect(await mirror(runOf(repository, source.host, hostsOf(copies)))).toMatchObject({ result: 'promoted', digest });
    for (const host of hostsOf(copies)) expect(await rawDigest(`${host}/${repository}:latest`)).toBe(digest);
  });

  it('are written to once: looking again, even behind the tags, writes nothing', async () => {
    const repository = `coder/${randomUUID()}`;
    await seed(repository, { signature: 'both', sbom: true });
    const again = runOf(repository, source.host, hostsOf(copies));
    expect(await mirror(again)).toMatchObject({ result: 'promoted' });
    const before = copies.map(({ directory }) => everythingIn(directory));
    expect(await mirror({ ...again, id: randomUUID() })).toMatchObject({ result: 'in-sync' });
    expect(await mirror({ ...again, id: randomUUID(), depth: 'content' })).toMatchObject({ result: 'in-sync' });
    expect(copies.map(({ directory }) => everythingIn(directory))).toEqual(before);
  });

  it('follow a tag that moves, and read what they have in common from nobody', async () => {
    const repository = `coder/${randomUUID()}`;
    await seed(repository, {});
    const run = runOf(repository, source.host, hostsOf(copies));
    await mirror(run);
    const newer = await seed(repository, { version: 'v3' });
    const outcome = await mirror({ ...run, id: randomUUID() });
    expect(outcome).toMatchObject({ result: 'promoted', digest: newer.digest });
    expect(outcome.copied?.bytesRead).toBeLessThan(newer.bytes / 4);
    for (const host of hostsOf(copies)) expect(await rawDigest(`${host}/${repository}:latest`)).toBe(newer.digest);
  });

  it('can be a source as well', async () => {
    const repository = `coder/${randomUUID()}`;
    const seeded = await seed(repository, { signature: 'fallback', signPlatforms: true });
    const [first, ...others] = hostsOf(copies) as [string, ...string[]];
    await mirror(runOf(repository, source.host, [first]));
    const outcome = await mirror(runOf(repository, first, others));
    expect(outcome).toMatchObject({ result: 'promoted', digest: seeded.digest, amiss: [] });
    for (const host of others) {
      expect(await rawDigest(`${host}/${repository}:latest`)).toBe(seeded.digest);
      for (const digest of seeded.referrers) expect(await rawDigest(`${host}/${repository}@${digest}`)).toBe(digest);
    }
  });

  it('leave the others as they were when one of them went away', async () => {
    const repository = `coder/${randomUUID()}`;
    await seed(repository, {});
    const [doomed] = await startDockerRegistries(1);
    await doomed?.stop();
    const outcome = await mirror(runOf(repository, source.host, [...hostsOf(copies), doomed?.host ?? '']));
    expect(outcome.result).toBe('failed');
    for (const host of hostsOf(copies)) {
      const answer = await fetch(`http://${host}/v2/${repository}/manifests/latest`);
      expect(answer.status).toBe(404);
    }
  });
});

const LAYER_BYTES = [1_200_000, 300_000, 70_000, 500];

const seed = (repository: string, options: Partial<SeedOptions>): Promise<SeededImage> =>
  seedImage(source, { repository, tag: 'latest', version: 'v2', layerBytes: LAYER_BYTES, ...options });

const runOf = (repository: string, from: string, to: readonly string[]): Run => ({
  release: { image: repository, tag: 'latest' },
  endpoints: {
    source: open({ registry: from, repository }),
    copies: new Map(to.map((registry) => [registry, open({ registry, repository })])),
  },
  journal: memoryJournal(),
  id: randomUUID(),
  by: 'test',
  why: 'a test',
  now: () => new Date(),
  history: true,
});

const hostsOf = (registries: readonly DockerRegistry[]): string[] => registries.map(({ host }) => host);

async function blobDigest(host: string, repository: string, digest: string): Promise<string> {
  const answer = await fetch(`http://${host}/v2/${repository}/blobs/${digest}`);
  return sha256(new Uint8Array(await answer.arrayBuffer()));
}

/** skopeo reads, checks and writes all of it; told to keep every digest, it fails where it would have to change one. */
async function copyAll(reference: string, into: 'oci' | 'dir'): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-skopeo-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const to = into === 'oci' ? `oci:${directory}:latest` : `dir:${directory}`;
  await skopeo('copy', '--all', '--preserve-digests', '--src-tls-verify=false', `docker://${reference}`, to);
}

/** Every file and folder below, and when it was written last. */
function everythingIn(directory: string): string[] {
  const all = readdirSync(directory, { recursive: true, withFileTypes: true });
  return all
    .map(({ parentPath, name }) => `${join(parentPath, name)} ${statSync(join(parentPath, name)).mtimeMs}`)
    .sort();
}
