import { KiB } from '../core/bytes.ts';
import { hexOf, type Digest } from '../core/digest.ts';
import type { Descriptor, Platform } from '../core/manifest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../core/media-types.ts';
import { pseudoRandomBytes } from './registry/pseudo-random.ts';
import type { RegistryServer } from './registry.ts';

export interface SeedOptions {
  repository: string;
  tag: string;
  /** Decides the bytes of the upper layers and of everything above them. */
  version: string;
  /** Decides all other bytes: the same seed, version and sizes are the same image anywhere. */
  seed?: number;
  /** Default: linux/amd64 and linux/arm64. */
  platforms?: string[];
  /** For each platform, lowest layer first. The lower half is shared by all versions. */
  layerBytes?: number[];
  /** `nested`: the index lists an index for each platform. `single`: one manifest and no index. */
  kind?: 'oci' | 'docker' | 'nested' | 'single';
  compression?: 'gzip' | 'zstd';
  /** BuildKit's provenance beside each platform. Default: yes, where the kind has room for it. */
  attestations?: boolean;
  /**
   * How the image is signed: `fallback` is a manifest with a subject, listed by the tag `sha256-<hex>`; `legacy` the
   * tag `sha256-<hex>.sig`; `api` a manifest with a subject that only the referrers endpoint lists.
   */
  signature?: 'fallback' | 'legacy' | 'both' | 'api' | 'none';
  /** Sign each platform's manifest too. */
  signPlatforms?: boolean;
  /** An SPDX document about the image, found as the signature is. */
  sbom?: boolean;
  extraTags?: string[];
}

export interface SeededImage {
  digest: Digest;
  tag: string;
  /** Of all its blobs, each once; signatures not counted. */
  bytes: number;
  /** What the tag reaches, children before parents: the last one is `digest`. */
  manifests: Digest[];
  /** What the manifests list, each once. */
  blobs: Digest[];
  /** Manifests about the image or its children, however they are found; without the fallback index itself. */
  referrers: Digest[];
}

const REALISTIC_LAYERS = [2_900_000, 840_000, 310_000, 104_000];
const MADE_WHEN_READ = 64 * KiB;
const CREATED = '2026-11-02T09:00:00Z';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const EMPTY = 'application/vnd.oci.empty.v1+json';
const IN_TOTO = 'application/vnd.in-toto+json';
const SPDX = 'application/spdx+json';

interface MediaTypes {
  readonly index: string;
  readonly manifest: string;
  readonly config: string;
  readonly layer: string;
}

const DOCKER: MediaTypes = {
  index: DOCKER_LIST,
  manifest: DOCKER_MANIFEST,
  config: 'application/vnd.docker.container.image.v1+json',
  layer: 'application/vnd.docker.image.rootfs.diff.tar.',
};
const OCI: MediaTypes = {
  index: OCI_INDEX,
  manifest: OCI_MANIFEST,
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+',
};

/** Puts an image like ghcr.io/coder/coder-preview into the registry, past its HTTP. The same options are the same bytes. */
export async function seedImage(into: RegistryServer, options: SeedOptions): Promise<SeededImage> {
  const { repository, tag, kind = 'oci', platforms = ['linux/amd64', 'linux/arm64'] } = options;
  const press = new Press(into, repository);
  const wanted = kind === 'single' ? platforms.slice(0, 1) : platforms;
  const images = await each(wanted, (platform) => pressPlatform(press, options, platform));
  const attested = options.attestations ?? (kind === 'oci' || kind === 'nested');
  const attestations = attested ? await each(images, (image) => pressAttestation(press, options, image)) : [];
  const root = pressRoot(press, options, images, attestations);

  const { blobs, manifests, bytes } = press.pressed;
  const signed = [root, ...(options.signPlatforms && kind !== 'single' ? images : [])];
  const referrers = (await each(signed, (subject) => pressReferrers(press, options, subject, subject === root))).flat();
  for (const name of [tag, ...(options.extraTags ?? [])]) into.setTag(repository, name, root.digest);
  return { digest: root.digest, tag, bytes, manifests, blobs, referrers };
}

export interface ArtifactOptions {
  repository: string;
  tag?: string;
  artifactType: string;
  content: Buffer | string;
  /** What the artifact is about. */
  subject?: Descriptor;
  annotations?: Record<string, string>;
}

/** An artifact in the form of OCI 1.1: an empty config and one layer. */
export async function seedArtifact(into: RegistryServer, options: ArtifactOptions): Promise<Descriptor> {
  const artifact = await pressArtifact(new Press(into, options.repository), options);
  if (options.tag !== undefined) into.setTag(options.repository, options.tag, artifact.digest);
  return artifact;
}

