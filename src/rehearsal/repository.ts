import { createHash } from 'node:crypto';
import { algorithmOf, digest, hexOf, isDigest, type Digest } from '../core/digest.ts';
import { matches } from '../core/estate.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError, type Trouble } from '../core/outside-error.ts';
import type { BlobWriter, ManifestHead, Range, Repository, StoredManifest, Upload } from '../ports.ts';
import { digestOf, type SmallImage } from './small-image.ts';

/** How a repository behaves today. Switches, to be thrown in the middle of a story. */
export interface Mood {
  /** Does not answer at all. */
  silent?: boolean;
  /** Takes content, and refuses every tag but history's own. */
  refusesTags?: boolean;
  /** Refuses manifests that say something about another one, as ECR does with some. */
  refusesReferrers?: boolean;
  /** How much later it is after each request, in milliseconds of the rehearsal's own clock. */
  slowMs?: number;
}

export interface RepositoryOptions {
  /** Tags that may come to mean another digest; left out, all of them. */
  readonly moving?: readonly string[];
  /** There is nothing here until somebody calls `ensure`. */
  readonly unmade?: boolean;
  /** `false`: says that there is no such thing, as GHCR does. */
  readonly referrersApi?: boolean;
  /** Told how long a slow request took. */
  readonly pass?: (milliseconds: number) => void;
}

/** A repository in this process, with its shelves open for whoever plays with it. */
export interface MemoryRepository extends Repository {
  readonly mood: Mood;
  readonly tagged: ReadonlyMap<string, Digest>;
  /** Puts an image here as if it had always been here. */
  shelve(image: SmallImage, ...tags: readonly string[]): Digest;
  /** Loses content or a tag, as a careless clean-up does. */
  lose(what: Digest | string): void;
  /** Everything named and not there, behind every tag. */
  torn(): string[];
}

const PAGE = 100;

export function memoryRepository(name: string, options: RepositoryOptions = {}): MemoryRepository {
  return new InMemory(name, options);
}

class InMemory implements MemoryRepository {
  readonly name: string;
  readonly mood: Mood = {};
  readonly tagged = new Map<string, Digest>();
  readonly #options: RepositoryOptions;
  readonly #manifests = new Map<Digest, StoredManifest>();
  readonly #blobs = new Map<Digest, Uint8Array>();
  readonly #uploads = new Map<string, Uint8Array[]>();
  #made: boolean;
  #opened = 0;

  constructor(name: string, options: RepositoryOptions) {
    this.name = name;
    this.#options = options;
    this.#made = options.unmade !== true;
  }

  shelve({ manifests, blobs, root }: SmallImage, ...tags: readonly string[]): Digest {
    for (const { digest, bytes } of blobs) this.#blobs.set(digest, bytes);
    for (const manifest of manifests) this.#manifests.set(manifest.digest, manifest);
    for (const tag of tags) this.tagged.set(tag, root.digest);
    return root.digest;
  }

