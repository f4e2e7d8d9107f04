import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import type { Digest } from '../core/digest.ts';
import { Door } from './registry/door.ts';
import { FaultPlan, type Fault } from './registry/faults.ts';
import { Pace, type Shape } from './registry/flow.ts';
import { Haste } from './registry/haste.ts';
import { missingBehind } from './registry/judge.ts';
import { Listener } from './registry/listener.ts';
import { settle, type Manners } from './registry/manners.ts';
import { digestOfBytes, digestOf, synthetic } from './registry/content.ts';
import { serve, type House } from './registry/serve.ts';
import { Store } from './registry/store.ts';
import { TrafficLog, type Traffic } from './registry/traffic.ts';

export type { Manners } from './registry/manners.ts';
export type { Shape } from './registry/flow.ts';
export type { Fault } from './registry/faults.ts';
export type { RequestRecord, Traffic } from './registry/traffic.ts';

export interface RegistryOptions {
  /** Where content is kept and found again by the next registry started here. Without it, content ends with the registry. */
  directory?: string;
  /** Default: any that is free. */
  port?: number;
  manners?: Manners;
  shape?: Shape;
  /** Milliseconds; decides when tokens and redirects expire. */
  now?: () => number;
  /** `false` empties the directory first. */
  keepAcross?: boolean;
  /** Hash, but do not keep, uploads above 64 MiB: for benchmarks whose disk is not what they measure. */
  discardUploads?: boolean;
  /** Told of every tag that a request has written, at that very moment: for whoever watches that it may be. */
  tagged?: (repository: string, tag: string) => void;
}

/** A blob that is written while it is made. `digest` is what the bytes turn out to be, or the promise is broken. */
export interface BlobStream {
  readonly size: number;
  readonly digest: Digest;
  stream(): AsyncIterable<Buffer>;
}

/** A running registry: what tests and worlds may do to it and see of it without HTTP. */
export interface RegistryServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  /** Where blob redirects lead. */
  readonly storageHost: string;
  readonly traffic: Traffic;
  /** May be changed while running, in place or as a whole, as may `shape` and `faults`. */
  manners: Manners;
  shape: Shape;
  faults: Fault[];
  /** How often each fault, of now or of before, has met a request. */
  readonly met: ReadonlyMap<Fault, number>;
  /** Every connection, old or new, is reset. */
  offline: boolean;
  createRepository(name: string): void;
  hasRepository(name: string): boolean;
  deleteRepository(name: string): void;
  tagsOf(repository: string): ReadonlyMap<string, Digest>;
  manifestOf(repository: string, reference: string): { digest: Digest; mediaType: string; bytes: Buffer } | undefined;
  blobPresent(repository: string, digest: Digest): boolean;
  dropBlob(repository: string, digest: Digest): void;
  dropManifest(repository: string, digest: Digest): void;
  dropTag(repository: string, tag: string): void;
  /** One bit of what is served from now on is wrong. Not remembered across restarts. */
  corruptBlob(repository: string, digest: Digest, atByte?: number): void;
  putBlob(repository: string, blob: Buffer | BlobStream): Promise<Digest>;
  /** A blob that is made whenever it is read and takes no room. With its digest given it costs nothing at all. */
  putSynthetic(repository: string, size: number, seed: string | number, digest?: Digest): Promise<Digest>;
  /** Stores the bytes as they are, complete or not. */
  putManifest(repository: string, bytes: Buffer, mediaType: string, tag?: string): Digest;
  setTag(repository: string, tag: string, digest: Digest): void;
  /** A fresh basic password, good for `tokenSeconds`, as ECR's GetAuthorizationToken gives. */
  issueCredentials(): { username: string; password: string; expiresAt: Date };
  /** What a tag or digest reaches and is missing or has other bytes, a sentence each. Empty is the invariant. */
  missingBehind(repository: string, reference: string): Promise<string[]>;
  close(): Promise<void>;
}

/** Starts a registry on loopback. Every vendor's manners are one of its settings; without any it is plain and correct. */
export async function startRegistry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const { directory, now = Date.now, discardUploads, manners = {}, shape = {} } = options;
  if (options.keepAcross === false && directory !== undefined) rmSync(directory, { recursive: true, force: true });
  const [registry, storage] = [new Listener(), new Listener()];
  const host = await registry.open(options.port ?? 0);
  const storageHost = await storage.open(0);
  const house: House = {
    store: new Store({ directory, discardUploads }),
    door: new Door(host, now),
    traffic: new TrafficLog(),
    uploads: new Map(),
    manners,
    shape,
    now,
    paces: { in: new Pace(), out: new Pace() },
    haste: new Haste(),
    host,
    storageHost,
    secret: randomBytes(32),
    plan: new FaultPlan(),
    tagged: options.tagged,
  };
  house.door.learn(settle(manners));
  registry.answer((req, res) => serve(house, 'registry', req, res));
  storage.answer((req, res) => serve(house, 'storage', req, res));
  return new Running(house, [registry, storage]);
}

