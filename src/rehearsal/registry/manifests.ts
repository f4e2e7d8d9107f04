import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import { isIndex, LARGEST_MANIFEST, parseManifest, type Manifest } from '../../core/manifest.ts';
import { DOCKER_LIST, DOCKER_MANIFEST, isManifestType, OCI_INDEX, OCI_MANIFEST } from '../../core/media-types.ts';
import { isTag } from '../../core/reference.ts';
import { digestOfBytes, inMemory } from './content.ts';
import { receivedWhole, reply, send, type Exchange } from './exchange.ts';
import { manifestUnknown, nameUnknown, Refusal, unsupported } from './refusal.ts';
import type { Repository, StoredManifest } from './store.ts';
import { openForPush } from './uploads.ts';

/** `/v2/<name>/manifests/<reference>` */
export async function answerManifest(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { premises, manners, method } = exchange;
  if (method === 'PUT') return put(exchange, name, reference);
  const repository = premises.store.repositories.get(name);
  if (!repository) throw nameUnknown(manners, name);
  if (method === 'DELETE') return remove(exchange, name, reference);
  if (method !== 'GET' && method !== 'HEAD') throw unsupported();
  const stored = premises.store.manifest(name, reference);
  if (!stored) throw manifestUnknown(manners, reference);
  const { bytes, mediaType, digest } = negotiated(exchange, repository, stored, reference);
  await send(exchange, 200, { 'Content-Type': mediaType, 'Docker-Content-Digest': digest }, inMemory(bytes));
}

async function put(exchange: Exchange, name: string, reference: string): Promise<void> {
  const { premises, manners, req } = exchange;
  openForPush(exchange, name);
  const bytes = await receivedWhole(exchange, LARGEST_MANIFEST);
  if (!bytes) throw new Refusal(413, 'SIZE_INVALID', 'the manifest is larger than 4 MiB');
  premises.haste.count(manners.manifestPutsPerSecond);

  const mediaType = req.headers['content-type'] ?? '';
  const manifest = readManifest(bytes, mediaType);
  const digest = nameOf(bytes, reference);
  refuseIncomplete(exchange, name, manifest);
  refuseFixedTag(exchange, name, reference);
  premises.store.keepManifest(name, bytes, mediaType, algorithmOf(digest));
  if (!isDigest(reference)) {
    premises.store.setTag(name, reference, digest);
    premises.tagged?.(name, reference);
  }
  const processed = manners.referrersApi && manifest.subject && { 'OCI-Subject': manifest.subject.digest };
  const Location = `/v2/${name}/manifests/${digest}`;
  reply(exchange, 201, { Location, 'Docker-Content-Digest': digest, ...processed });
}

function readManifest(bytes: Buffer, mediaType: string): Manifest {
  if (!isManifestType(mediaType)) throw new Refusal(400, 'MANIFEST_INVALID', `not a manifest's type: ${mediaType}`);
  const read = parseManifest(bytes.toString('utf8'), mediaType);
  if (!read.ok) throw new Refusal(400, 'MANIFEST_INVALID', read.fault);
  if (read.value.mediaType === mediaType) return read.value;
  throw new Refusal(400, 'MANIFEST_INVALID', `Content-Type is ${mediaType}, the manifest says ${read.value.mediaType}`);
}

/** What the bytes are called, and whether that is what they were pushed as. */
function nameOf(bytes: Buffer, reference: string): Digest {
  if (!isDigest(reference) && !isTag(reference)) throw new Refusal(400, 'TAG_INVALID', `not a tag: ${reference}`);
  const digest = digestOfBytes(bytes, isDigest(reference) ? algorithmOf(reference) : 'sha256');
  if (!isDigest(reference) || digest === reference) return digest;
  throw new Refusal(400, 'DIGEST_INVALID', `the manifest is ${digest}, not ${reference}`);
}

