import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isDigest, type Digest } from '../../core/digest.ts';
import { inFile, synthetic, type Content } from './content.ts';

/** How synthetic content is remembered: by its rule. */
export interface Rule {
  readonly size: number;
  readonly seed: string;
}

/** One repository as found on disk. */
export interface Found {
  readonly name: string;
  readonly blobs: ReadonlyMap<Digest, Content>;
  readonly manifests: ReadonlyMap<Digest, { mediaType: string; bytes: Buffer }>;
  readonly tags: ReadonlyMap<string, Digest>;
}

/**
 * A registry's content as files, written beside and renamed into place, so that what is there is there in full.
 *
 *     blobs/sha256/<hex>                               bytes, once for all repositories
 *     repositories/<name>/_blobs/sha256:<hex>          empty: the repository has this blob; or the rule that makes it
 *     repositories/<name>/_manifests/sha256:<hex>      the media type, a line break, the bytes
 *     repositories/<name>/_tags/<tag>                  a digest
 *     uploads/<uuid>                                   what is arriving
 */
export class Disk {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    rmSync(join(root, 'uploads'), { recursive: true, force: true });
    mkdirSync(join(root, 'uploads'), { recursive: true });
    mkdirSync(join(root, 'repositories'), { recursive: true });
  }

  uploadPath(id: string): string {
    return join(this.root, 'uploads', id);
  }

  blobPath(digest: Digest): string {
    return join(this.root, 'blobs', ...digest.split(':'));
  }

  /** Moves an upload to where its digest says. */
  place(upload: string, digest: Digest): string {
    const path = this.blobPath(digest);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(upload, path);
    return path;
  }

  keepRepository(name: string): void {
    for (const kind of ['_blobs', '_manifests', '_tags']) mkdirSync(this.#of(name, kind), { recursive: true });
  }

  forgetRepository(name: string): void {
    // The tags' directory is what makes a repository, so it is made last and goes first.
    for (const kind of ['_tags', '_manifests', '_blobs'])
      rmSync(this.#of(name, kind), { recursive: true, force: true });
  }

  keepBlob(name: string, digest: Digest, rule?: Rule): void {
    this.#write(this.#of(name, '_blobs', digest), rule === undefined ? '' : JSON.stringify(rule));
  }

  keepManifest(name: string, digest: Digest, mediaType: string, bytes: Buffer): void {
    this.#write(this.#of(name, '_manifests', digest), Buffer.concat([Buffer.from(`${mediaType}\n`), bytes]));
  }

  keepTag(name: string, tag: string, digest: Digest): void {
    this.#write(this.#of(name, '_tags', tag), digest);
  }

  forget(name: string, kind: '_blobs' | '_manifests' | '_tags', key: string): void {
    rmSync(this.#of(name, kind, key), { force: true });
  }

  load(): Found[] {
    const root = join(this.root, 'repositories');
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('/_tags'));
    return names.map((path) => this.#find(dirname(path)));
  }

  #find(name: string): Found {
    const list = (kind: string): string[] => readdirSync(this.#of(name, kind));
    const tags = list('_tags').map(
      (tag) => [tag, readFileSync(this.#of(name, '_tags', tag), 'utf8') as Digest] as const,
    );
    const manifests = list('_manifests')
      .filter(isDigest)
      .map((digest) => [digest, asManifest(readFileSync(this.#of(name, '_manifests', digest)))] as const);
    const blobs = list('_blobs')
      .filter(isDigest)
      .flatMap((digest) => this.#content(name, digest));
    return { name, tags: new Map(tags), manifests: new Map(manifests), blobs: new Map(blobs) };
  }

  /** Nothing where somebody removed the bytes: then the blob is missing, and says so when it is asked for. */
  #content(name: string, digest: Digest): [Digest, Content][] {
    const rule = readFileSync(this.#of(name, '_blobs', digest), 'utf8');
    if (rule !== '') {
      const { size, seed } = JSON.parse(rule) as Rule;
      return [[digest, synthetic(size, seed)]];
    }
    const path = this.blobPath(digest);
    const there = statSync(path, { throwIfNoEntry: false });
    return there ? [[digest, inFile(path, there.size)]] : [];
  }

  #of(name: string, ...rest: string[]): string {
    return join(this.root, 'repositories', name, ...rest);
  }

  #write(path: string, bytes: string | Buffer): void {
    const beside = this.uploadPath(randomUUID());
    writeFileSync(beside, bytes);
    renameSync(beside, path);
  }
}

function asManifest(file: Buffer): { mediaType: string; bytes: Buffer } {
  const line = file.indexOf('\n');
  return { mediaType: file.toString('utf8', 0, line), bytes: file.subarray(line + 1) };
}
