import type { Digest } from './core/digest.ts';
import type { Estate, Image, Release } from './core/estate.ts';
import type { GatewayKey, Probe } from './core/gateway-key.ts';
import type { Entry, Lease } from './core/lease.ts';
import type { Descriptor, Manifest } from './core/manifest.ts';
import type { Hold, Pin, Promotion } from './core/promotion.ts';
import type { Minute, News } from './core/report.ts';
import type { Secret } from './core/secret.ts';

/** Everything Greenroom can reach, in Greenroom's words. What is not here, it cannot touch. */
export interface World {
  readonly estate: Estate;
  readonly registries: Registries;
  readonly journal: Journal;
  readonly mirroring: Mirroring;
  readonly crew: Crew;
}

/** The repositories of an estate: where each image comes from, and its copy in each region. */
export interface Registries {
  source(image: Image): Repository;
  copy(image: Image, region: string): Repository;
}

/**
 * One repository in one registry, spoken to by the OCI distribution protocol.
 *
 * Every verb retries what may be retried, obeys what the registry says about waiting, gives up when `signal` is
 * aborted, and otherwise throws `OutsideError`. Absence is an answer (`undefined`), not an error.
 */
export interface Repository {
  /** `ghcr.io/coder/coder-preview`: for people and errors. */
  readonly name: string;

