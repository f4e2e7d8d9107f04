import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MiB } from '../../core/bytes.ts';
import { algorithmOf, isDigest, type Digest } from '../../core/digest.ts';
import { parseManifest, type Manifest } from '../../core/manifest.ts';
import { sure } from '../../core/parsed.ts';
import { digestOf, digestOfBytes, flipped, inFile, synthetic, type Content } from './content.ts';
import { Disk } from './disk.ts';
import { Intake, type Arrival } from './intake.ts';

export interface StoredManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly manifest: Manifest;
}

export interface Repository {
  readonly blobs: Map<Digest, Content>;
  readonly manifests: Map<Digest, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

export interface StoreOptions {
  /** Where content outlives the process. Without it, what is large goes to a directory that goes away with the store. */
  readonly directory?: string | undefined;
  /** Hash, but do not keep, uploads above 64 MiB. */
  readonly discardUploads?: boolean | undefined;
}

const IN_MEMORY = MiB - 1;
const KEPT_AT_MOST = 64 * MiB;

/** Everything that one registry holds. */
export class Store {
  readonly repositories = new Map<string, Repository>();
  readonly #disk: Disk;
  readonly #lasting: boolean;
  readonly #discards: boolean;
  readonly #open = new Set<Intake>();

  constructor({ directory, discardUploads = false }: StoreOptions) {
    this.#lasting = directory !== undefined;
    this.#discards = discardUploads;
    this.#disk = new Disk(directory ?? mkdtempSync(join(tmpdir(), 'greenroom-registry-')));
    for (const { name, blobs, tags, manifests } of this.#lasting ? this.#disk.load() : []) {
      const stored = [...manifests].map(([digest, { bytes, mediaType }]) => stand(digest, mediaType, bytes));
      this.repositories.set(name, {
        blobs: new Map(blobs),
        tags: new Map(tags),
        manifests: new Map(stored.map((each) => [each.digest, each])),
      });
    }
  }

  create(name: string): Repository {
    const there = this.repositories.get(name);
    if (there) return there;
    const fresh: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    this.repositories.set(name, fresh);
    if (this.#lasting) this.#disk.keepRepository(name);
    return fresh;
  }

  remove(name: string): void {
    this.repositories.delete(name);
    if (this.#lasting) this.#disk.forgetRepository(name);
  }

  intake(): Intake {
    const intake = new Intake(this.#disk.uploadPath(randomUUID()), {
      memoryBytes: this.#lasting ? -1 : IN_MEMORY,
      dropOverBytes: this.#discards ? KEPT_AT_MOST : Infinity,
    });
    this.#open.add(intake);
    return intake;
  }

  async abandon(intake: Intake): Promise<void> {
    this.#open.delete(intake);
    await intake.abandon();
  }

  /** Ends the intake and keeps what arrived under the digest; undefined, and nothing kept, where it is another's. */
  async accept(name: string, intake: Intake, digest: Digest, checks = true): Promise<Content | undefined> {
    const arrival = await intake.finish();
    const content = !checks || (await matches(arrival, digest)) ? this.#placed(arrival, digest) : undefined;
    if (content === undefined) await intake.abandon();
    this.#open.delete(intake);
    if (content !== undefined) this.keepBlob(name, digest, content);
    return content;
  }

  keepBlob(name: string, digest: Digest, content: Content): void {
    this.create(name).blobs.set(digest, content);
    if (this.#lasting) this.#disk.keepBlob(name, digest);
  }

  keepSynthetic(name: string, digest: Digest, size: number, seed: string): void {
    this.create(name).blobs.set(digest, synthetic(size, seed));
    if (this.#lasting) this.#disk.keepBlob(name, digest, { size, seed });
  }

  /** From now on reads of this blob in this repository have one bit wrong. Not remembered on disk. */
  corruptBlob(name: string, digest: Digest, atByte: number): void {
    const repository = this.repositories.get(name);
    const content = repository?.blobs.get(digest);
    if (content) repository?.blobs.set(digest, flipped(content, atByte));
  }

  dropBlob(name: string, digest: Digest): boolean {
    if (this.#lasting) this.#disk.forget(name, '_blobs', digest);
    return this.repositories.get(name)?.blobs.delete(digest) ?? false;
  }

  keepManifest(name: string, bytes: Buffer, mediaType: string, algorithm?: 'sha256' | 'sha512'): StoredManifest {
    const stored = stand(digestOfBytes(bytes, algorithm), mediaType, bytes);
    this.create(name).manifests.set(stored.digest, stored);
    if (this.#lasting) this.#disk.keepManifest(name, stored.digest, mediaType, bytes);
    return stored;
  }

  dropManifest(name: string, digest: Digest): boolean {
    if (this.#lasting) this.#disk.forget(name, '_manifests', digest);
    return this.repositories.get(name)?.manifests.delete(digest) ?? false;
  }

  setTag(name: string, tag: string, digest: Digest): void {
    this.create(name).tags.set(tag, digest);
    if (this.#lasting) this.#disk.keepTag(name, tag, digest);
  }

  dropTag(name: string, tag: string): boolean {
    if (this.#lasting) this.#disk.forget(name, '_tags', tag);
    return this.repositories.get(name)?.tags.delete(tag) ?? false;
  }

  /** By tag or by digest. */
  manifest(name: string, reference: string): StoredManifest | undefined {
    const repository = this.repositories.get(name);
    const digest = isDigest(reference) ? reference : repository?.tags.get(reference);
    return digest === undefined ? undefined : repository?.manifests.get(digest);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open].map((intake) => intake.abandon()));
    if (!this.#lasting) rmSync(this.#disk.root, { recursive: true, force: true });
  }

  #placed(arrival: Arrival, digest: Digest): Content {
    if (arrival.content) return arrival.content;
    return inFile(this.#disk.place(arrival.path ?? '', digest), arrival.size);
  }
}

const stand = (digest: Digest, mediaType: string, bytes: Buffer): StoredManifest => ({
  digest,
  mediaType,
  bytes,
  manifest: sure(parseManifest(bytes.toString('utf8'), mediaType)),
});

/** The hash was taken for sha256 while the bytes flowed; the rare sha512 is taken from what was kept. */
async function matches(arrival: Arrival, digest: Digest): Promise<boolean> {
  if (algorithmOf(digest) === 'sha256') return arrival.sha256 === digest;
  const content = arrival.content ?? inFile(arrival.path ?? '', arrival.size);
  return (await digestOf(content, 'sha512')) === digest;
}
