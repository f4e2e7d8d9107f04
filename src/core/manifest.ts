import { MiB } from './bytes.ts';
import { isDigest, type Digest } from './digest.ts';
import { isObject, parseJson, type Json } from './json.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, isIndexType, isManifestType, OCI_INDEX, OCI_MANIFEST } from './media-types.ts';
import { fault, parsed, type Parsed } from './parsed.ts';

/** Content by name, size and kind. `size` is in bytes. */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly platform?: Platform;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Where a layer that may not be distributed is to be had; such a layer may be absent from every registry. */
  readonly urls?: readonly string[];
}

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
}

/** What a mirror must know of a manifest: what it points at. The bytes themselves are kept beside it, never rebuilt. */
export interface Manifest {
  readonly mediaType: string;
  readonly artifactType?: string;
  /** Manifests that an index lists, in its order. */
  readonly children: readonly Descriptor[];
  /** Config and layers, in order, each digest once. */
  readonly blobs: readonly Descriptor[];
  /** The manifest that this one says something about: set on signatures, SBOMs and other referrers. */
  readonly subject?: Descriptor;
}

/**
 * The largest manifest that every registry takes, in bytes: ECR takes no larger one, nor does docker-registry.
 *
 * Source: OCI distribution 1.1, "pushing manifests"; ECR's API model, `imageManifest`.
 */
export const LARGEST_MANIFEST = 4 * MiB;

/** Reads a manifest of any OCI or Docker schema 2 kind. `contentType` decides where the text itself is silent. */
export function parseManifest(text: string, contentType?: string): Parsed<Manifest> {
  const json = parseJson(text);
  if (!isObject(json)) return fault('not a manifest: not a JSON object');
  const mediaType = mediaTypeOf(json, contentType);
  if (!mediaType)
    return fault(
      `not a manifest that can be mirrored: type ${quoted(textOf(json['mediaType']) ?? contentType ?? 'unsaid')}`,
    );
  const index = isIndexType(mediaType);
  const listed = descriptors(index ? json['manifests'] : [...given(json['config']), ...listOf(json)]);
  if (!listed.ok) return listed;
  const subject = descriptors(given(json['subject']));
  if (!subject.ok) return subject;

  return parsed({
    mediaType,
    ...(typeof json['artifactType'] === 'string' && { artifactType: json['artifactType'] }),
    children: index ? listed.value : [],
    blobs: index ? [] : listed.value,
    ...(subject.value[0] && { subject: subject.value[0] }),
  });
}

/** `layers`, or the `blobs` of the deprecated artifact manifest; something that is no list is kept, to be a fault. */
function listOf(json: Json): unknown[] {
  const list = json['layers'] ?? json['blobs'] ?? [];
  return Array.isArray(list) ? list : [list];
}

const given = (value: unknown): unknown[] => (value === undefined || value === null ? [] : [value]);

function descriptors(list: unknown): Parsed<Descriptor[]> {
  if (!Array.isArray(list)) return fault('its list of manifests is not a list');
  const all = list.map(descriptor);
  const wrong = all.find((entry) => !entry.ok);
  if (wrong && !wrong.ok) return wrong;
  return parsed(unique(all.flatMap((entry) => (entry.ok ? [entry.value] : []))));
}

/** On one line and short: it is another's text, and goes into a log. */
const quoted = (value: unknown): string =>
  (JSON.stringify(value) ?? 'nothing').replaceAll(/\p{Cc}/gu, ' ').slice(0, 100);

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** The text's own word first, then the Content-Type header, then the shape: a signed manifest may carry neither. */
function mediaTypeOf(json: Json, contentType?: string): string | undefined {
  const own = json['mediaType'];
  if (typeof own === 'string' && own !== '') return isManifestType(own) ? own : undefined;
  const header = contentType?.split(';')[0]?.trim().toLowerCase();
  if (header && isManifestType(header)) return header;
  if (json['schemaVersion'] !== 2) return undefined;
  if (Array.isArray(json['manifests'])) return OCI_INDEX;
  return Array.isArray(json['layers']) ? OCI_MANIFEST : undefined;
}

function descriptor(json: unknown): Parsed<Descriptor> {
  if (!isObject(json)) return fault('a descriptor is not an object');
  const { mediaType, digest, size, artifactType, annotations, platform, urls } = json;
  if (typeof digest !== 'string' || !isDigest(digest)) return fault(`a descriptor has no digest: ${quoted(digest)}`);
  if (!Number.isSafeInteger(size) || (size as number) < 0) return fault(`${digest}: no size in bytes`);
  return parsed({
    mediaType: typeof mediaType === 'string' ? mediaType : 'application/octet-stream',
    digest,
    size: size as number,
    ...(isObject(platform) && { platform: platformOf(platform) }),
    ...(typeof artifactType === 'string' && { artifactType }),
    ...(isObject(annotations) && { annotations: annotations as Readonly<Record<string, string>> }),
    ...(Array.isArray(urls) && urls.length > 0 && { urls: urls.map(String) }),
  });
}

const platformOf = ({ os, architecture, variant }: Json): Platform => ({
  os: textOf(os) ?? 'unknown',
  architecture: textOf(architecture) ?? 'unknown',
  ...(typeof variant === 'string' && variant !== '' && { variant }),
});

function unique(descriptors: readonly Descriptor[]): Descriptor[] {
  return [...new Map(descriptors.map((each) => [each.digest, each])).values()];
}

export const isIndex = ({ mediaType }: { readonly mediaType: string }): boolean => isIndexType(mediaType);
export const isDocker = ({ mediaType }: Manifest): boolean =>
  mediaType === DOCKER_LIST || mediaType === DOCKER_MANIFEST;

/** `linux/arm64/v8`, as docker spells it. */
export const spellPlatform = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join('/');

/** BuildKit's provenance and SBOM children are marked with a platform that does not exist. */
export const isAttestation = ({ platform }: Descriptor): boolean => platform?.os === 'unknown';
