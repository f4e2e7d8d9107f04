import { createHash } from 'node:crypto';
import { digest, type Digest } from '../core/digest.ts';
import { parseManifest, type Descriptor } from '../core/manifest.ts';
import { OCI_INDEX, OCI_MANIFEST } from '../core/media-types.ts';
import { sure } from '../core/parsed.ts';
import type { StoredManifest } from '../ports.ts';

/** An image as it lies in a registry, small enough to write down in a test. */
export interface SmallImage {
  readonly root: StoredManifest;
  /** Children before the index that lists them. */
  readonly manifests: readonly StoredManifest[];
  readonly blobs: readonly (Descriptor & { readonly bytes: Uint8Array })[];
}

const CONFIG = 'application/vnd.oci.image.config.v1+json';
const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const SIGNATURE = 'application/vnd.dev.cosign.artifact.sig.v1+json';

/** Two platforms that share a layer. The same word makes the same digests, and another word makes others. */
export function smallImage(word: string): SmallImage {
  const shared = blobOf(LAYER, `base of everything`);
  const platforms = ['amd64', 'arm64'].map((architecture) => {
    const config = blobOf(CONFIG, JSON.stringify({ os: 'linux', architecture, word }));
    const layer = blobOf(LAYER, `${word} for ${architecture}`);
    const manifest = manifestOf({
      mediaType: OCI_MANIFEST,
      config: named(config),
      layers: [named(shared), named(layer)],
    });
    return { architecture, manifest, blobs: [config, layer] };
  });
  const manifests = platforms.map(({ manifest: { mediaType, digest, size }, architecture }) => ({
    mediaType,
    digest,
    size,
    platform: { os: 'linux', architecture },
  }));
  const root = manifestOf({ mediaType: OCI_INDEX, manifests });
  return {
    root,
    manifests: [...platforms.map(({ manifest }) => manifest), root],
    blobs: [shared, ...platforms.flatMap(({ blobs }) => blobs)],
  };
}

/** A signature on a manifest, known by its subject. */
export function smallSignature({ mediaType, digest, size }: StoredManifest): SmallImage {
  const config = blobOf('application/vnd.oci.empty.v1+json', '{}');
  const layer = blobOf(SIGNATURE, `signed ${digest}`);
  const root = manifestOf({
    mediaType: OCI_MANIFEST,
    artifactType: SIGNATURE,
    config: named(config),
    layers: [named(layer)],
    subject: { mediaType, digest, size },
  });
  return { root, manifests: [root], blobs: [config, layer] };
}

/** The list of referrers that clients keep under a tag where a registry keeps none. */
export function referrerList({ root: { mediaType, digest, size, manifest } }: SmallImage): SmallImage {
  const listed = { mediaType, digest, size, artifactType: manifest.artifactType };
  const root = manifestOf({ mediaType: OCI_INDEX, manifests: [listed] });
  return { root, manifests: [root], blobs: [] };
}

type Blob = SmallImage['blobs'][number];

function blobOf(mediaType: string, text: string): Blob {
  const bytes = Buffer.from(text);
  return { mediaType, digest: digestOf(bytes), size: bytes.length, bytes };
}

const named = ({ mediaType, digest, size }: Blob): Descriptor => ({ mediaType, digest, size });

function manifestOf(json: { readonly mediaType: string } & Readonly<Record<string, unknown>>): StoredManifest {
  const text = JSON.stringify({ schemaVersion: 2, ...json });
  const bytes = Buffer.from(text);
  const { mediaType } = json;
  return {
    mediaType,
    digest: digestOf(bytes),
    size: bytes.length,
    bytes,
    manifest: sure(parseManifest(text, mediaType)),
  };
}

export const digestOf = (bytes: Uint8Array): Digest =>
  digest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