function refuseIncomplete({ premises, manners }: Exchange, name: string, { children, blobs, subject }: Manifest): void {
  if (subject && manners.rejectsReferrers)
    throw unsupported("Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'");
  const repository = premises.store.repositories.get(name);
  if (!manners.strictContent || !repository) return;
  const missing = [
    ...children.filter(({ digest }) => !repository.manifests.has(digest)),
    ...blobs.filter(({ digest, urls }) => !repository.blobs.has(digest) && !urls),
  ];
  if (missing.length === 0) return;
  const detail = missing.map(({ digest }) => ({ digest }));
  throw new Refusal(400, 'MANIFEST_BLOB_UNKNOWN', 'manifest references content that is not here', { detail });
}

function refuseFixedTag({ premises, manners }: Exchange, name: string, tag: string): void {
  if (!manners.immutableTags || !premises.store.repositories.get(name)?.tags.has(tag)) return;
  if (manners.mutableTagPatterns.some((pattern) => isLike(tag, pattern))) return;
  const sentence = `The image tag '${tag}' already exists in the '${name}' repository and cannot be overwritten because the repository is immutable.`;
  throw new Refusal(400, 'TAG_INVALID', `tag invalid: ${sentence}`);
}

const isLike = (tag: string, pattern: string): boolean =>
  new RegExp(`^${pattern.replaceAll('.', String.raw`\.`).replaceAll('*', '.*')}$`).test(tag);

function remove(exchange: Exchange, name: string, reference: string): void {
  const { premises, manners } = exchange;
  if (!isDigest(reference)) {
    if (!manners.deleteTags) throw unsupported();
    if (!premises.store.dropTag(name, reference)) throw manifestUnknown(manners, reference);
    return reply(exchange, 202, {});
  }
  if (!premises.store.dropManifest(name, reference)) throw manifestUnknown(manners, reference);
  const tags = premises.store.repositories.get(name)?.tags ?? new Map<string, Digest>();
  for (const [tag, digest] of tags) if (digest === reference) premises.store.dropTag(name, tag);
  reply(exchange, 202, {});
}

type Served = Pick<StoredManifest, 'bytes' | 'mediaType' | 'digest'>;

/** ECR serves the type asked for, and converts by tag. By digest it cannot, so the manifest is not found. */
function negotiated(
  { manners, req }: Exchange,
  repository: Repository,
  stored: StoredManifest,
  reference: string,
): Served {
  if (!manners.convertOnUnknownAccept) return stored;
  const accept = (req.headers.accept ?? '').split(',').map((type) => type.split(';')[0]?.trim() ?? '');
  if (accept.includes(stored.mediaType)) return stored;
  if (isDigest(reference)) throw manifestUnknown(manners, reference);
  const chosen = isIndex(stored) && !accept.includes(DOCKER_LIST) ? firstImage(repository, stored) : stored;
  return accept.includes(chosen.mediaType) ? chosen : asDocker(chosen);
}

function firstImage(repository: Repository, { manifest }: StoredManifest): StoredManifest {
  const child = manifest.children.find(({ platform }) => platform?.architecture === 'amd64') ?? manifest.children[0];
  const found = child && repository.manifests.get(child.digest);
  if (!found) throw new Refusal(404, 'MANIFEST_UNKNOWN', 'Requested image not found');
  return found;
}

function asDocker({ bytes, mediaType }: StoredManifest): Served {
  const text = bytes.toString('utf8').replaceAll(OCI_INDEX, DOCKER_LIST).replaceAll(OCI_MANIFEST, DOCKER_MANIFEST);
  // A space more makes other bytes even of a manifest in which no type is written.
  const converted = Buffer.from(`${text} `);
  const served = mediaType === OCI_INDEX || mediaType === DOCKER_LIST ? DOCKER_LIST : DOCKER_MANIFEST;
  return { bytes: converted, mediaType: served, digest: digestOfBytes(converted) };
}