/** Puts blobs and manifests into one repository and keeps count. */
class Press {
  readonly repository: string;
  readonly #into: RegistryServer;
  readonly #blobs = new Map<Digest, number>();
  readonly #manifests = new Set<Digest>();

  constructor(into: RegistryServer, repository: string) {
    this.#into = into;
    this.repository = repository;
  }

  get pressed(): { blobs: Digest[]; manifests: Digest[]; bytes: number } {
    const bytes = [...this.#blobs.values()].reduce((sum, size) => sum + size, 0);
    return { blobs: [...this.#blobs.keys()], manifests: [...this.#manifests], bytes };
  }

  async blob(mediaType: string, content: Buffer | string): Promise<Descriptor> {
    const bytes = Buffer.from(content);
    return this.#counted(mediaType, await this.#into.putBlob(this.repository, bytes), bytes.length);
  }

  /** A layer of which only the seed is kept, unless it is small. */
  async layer(mediaType: string, size: number, seed: string): Promise<Descriptor> {
    if (size <= MADE_WHEN_READ) return this.blob(mediaType, pseudoRandomBytes(seed, size));
    const key = `${size} ${seed}`;
    const digest = await this.#into.putSynthetic(this.repository, size, seed, KNOWN.get(key));
    KNOWN.set(key, digest);
    return this.#counted(mediaType, digest, size);
  }

  manifest(mediaType: string, json: Record<string, unknown>, tag?: string): Descriptor {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType, ...json }, null, 2));
    const digest = this.#into.putManifest(this.repository, bytes, mediaType, tag);
    this.#manifests.add(digest);
    return { mediaType, digest, size: bytes.length };
  }

  /** An index under a tag, with what is listed there already and what is new, each once. */
  list(tag: string, fresh: readonly Descriptor[]): void {
    const bytes = this.#into.manifestOf(this.repository, tag)?.bytes;
    const there = bytes ? (JSON.parse(bytes.toString('utf8')) as { manifests: Descriptor[] }).manifests : [];
    const manifests = new Map([...there, ...fresh].map((each) => [each.digest, each]));
    this.manifest(OCI_INDEX, { manifests: [...manifests.values()] }, tag);
  }

  #counted(mediaType: string, digest: Digest, size: number): Descriptor {
    this.#blobs.set(digest, size);
    return { mediaType, digest, size };
  }
}

/** Digests of layers made before: hashing them again is most of what seeding costs. */
const KNOWN = new Map<string, Digest>();

async function pressPlatform(press: Press, options: SeedOptions, spelled: string): Promise<Descriptor> {
  const { seed = 1, version, layerBytes = REALISTIC_LAYERS, kind, compression = 'gzip' } = options;
  const types = kind === 'docker' ? DOCKER : OCI;
  const shared = Math.ceil(layerBytes.length / 2);
  const layers = await each(layerBytes, (size, at) =>
    press.layer(types.layer + compression, size, `${seed} ${spelled} ${at < shared ? 'base' : version} ${at}`),
  );
  const platform = platformOf(spelled);
  const config = await press.blob(types.config, JSON.stringify(imageConfig(platform, version, layers)));
  return { ...press.manifest(types.manifest, { config, layers }), platform };
}

function platformOf(spelled: string): Platform {
  const [os = 'linux', architecture = 'amd64', variant] = spelled.split('/');
  return { os, architecture, ...(variant !== undefined && { variant }) };
}

const imageConfig = (platform: Platform, version: string, layers: readonly Descriptor[]): Record<string, unknown> => ({
  created: CREATED,
  ...platform,
  config: {
    User: 'coder',
    Env: ['PATH=/usr/local/bin:/usr/bin:/bin'],
    Entrypoint: ['/opt/coder', 'server'],
    Labels: {
      'org.opencontainers.image.source': 'https://github.com/coder/coder',
      'org.opencontainers.image.version': version,
    },
  },
  rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  history: layers.map((_, at) => ({ created: CREATED, created_by: `COPY layer ${at} # buildkit` })),
});

