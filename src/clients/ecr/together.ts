import { BatchGetImageCommand, type Image } from '@aws-sdk/client-ecr';
import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import { parseManifest } from '../../core/manifest.ts';
import { MANIFEST_TYPES } from '../../core/media-types.ts';
import type { Repository, StoredManifest } from '../../ports.ts';
import { NO_REPOSITORY, unlessCode, type Place } from './api.ts';

type Looks = Pick<Repository, 'head' | 'manifest'>;
/** What ECR said without doubt: a manifest, or that there is none. Whatever is not in here it has to be asked for alone. */
type Answers = ReadonlyMap<string, StoredManifest | undefined>;

interface Batch {
  readonly refs: Set<string>;
  readonly answers: Promise<Answers>;
}

/** The most that one BatchGetImage takes. */
const BATCH = 100;

/**
 * Looks that are begun in the same turn of the event loop, and that the same signal would end, as one question to ECR's
 * API, which takes a hundred. One alone is a request to the registry, as everywhere; so is what the API does not answer
 * plainly, because an archived image or one whose key is gone is no image that is absent.
 */
export function together(place: Place, alone: Looks): Looks {
  const gathering = new Map<AbortSignal | undefined, Batch>();
  const join = (ref: string, signal: AbortSignal | undefined): Promise<Answers> => {
    const under = gathering.get(signal);
    under?.refs.add(ref);
    if (under) return under.answers;
    const refs = new Set([ref]);
    const answers = turn().then(() => {
      gathering.delete(signal);
      return refs.size > 1 ? askAll(place, [...refs], signal) : new Map();
    });
    gathering.set(signal, { refs, answers });
    return answers;
  };
  const found = async <T>(ref: string, signal: AbortSignal | undefined, otherwise: () => Promise<T>) => {
    signal?.throwIfAborted();
    const answers = isAskable(ref) ? await join(ref, signal) : new Map<string, undefined>();
    return answers.has(ref) ? answers.get(ref) : otherwise();
  };
  return {
    head: async (ref, signal) => {
      const there = await found(ref, signal, () => alone.head(ref, signal));
      return there && { digest: there.digest, mediaType: there.mediaType, size: there.size };
    },
    manifest: (ref, signal) => found(ref, signal, () => alone.manifest(ref, signal)),
  };
}

/** One digest of another kind would have the whole question refused. */
const isAskable = (ref: string): boolean => !isDigest(ref) || algorithmOf(ref) === 'sha256';

async function askAll(place: Place, refs: readonly string[], signal: AbortSignal | undefined): Promise<Answers> {
  const asked: Promise<Answers>[] = [];
  for (let at = 0; at < refs.length; at += BATCH) asked.push(ask(place, refs.slice(at, at + BATCH), signal));
  return new Map((await Promise.all(asked)).flatMap((answers) => [...answers]));
}

async function ask({ api, known }: Place, refs: readonly string[], signal: AbortSignal | undefined): Promise<Answers> {
  const question = new BatchGetImageCommand({
    ...known,
    imageIds: refs.map((ref) => (isDigest(ref) ? { imageDigest: ref } : { imageTag: ref })),
    // All of them, or what has another type comes converted, under another digest.
    acceptedMediaTypes: [...MANIFEST_TYPES],
  });
  const operation = `look at ${refs.length} manifests in ${known.repositoryName}`;
  const asked = api.ask(operation, (client, options) => client.send(question, options), signal);
  const answer = await unlessCode(NO_REPOSITORY, asked);
  if (!answer) return new Map(refs.map((ref) => [ref, undefined]));
  const answers = new Map<string, StoredManifest | undefined>();
  for (const { imageId, failureCode } of answer.failures ?? [])
    if (failureCode === 'ImageNotFound') answers.set(imageId?.imageTag ?? imageId?.imageDigest ?? '', undefined);
  for (const image of answer.images ?? []) {
    const stored = storedIn(image);
    if (stored) for (const name of [image.imageId?.imageTag, stored.digest]) if (name) answers.set(name, stored);
  }
  return answers;
}

/** Nothing where it is not what its digest says, or not to be read: the registry's own answer is the one that counts then. */
function storedIn({ imageId, imageManifest, imageManifestMediaType }: Image): StoredManifest | undefined {
  if (imageManifest === undefined) return undefined;
  const bytes = Buffer.from(imageManifest);
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;
  const manifest = parseManifest(imageManifest, imageManifestMediaType);
  if (digest !== imageId?.imageDigest || !manifest.ok) return undefined;
  return { digest, mediaType: manifest.value.mediaType, size: bytes.length, bytes, manifest: manifest.value };
}