  lose(what: Digest | string): void {
    if (!isDigest(what)) this.tagged.delete(what);
    else if (!this.#blobs.delete(what)) this.#manifests.delete(what);
  }

  torn(): string[] {
    const below = (name: Digest): string[] => {
      const { children, blobs } = this.#manifests.get(name)?.manifest ?? { children: [], blobs: [] };
      const gone = blobs.filter(({ digest }) => !this.#blobs.has(digest)).map(({ digest }) => digest);
      return [
        ...(this.#manifests.has(name) ? [] : [name]),
        ...gone,
        ...children.flatMap((child) => below(child.digest)),
      ];
    };
    return [...this.tagged].flatMap(([tag, name]) => below(name).map((lost) => `${this.name}:${tag} lacks ${lost}`));
  }

  async head(ref: string, signal?: AbortSignal): Promise<ManifestHead | undefined> {
    await this.#answer(`look at ${ref}`, signal);
    const found = this.#find(ref);
    return found && { digest: found.digest, mediaType: found.mediaType, size: found.size };
  }

  async manifest(ref: string, signal?: AbortSignal): Promise<StoredManifest | undefined> {
    await this.#answer(`read manifest ${ref}`, signal);
    return this.#find(ref);
  }

  async putManifest(ref: string, manifest: StoredManifest, signal?: AbortSignal): Promise<Digest | undefined> {
    const operation = `write manifest ${ref}`;
    await this.#answer(operation, signal);
    const no = this.#objection(ref, manifest);
    if (no !== undefined) throw this.#error(operation, 'refused', no);
    this.#manifests.set(manifest.digest, manifest);
    if (!isDigest(ref)) this.tagged.set(ref, manifest.digest);
    return this.#options.referrersApi === false ? undefined : manifest.manifest.subject?.digest;
  }

  async removeTag(tag: string, signal?: AbortSignal): Promise<void> {
    const operation = `remove tag ${tag}`;
    await this.#answer(operation, signal);
    if (this.mood.refusesTags) throw this.#error(operation, 'refused', 'tags are refused today');
    this.tagged.delete(tag);
  }

  async lacking(blobs: readonly Descriptor[], signal?: AbortSignal): Promise<ReadonlySet<Digest>> {
    await this.#answer('look for blobs', signal);
    return new Set(blobs.map(({ digest }) => digest).filter((digest) => !this.#blobs.has(digest)));
  }

  async *read(blob: Descriptor, { from = 0, until = blob.size }: Range = {}, signal?: AbortSignal) {
    const operation = `read blob ${blob.digest}`;
    await this.#answer(operation, signal);
    const bytes = this.#blobs.get(blob.digest);
    if (!bytes) throw this.#error(operation, 'absent');
    const middle = from + Math.ceil((until - from) / 2);
    for (const part of [bytes.subarray(from, middle), bytes.subarray(middle, until)]) {
      signal?.throwIfAborted();
      if (part.length > 0) yield part;
    }
  }

  async write(blob: Descriptor, signal?: AbortSignal): Promise<BlobWriter> {
    const operation = `write blob ${blob.digest}`;
    await this.#answer(operation, signal);
    const chunks: Uint8Array[] = [];
    return {
      write: async (chunk) => void chunks.push(chunk),
      abort: () => chunks.splice(0),
      finish: async () => {
        await this.#answer(operation, signal);
        this.#store(blob.digest, chunks, operation);
      },
    };
  }

  readonly uploads = {
    begin: async (signal?: AbortSignal): Promise<Upload> => {
      await this.#answer('begin an upload', signal);
      const location = `upload ${(this.#opened += 1)}`;
      this.#uploads.set(location, []);
      return { location, offset: 0 };
    },
    append: async (
      { location, offset }: Upload,
      chunk: AsyncIterable<Uint8Array>,
      length: number,
      signal?: AbortSignal,
    ): Promise<Upload> => {
      const operation = `append to an upload at ${offset}`;
      await this.#answer(operation, signal);
      const chunks = this.#uploads.get(location);
      if (!chunks) throw this.#error(operation, 'absent', 'no such upload');
      if (sizeOf(chunks) !== offset) throw this.#error(operation, 'refused', `it is at ${sizeOf(chunks)}`);
      const parts: Uint8Array[] = [];
      for await (const part of chunk) parts.push(part);
      if (sizeOf(parts) !== length)
        throw this.#error(operation, 'corrupt', `given ${sizeOf(parts)} bytes of ${length}`);
      chunks.push(...parts);
      return { location, offset: offset + length };
    },
    finish: async ({ location }: Upload, name: Digest, signal?: AbortSignal): Promise<void> => {
      const operation = `finish the upload of ${name}`;
      await this.#answer(operation, signal);
      const chunks = this.#uploads.get(location);
      if (!chunks) throw this.#error(operation, 'absent', 'no such upload');
      this.#store(name, chunks, operation);
      this.#uploads.delete(location);
    },
  };

  async *tags(signal?: AbortSignal): AsyncGenerator<readonly string[]> {
    const all = [...this.tagged.keys()];
    for (let at = 0; at === 0 || at < all.length; at += PAGE) {
      await this.#answer('list tags', signal);
      if (at < all.length) yield all.slice(at, at + PAGE);
    }
  }

  async referrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[] | undefined> {
    await this.#answer(`list referrers of ${subject}`, signal);
    if (this.#options.referrersApi === false) return undefined;
    return [...this.#manifests.values()]
      .filter(({ manifest }) => manifest.subject?.digest === subject)
      .map(({ mediaType, digest, size, manifest: { artifactType } }) => ({
        mediaType,
        digest,
        size,
        ...(artifactType !== undefined && { artifactType }),
      }));
  }

  async ensure(signal?: AbortSignal): Promise<void> {
    await this.#answer('make the repository', signal);
    this.#made = true;
  }

  async #answer(operation: string, signal?: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal?.throwIfAborted();
    if (this.mood.slowMs !== undefined) this.#options.pass?.(this.mood.slowMs);
    if (this.mood.silent) throw this.#error(operation, 'timeout', 'it does not answer');
  }

  #find(ref: string): StoredManifest | undefined {
    const name = isDigest(ref) ? ref : this.tagged.get(ref);
    return name && this.#manifests.get(name);
  }

  /** What a registry that minds its content says against a manifest. */
  #objection(ref: string, { digest: name, bytes, manifest }: StoredManifest): string | undefined {
    const { children, blobs, subject } = manifest;
    if (!this.#made) return 'there is no such repository';
    if (digestOf(bytes) !== name || (isDigest(ref) && ref !== name)) return 'it is not what its digest says';
    if (subject && this.mood.refusesReferrers) return 'referrers are refused today';
    const lost = [
      ...children.filter((child) => !this.#manifests.has(child.digest)),
      ...blobs.filter((blob) => !this.#blobs.has(blob.digest)),
    ];
    if (lost[0]) return `${lost[0].digest} is not here`;
    return isDigest(ref) ? undefined : this.#objectionToTag(ref, name);
  }

  #objectionToTag(tag: string, name: Digest): string | undefined {
    const was = this.tagged.get(tag);
    if (this.mood.refusesTags && !tag.startsWith('gr-')) return 'tags are refused today';
    const moves = this.#options.moving?.some((pattern) => matches(pattern, tag)) ?? true;
    return was !== undefined && was !== name && !moves ? `the tag ${tag} is immutable` : undefined;
  }

  #store(name: Digest, chunks: readonly Uint8Array[], operation: string): void {
    if (!this.#made) throw this.#error(operation, 'refused', 'there is no such repository');
    const bytes = Buffer.concat(chunks);
    const hash = digest(`${algorithmOf(name)}:${createHash(algorithmOf(name)).update(bytes).digest('hex')}`);
    if (hash !== name) throw this.#error(operation, 'refused', `the bytes are ${hexOf(hash)}`);
    this.#blobs.set(name, bytes);
  }

  #error(operation: string, trouble: Trouble, detail?: string): OutsideError {
    return new OutsideError({ service: this.name, operation, trouble, ...(detail !== undefined && { detail }) });
  }
}

const sizeOf = (chunks: readonly Uint8Array[]): number => chunks.reduce((sum, { length }) => sum + length, 0);