class Running implements RegistryServer {
  readonly host: string;
  readonly storageHost: string;
  readonly traffic: Traffic;
  readonly #house: House;
  readonly #listeners: readonly Listener[];

  constructor(house: House, listeners: readonly Listener[]) {
    this.#house = house;
    this.#listeners = listeners;
    this.host = house.host;
    this.storageHost = house.storageHost;
    this.traffic = house.traffic;
  }

  get manners(): Manners {
    return this.#house.manners;
  }
  set manners(manners: Manners) {
    this.#house.manners = manners;
    this.#house.door.learn(settle(manners));
  }

  get shape(): Shape {
    return this.#house.shape;
  }
  set shape(shape: Shape) {
    this.#house.shape = shape;
  }

  get faults(): Fault[] {
    return this.#house.plan.faults;
  }
  set faults(faults: Fault[]) {
    this.#house.plan.faults = faults;
  }

  get met(): ReadonlyMap<Fault, number> {
    return this.#house.plan.met;
  }

  get offline(): boolean {
    return this.#listeners.some(({ offline }) => offline);
  }
  set offline(offline: boolean) {
    for (const listener of this.#listeners) listener.offline = offline;
  }

  createRepository(name: string): void {
    this.#house.store.create(name);
  }

  hasRepository(name: string): boolean {
    return this.#house.store.repositories.has(name);
  }

  deleteRepository(name: string): void {
    this.#house.store.remove(name);
  }

  tagsOf(repository: string): ReadonlyMap<string, Digest> {
    return this.#house.store.repositories.get(repository)?.tags ?? new Map();
  }

  manifestOf(repository: string, reference: string): { digest: Digest; mediaType: string; bytes: Buffer } | undefined {
    return this.#house.store.manifest(repository, reference);
  }

  blobPresent(repository: string, digest: Digest): boolean {
    return this.#house.store.repositories.get(repository)?.blobs.has(digest) ?? false;
  }

  dropBlob(repository: string, digest: Digest): void {
    this.#house.store.dropBlob(repository, digest);
  }

  dropManifest(repository: string, digest: Digest): void {
    this.#house.store.dropManifest(repository, digest);
  }

  dropTag(repository: string, tag: string): void {
    this.#house.store.dropTag(repository, tag);
  }

  corruptBlob(repository: string, digest: Digest, atByte = 0): void {
    this.#house.store.corruptBlob(repository, digest, atByte);
  }

  async putBlob(repository: string, blob: Buffer | BlobStream): Promise<Digest> {
    const { store } = this.#house;
    const intake = store.intake();
    const digest = Buffer.isBuffer(blob) ? digestOfBytes(blob) : blob.digest;
    for await (const piece of Buffer.isBuffer(blob) ? [blob] : blob.stream()) await intake.take(piece);
    if (await store.accept(repository, intake, digest)) return digest;
    throw new Error(`the stream promised ${digest} and was something else`);
  }

  async putSynthetic(repository: string, size: number, seed: string | number, digest?: Digest): Promise<Digest> {
    const named = digest ?? (await digestOf(synthetic(size, String(seed)), 'sha256'));
    this.#house.store.keepSynthetic(repository, named, size, String(seed));
    return named;
  }

  putManifest(repository: string, bytes: Buffer, mediaType: string, tag?: string): Digest {
    const { digest } = this.#house.store.keepManifest(repository, bytes, mediaType);
    if (tag !== undefined) this.setTag(repository, tag, digest);
    return digest;
  }

  setTag(repository: string, tag: string, digest: Digest): void {
    this.#house.store.setTag(repository, tag, digest);
  }

  issueCredentials(): { username: string; password: string; expiresAt: Date } {
    return this.#house.door.issue(settle(this.#house.manners));
  }

  missingBehind(repository: string, reference: string): Promise<string[]> {
    return missingBehind(this.#house.store, repository, reference);
  }

  async close(): Promise<void> {
    await Promise.all(this.#listeners.map((listener) => listener.close()));
    await this.#house.store.close();
  }
}