  /** What a tag or digest stands for now. One request. */
  head(ref: string, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** A manifest's exact bytes, hashed on receipt; a body that is not what its digest says is an error. */
  manifest(ref: string, signal?: AbortSignal): Promise<StoredManifest | undefined>;
  /**
   * Stores exact bytes under a digest or a tag. Writing what is already there is a success, also where the
   * registry calls it a conflict (immutable tags); another digest under an immutable tag is `refused`.
   */
  putManifest(ref: string, manifest: StoredManifest, signal?: AbortSignal): Promise<void>;
  /** Takes a tag away and leaves what it pointed at. `refused` where the registry cannot. */
  removeTag(tag: string, signal?: AbortSignal): Promise<void>;

  /** Of these blobs, the ones this repository has not got. As few requests as the registry allows. */
  lacking(blobs: readonly Descriptor[], signal?: AbortSignal): Promise<ReadonlySet<Digest>>;
  /** A blob's bytes, `from` (inclusive) to `until` (exclusive); a broken read resumes where it broke. Not hashed. */
  read(blob: Descriptor, range?: Range, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** Opens an upload of a blob of known size. The registry checks the digest when it is finished. */
  write(blob: Descriptor, signal?: AbortSignal): Promise<BlobWriter>;
  /** Uploads in several sittings, for a layer that outlasts one process. */
  readonly uploads: Uploads;

  /** Every tag, in no order, page by page. */
  tags(signal?: AbortSignal): AsyncIterable<readonly string[]>;
  /** What the referrers API lists for a subject; `undefined` where the registry has no such API. */
  referrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[] | undefined>;
  /** Makes sure that the repository exists, with the estate's settings where it has to be made. */
  ensure(signal?: AbortSignal): Promise<void>;
}

export interface Range {
  readonly from?: number;
  readonly until?: number;
}

export interface ManifestHead {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

export interface StoredManifest extends ManifestHead {
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
}

/** One upload in progress. Nothing is stored before `finish` resolves. */
export interface BlobWriter {
  /** Hands over a chunk. A promise means: wait for room before the next one. */
  write(chunk: Uint8Array): Promise<void> | undefined;
  /** Resolves when the registry has all of it and agrees with the digest. */
  finish(): Promise<void>;
  /** Drops the upload; the registry keeps nothing. */
  abort(): void;
}

export interface Uploads {
  begin(signal?: AbortSignal): Promise<Upload>;
  /** Appends exactly `length` bytes at `upload.offset`. */
  append(upload: Upload, chunk: AsyncIterable<Uint8Array>, length: number, signal?: AbortSignal): Promise<Upload>;
  finish(upload: Upload, digest: Digest, signal?: AbortSignal): Promise<void>;
}

/** Plain data, so that it can wait in the journal between two processes. */
export interface Upload {
  readonly location: string;
  /** Bytes accepted so far, by our own count: ECR's answer about it cannot be trusted. */
  readonly offset: number;
}

/** The durable record. All instants are given by the caller: a journal has no clock. */
export interface Journal {
  /** A release's promotions, the newest first. */
  promotions(release: ReleaseKey, limit: number): Promise<readonly Promotion[]>;
  /**
   * Writes down the intention to promote, in one step with the two things that must be true at that very moment:
   * the claim is still ours, and (for a forward promotion) no hold covers the image. Otherwise nothing is written.
   */
  begin(promotion: Promotion, claim: Claim, now: Date): Promise<'begun' | 'held' | 'outlived'>;
  /** Replaces a begun promotion with how it ended. */
  conclude(promotion: Promotion): Promise<void>;

  pin(release: ReleaseKey): Promise<Pin | undefined>;
  setPin(pin: Pin): Promise<void>;
  /** The pin that was lifted, if there was one. */
  unpin(release: ReleaseKey): Promise<Pin | undefined>;

  /** Holds that have not ended at `now`. */
  holds(now: Date): Promise<readonly Hold[]>;
  hold(hold: Hold): Promise<void>;
  release(holdId: string): Promise<void>;

  /** Every lease that has not been ended, in no order. */
  leases(): Promise<readonly Lease[]>;
  /**
   * Writes a lease down over the one of edition `over` (0: where there is none). False, and nothing written, where
   * another stands there: somebody else was first.
   */
  setLease(lease: Lease, over: number): Promise<boolean>;
  /** Strikes a lease out. False where another edition of it stands there; one that is gone already is a success. */
  endLease(lease: Lease): Promise<boolean>;
  /** Adds a line to a knob's story; the same line at the same instant is one. */
  record(entry: Entry): Promise<void>;
  /** A knob's story, the newest line first. */
  entries(target: string, limit: number): Promise<readonly Entry[]>;

  /**
   * Takes a name for oneself until `until`; `undefined` when somebody else has it and it has not run out. The token
   * grows with every claim, so that a run that was thought dead can be told from its successor.
   */
  claim(name: string, owner: string, now: Date, until: Date): Promise<Claim | undefined>;
  /** Prolongs a claim that is still ours; `undefined` when it no longer is. */
  renew(claim: Claim, now: Date, until: Date): Promise<Claim | undefined>;
  yield(claim: Claim): Promise<void>;
  /** Who has a name now. For people: by the time they read it, somebody else may. */
  claimant(name: string, now: Date): Promise<Claim | undefined>;

  /** Small values that must survive a process: a run's shards, an upload's place. `until` lets them be forgotten. */
  keep(key: string, value: string, until: Date): Promise<void>;
  kept(key: string, now: Date): Promise<string | undefined>;

  /** The newest minute of an automation, and the way to add one. */
  last(automation: string): Promise<Minute | undefined>;
  append(minute: Minute): Promise<void>;
  /** News that could not be told; told first next time. */
  untold(automation: string): Promise<readonly News[]>;
  setUntold(automation: string, news: readonly News[]): Promise<void>;
}

export interface ReleaseKey {
  readonly image: string;
  readonly tag: string;
}

/** A name held for a while, with the token that fences off whoever held it before. */
export interface Claim {
  readonly name: string;
  readonly owner: string;
  readonly token: number;
  readonly until: Date;
}

/** Sets the image pipeline going: in this process on a laptop, as a state machine's execution in AWS. */
export interface Mirroring {
  /** Resolves to a line about what came of it. */
  mirror(release: Release, by: string, signal?: AbortSignal): Promise<string>;
}

/** The people who are told. */
export interface Crew {
  say(news: readonly News[]): Promise<void>;
}

/** The model gateway's virtual keys. What it forgets to say or says wrongly is read back before it is believed. */
export interface Gateway {
  /** Every key, expired and blocked ones too, page by page. */
  keys(signal?: AbortSignal): Promise<readonly GatewayKey[]>;
  /** By the key's hash. */
  find(hash: string, signal?: AbortSignal): Promise<GatewayKey | undefined>;
  /**
   * Makes a key of our own choosing, with what the gateway really gave it. Making the same one again is a success: the
   * first answer may have been lost. `refused` where the alias belongs to another key.
   */
  install(key: Secret, wish: KeyWish, signal?: AbortSignal): Promise<GatewayKey>;
  /** Lets a key last so long from now on; resolves to what the gateway made of it. */
  extend(hash: string, lastingMs: number, signal?: AbortSignal): Promise<GatewayKey>;
  /** Takes a key away and sees that it is gone. One that is gone already is a success. */
  remove(hash: string, signal?: AbortSignal): Promise<void>;
  /** What each replica says to a key, the unreachable ones too: each keeps its own memory of keys. */
  probe(key: Secret, signal?: AbortSignal): Promise<readonly Probe[]>;
  /** The hash of a key, as the gateway names it. */
  hashOf(key: Secret): string;
}

export interface KeyWish {
  readonly alias: string;
  readonly lastingMs: number;
  /** Another key's settings, which this one takes over. */
  readonly settings: GatewayKey['settings'];
}

/** Secrets, each with the version that is current, the one before it, and the one that a rotation is making. */
export interface Vault {
  /** The version at a stage; `undefined` where there is none. */
  read(secret: string, stage: Stage, signal?: AbortSignal): Promise<Version | undefined>;
  /**
   * Keeps a text as the pending version `id`. The same text under the same id again is a success; another text under it
   * is `refused`. `pass` is what the rotation was handed to prove that it may, where it was handed anything.
   */
  propose(secret: string, id: string, text: Secret, pass?: Secret, signal?: AbortSignal): Promise<void>;
  /** Version `id` becomes current, the current one previous, and nothing is pending. Again is a success. */
  finish(secret: string, id: string, signal?: AbortSignal): Promise<void>;
  /** Takes its stage from a pending version that no rotation will finish: it would stand in the way of the next. */
  withdraw(secret: string, signal?: AbortSignal): Promise<void>;
}

export type Stage = 'current' | 'previous' | 'pending';

export interface Version {
  readonly id: string;
  readonly text: Secret;
}

/** Where wake-ups are published: "look at this image". Carries when to look, never what to do. */
export interface Bus {
  look(images: readonly LookAt[]): Promise<void>;
}

export interface LookAt {
  /** The source repository that was touched, such as `ghcr.io/coder/coder-preview`. */
  readonly source: string;
  /** What set this off, for the log: a delivery id, `schedule`, a person. */
  readonly cause: string;
}
