import { createHash } from 'node:crypto';
import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import { parseComplaint } from '../../core/headers.ts';
import { LARGEST_MANIFEST, parseManifest } from '../../core/manifest.ts';
import { MANIFEST_TYPES } from '../../core/media-types.ts';
import { OutsideError } from '../../core/outside-error.ts';
import type { ManifestHead, Repository, StoredManifest } from '../../ports.ts';
import type { Answer } from '../http/call.ts';
import { ask, failure, refused, type Desk, type Errand } from './desk.ts';

type Signal = AbortSignal | undefined;

/** Manifests, byte for byte. */
export const manifests = (desk: Desk): Pick<Repository, 'head' | 'manifest' | 'putManifest' | 'removeTag'> => ({
  head: (ref, signal) => head(desk, ref, signal),
  manifest: (ref, signal) => get(desk, ref, signal),
  putManifest: (ref, manifest, signal) => put(desk, ref, manifest, signal),
  removeTag: (tag, signal) => remove(desk, tag, signal),
});

function asked(method: 'HEAD' | 'GET', operation: string, ref: string, signal: Signal): Errand {
  const headers = { accept: MANIFEST_TYPES.join(', ') };
  return { operation, method, at: `manifests/${ref}`, headers, follow: true, signal };
}

async function head(desk: Desk, ref: string, signal: Signal): Promise<ManifestHead | undefined> {
  const operation = `look at ${ref}`;
  const answer = await ask(desk, asked('HEAD', operation, ref, signal));
  if (answer.status === 404) return undefined;
  if (answer.status !== 200) throw refused(desk, operation, answer);
  const [digest, mediaType] = [digestIn(answer), typeIn(answer)];
  const size = Number(answer.headers['content-length'] ?? NaN);
  // Required only since 1.1 of the specification. Where one is left out the bytes themselves must tell.
  if (!digest || !mediaType || Number.isNaN(size)) return headOf(await get(desk, ref, signal));
  if (isDigest(ref) && digest !== ref)
    throw failure(desk, operation, 'corrupt', `the registry says that it is ${digest}`);
  return { digest, mediaType, size };
}

const headOf = (stored: StoredManifest | undefined): ManifestHead | undefined =>
  stored && { digest: stored.digest, mediaType: stored.mediaType, size: stored.size };

function digestIn({ headers }: Answer): Digest | undefined {
  const said = headers['docker-content-digest'];
  return typeof said === 'string' && isDigest(said) ? said : undefined;
}

const typeIn = ({ headers }: Answer): string | undefined => headers['content-type']?.split(';')[0]?.trim();

/** Wrong bytes are asked for once more, since what broke may have been the way and not the thing. */
async function get(desk: Desk, ref: string, signal: Signal): Promise<StoredManifest | undefined> {
  const operation = `read manifest ${ref}`;
  for (let attempt = 1; ; attempt += 1) {
    const answer = await ask(desk, asked('GET', operation, ref, signal));
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refused(desk, operation, answer);
    refuseHuge(desk, operation, answer.body.length);
    const digest = digestOf(answer.body, ref, digestIn(answer));
    if (digest) return stored(desk, operation, digest, answer);
    if (attempt > 1) throw failure(desk, operation, 'corrupt', 'the bytes are not what their digest says');
  }
}

/** Before anything is copied for it: no region could be given it, and would say so only after all of its layers. */
function refuseHuge(desk: Desk, operation: string, size: number): void {
  if (size <= LARGEST_MANIFEST) return;
  const detail = `it is ${size} bytes long, and registries take ${LARGEST_MANIFEST} at most: release it with fewer entries or shorter annotations`;
  throw failure(desk, operation, 'refused', detail);
}

/** The bytes' own digest, or nothing where it is not the one asked for, or not the one the registry named. */
function digestOf(bytes: Uint8Array, ref: string, said: Digest | undefined): Digest | undefined {
  const expected = isDigest(ref) ? ref : said;
  const algorithm = expected ? algorithmOf(expected) : 'sha256';
  const digest = `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
  return expected === undefined || digest === expected ? digest : undefined;
}

function stored(desk: Desk, operation: string, digest: Digest, answer: Answer): StoredManifest {
  const { body: bytes } = answer;
  const manifest = parseManifest(bytes.toString('utf8'), typeIn(answer));
  if (!manifest.ok) throw failure(desk, operation, 'refused', manifest.fault);
  return { digest, mediaType: manifest.value.mediaType, size: bytes.length, bytes, manifest: manifest.value };
}

async function put(desk: Desk, ref: string, manifest: StoredManifest, signal: Signal): Promise<Digest | undefined> {
  const operation = `write manifest ${ref}`;
  await desk.pace?.(signal);
  const headers = { 'content-type': manifest.mediaType };
  const answer = await ask(desk, {
    operation,
    method: 'PUT',
    at: `manifests/${ref}`,
    push: true,
    headers,
    body: manifest.bytes,
    signal,
  });
  if (answer.status >= 300) return settle(desk, ref, manifest, answer, signal);
  const digest = digestIn(answer);
  if (digest !== undefined && digest !== manifest.digest)
    throw failure(desk, operation, 'corrupt', `the registry made ${digest} of ${manifest.digest}`);
  const subject = manifest.manifest.subject?.digest;
  return subject !== undefined && answer.headers['oci-subject'] === subject ? subject : undefined;
}

/** An immutable tag is refused by ECR also where nothing would change (aws/containers-roadmap#2380): look, then judge. */
async function settle(
  desk: Desk,
  ref: string,
  { digest }: StoredManifest,
  answer: Answer,
  signal: Signal,
): Promise<undefined> {
  const operation = `write manifest ${ref}`;
  if (!isImmutable(answer)) throw refused(desk, operation, answer);
  const there = await head(desk, ref, signal);
  if (there?.digest === digest) return undefined;
  throw new OutsideError({
    service: desk.name,
    operation,
    trouble: 'refused',
    status: answer.status,
    code: parseComplaint(answer.body.toString('utf8')).code ?? 'TAG_INVALID',
    detail: `the tag is immutable and stands for ${there?.digest ?? 'nothing that can be seen'}, not for ${digest}`,
  });
}

const isImmutable = ({ status, body }: Answer): boolean =>
  [400, 403, 409, 412].includes(status) && /TAG_INVALID|immutable|already exists/i.test(body.toString('utf8'));

async function remove(desk: Desk, tag: string, signal: Signal): Promise<void> {
  const operation = `remove tag ${tag}`;
  const answer = await ask(desk, { operation, method: 'DELETE', at: `manifests/${tag}`, push: true, signal });
  if (answer.status >= 300 && answer.status !== 404) throw refused(desk, operation, answer);
}