/** As buildx writes it: an image of no platform, whose layers are statements about another child of the same index. */
async function pressAttestation(press: Press, options: SeedOptions, about: Descriptor): Promise<Descriptor> {
  const predicateType = 'https://slsa.dev/provenance/v1';
  const subject = [
    { name: `pkg:docker/${press.repository}@${options.version}`, digest: { sha256: hexOf(about.digest) } },
  ];
  const statement = { _type: 'https://in-toto.io/Statement/v0.1', predicateType, subject, predicate: {} };
  const layer = {
    ...(await press.blob(IN_TOTO, JSON.stringify(statement))),
    annotations: { 'in-toto.io/predicate-type': predicateType },
  };
  const nowhere = { architecture: 'unknown', os: 'unknown' };
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = await press.blob(OCI.config, JSON.stringify({ ...nowhere, config: {}, rootfs }));
  return {
    ...press.manifest(OCI_MANIFEST, { config, layers: [layer] }),
    annotations: {
      'vnd.docker.reference.digest': about.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
    platform: nowhere,
  };
}

function pressRoot(press: Press, { kind }: SeedOptions, images: Descriptor[], attestations: Descriptor[]): Descriptor {
  const [only] = images;
  if (kind === 'single' && only) return only;
  const types = kind === 'docker' ? DOCKER : OCI;
  const about = (image: Descriptor): Descriptor[] =>
    attestations.filter(({ annotations }) => annotations?.['vnd.docker.reference.digest'] === image.digest);
  const inner = (image: Descriptor): Descriptor => press.manifest(OCI_INDEX, { manifests: [image, ...about(image)] });
  const manifests = kind === 'nested' ? images.map(inner) : [...images, ...attestations];
  return press.manifest(types.index, { manifests });
}

/** Everything that is said about one manifest, and how it is found. */
async function pressReferrers(
  press: Press,
  options: SeedOptions,
  about: Descriptor,
  isRoot: boolean,
): Promise<Digest[]> {
  const { signature = 'none', sbom = false } = options;
  const { mediaType, digest, size } = about;
  const subject = { mediaType, digest, size };
  const referrers: Descriptor[] = [];
  if (signature === 'fallback' || signature === 'both' || signature === 'api')
    referrers.push(await pressArtifact(press, { artifactType: BUNDLE, content: bundleOf(digest), subject }));
  if (sbom && isRoot)
    referrers.push(await pressArtifact(press, { artifactType: SPDX, content: spdxOf(digest), subject }));

  const tag = `sha256-${hexOf(digest)}`;
  if (referrers.length > 0 && signature !== 'api') press.list(tag, referrers);
  const legacy = signature === 'legacy' || signature === 'both' ? [await pressLegacy(press, digest, `${tag}.sig`)] : [];
  return [...referrers, ...legacy].map((each) => each.digest);
}

async function pressArtifact(press: Press, options: Omit<ArtifactOptions, 'repository' | 'tag'>): Promise<Descriptor> {
  const { artifactType, content, subject, annotations = { 'org.opencontainers.image.created': CREATED } } = options;
  const config = await press.blob(EMPTY, '{}');
  const layer = await press.blob(artifactType, content);
  const json = { artifactType, config, layers: [layer], ...(subject && { subject }), annotations };
  return { ...press.manifest(OCI_MANIFEST, json), artifactType, annotations };
}

/** cosign before OCI 1.1: no subject, only the tag's name says what is signed. */
async function pressLegacy(press: Press, digest: Digest, tag: string): Promise<Descriptor> {
  const identity = { 'docker-reference': press.repository };
  const critical = { identity, image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' };
  const payload = await press.blob(SIMPLE_SIGNING, JSON.stringify({ critical, optional: null }));
  const layer = { ...payload, annotations: { 'dev.cosignproject.cosign/signature': signatureOf(digest) } };
  const rootfs = { type: 'layers', diff_ids: [layer.digest] };
  const config = await press.blob(OCI.config, JSON.stringify({ architecture: '', os: '', config: {}, rootfs }));
  return press.manifest(OCI_MANIFEST, { config, layers: [layer] }, tag);
}

/** Not a signature of anybody, but as long as one and another one for every digest. */
const signatureOf = (digest: Digest): string => pseudoRandomBytes(`signature ${digest}`, 72).toString('base64');

const bundleOf = (digest: Digest): string =>
  JSON.stringify({ mediaType: BUNDLE, messageSignature: { messageDigest: digest, signature: signatureOf(digest) } });

const spdxOf = (digest: Digest): string =>
  JSON.stringify({ spdxVersion: 'SPDX-2.3', name: digest, creationInfo: { created: CREATED }, packages: [] });

async function each<T, R>(items: readonly T[], act: (item: T, at: number) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const [at, item] of items.entries()) results.push(await act(item, at));
  return results;
}
