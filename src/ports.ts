import type { CalendarReading } from './core/calendar.ts';
import type { Digest } from './core/digest.ts';
import type { Build, CoderToken, Daemon, Job, WorkspaceProxy } from './core/coder.ts';
import type { Estate, Image, Place, Release, WatchedToken } from './core/estate.ts';
import type { GatewayKey, Probe } from './core/gateway-key.ts';
import type { Breadcrumbs } from './core/kubernetes.ts';
import type { Entry, Lease, Setting } from './core/lease.ts';
import type { Choice, Lever } from './core/lever.ts';
import type { Descriptor, Manifest } from './core/manifest.ts';
import type { Pod } from './core/pod.ts';
import type { Hold, Pin, Promotion } from './core/promotion.ts';
import type { Minute, News, Severity } from './core/report.ts';
import type { Interval } from './core/workshop.ts';
import type { Secret } from './core/secret.ts';
import type { FreshenKey } from './core/step.ts';

/** Everything Greenroom can reach, in Greenroom's words. What is not here, it cannot touch. */
export interface World {
  readonly estate: Estate;
  readonly registries: Registries;
  readonly clusters: Clusters;
  /** Absent where the estate names no Coder. */
  readonly coder?: Coder;
  readonly journal: Journal;
  readonly mirroring: Mirroring;
  readonly wakeups: Wakeups;
  /** Every way by which people are told. */
  readonly crew: readonly Road[];
  /** Left out where the estate has none. */
  readonly calendar?: Calendar;
  /** Left out where the estate has none. */
  readonly gateway?: Gateway;
  /** Left out where nothing can be reached that keeps secrets. */
  readonly vault?: Vault;
  /** Who makes keys last, where that is not us. Left out: we do, with the key that administers the gateway. */
  readonly renewal?: Renewal;
  /** Left out where nobody can be asked. */
  readonly issuers?: Issuers;
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

  /** What a tag or digest stands for now. One request at most: at ECR, looks that are begun together are one. */
  head(ref: string, signal?: AbortSignal): Promise<ManifestHead | undefined>;
  /** A manifest's exact bytes, hashed on receipt; a body that is not what its digest says is an error. */
  manifest(ref: string, signal?: AbortSignal): Promise<StoredManifest | undefined>;
  /**
   * Stores exact bytes under a digest or a tag. Writing what is already there is a success, also where the
   * registry calls it a conflict (immutable tags); another digest under an immutable tag is `refused`.
   *
   * Resolves to the manifest's subject where the registry said that it lists the manifest there from now on; otherwise
   * whoever writes a referrer has to see that it is listed.
   */
  putManifest(ref: string, manifest: StoredManifest, signal?: AbortSignal): Promise<Digest | undefined>;
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
  /** Whether it lists by itself every referrer that it has: to be there is to be listed. Left out: nobody vouches for it. */
  readonly listsAll?: true;
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
  /**
   * Hands over a chunk. Resolves when it has left this process's memory, which is how memory stays bounded; only small
   * blobs and last chunks are kept until `finish`. Need not be waited for before the next one is handed over. Rejects
   * when the upload has failed.
   */
  write(chunk: Uint8Array): Promise<void>;
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

/** The clusters of an estate, by the names that the estate gives them. A name that is not there is a fault of ours: it throws. */
export interface Clusters {
  cluster(name: string): Cluster;
}

/**
 * One Kubernetes cluster: what Greenroom scales, pauses, freezes, restarts and compares.
 *
 * Every verb retries what may be retried, obeys what the API says about waiting, gives up when `signal` is aborted,
 * and otherwise throws `OutsideError` with the permission or the access entry that is missing. Absence is an answer
 * (`undefined`), not an error.
 */
export interface Cluster {
  readonly name: string;

  /**
   * How a pool stands and by which lever its floor is held: found out anew, because an autoscaler may have been put in
   * between. `floor` tells whether so many are allowed; left out, only which lever it would be.
   */
  pool(place: Place, floor?: number, signal?: AbortSignal): Promise<PoolSighting | undefined>;
  /** How a rotator stands and what pauses it. */
  rotator(place: Place, signal?: AbortSignal): Promise<RotatorSighting | undefined>;
  /** How Karpenter's node pool stands and whether its nodes may be frozen. */
  nodePool(name: string, signal?: AbortSignal): Promise<NodePoolSighting | undefined>;

  /** What a lever stands at now. One request. */
  read(lever: Lever, signal?: AbortSignal): Promise<Reading | undefined>;
  /**
   * Sets a lever, provided that it still stands at `ifWas`, and leaves breadcrumbs on the object in the same write.
   *
   * Optimistic: whoever changes the object in between wins and is named in the answer, also a newer run of ours that set
   * it to the same. What stands there already is not written again, so that it is safe to repeat. Without breadcrumbs,
   * those that are there are taken away.
   */
  set(lever: Lever, value: Setting, change: Change, signal?: AbortSignal): Promise<Written>;

  /** The pods of a workload, page by page. `undefined`: there is no such workload. */
  pods(place: Place, signal?: AbortSignal): Promise<readonly Pod[] | undefined>;
  /** Names of a StatefulSet's volumes that no replica uses any more. */
  leftovers(place: Place, signal?: AbortSignal): Promise<readonly string[]>;
  /** One entry of a Kubernetes secret, decoded; `undefined` where there is no such secret or no such entry in it. */
  secret(namespace: string, name: string, entry: string, signal?: AbortSignal): Promise<Secret | undefined>;
  /** Restarts a workload's pods one after the other; the same instant twice is one restart. `false`: no such workload. */
  restart(place: Place, at: Date, signal?: AbortSignal): Promise<boolean>;
}

export interface PoolSighting {
  /** The workload itself, whose kind was found out. */
  readonly workload: Lever;
  /** The lever and its value now, or why a floor would not hold. */
  readonly choice: Choice;
  /** Replicas that the workload asks for now. */
  readonly desired: number;
  readonly ready: number;
  /** One after the other, so that six take six times as long: a StatefulSet's own manner. */
  readonly ordered: boolean;
  readonly breadcrumbs?: Breadcrumbs;
}

export interface RotatorSighting {
  readonly workload: Lever;
  readonly choice: Choice;
  readonly paused: boolean;
  /** Runs under way: pausing does not end them. */
  readonly running: number;
  /** When a CronJob fires: `core/cron.ts` tells the instants. */
  readonly schedule?: { readonly cron: string; readonly zone: string };
  readonly breadcrumbs?: Breadcrumbs;
}

export interface NodePoolSighting {
  readonly choice: Choice;
  /** Whether Karpenter replaces none of its nodes. */
  readonly frozen: boolean;
  readonly breadcrumbs?: Breadcrumbs;
}

export interface Reading {
  readonly value: Setting;
  readonly breadcrumbs?: Breadcrumbs;
  /** Who wrote it last, as far as the API server remembers: a person's tool, a controller, Greenroom. */
  readonly by?: string;
}

export interface Change {
  readonly ifWas: Setting;
  /** Of the lease for which it is written: what was written for a greater one is left alone. */
  readonly edition?: number;
  readonly breadcrumbs?: Breadcrumbs;
}

/** `other`: it stands at what was neither asked for nor expected, and was left alone. */
export type Written =
  | { readonly outcome: 'set' | 'already' | 'other'; readonly reading: Reading }
  | { readonly outcome: 'absent' };

/** The control plane's API. Errors as with clusters: `OutsideError` names the right or the licence that is missing. */
export interface Coder {
  /** The control plane's version, such as `v2.30.0+abc1234`. */
  version(signal?: AbortSignal): Promise<string>;
  /** Names of all organizations. */
  organizations(signal?: AbortSignal): Promise<readonly string[]>;
  /** Daemons of an organization, those that are offline as well. */
  daemons(organization: string, signal?: AbortSignal): Promise<readonly Daemon[]>;
  /** What waits and what runs, of every age. */
  jobs(organization: string, signal?: AbortSignal): Promise<readonly Job[]>;
  /** The newest workspace builds that came through, two hundred at most. */
  builds(organization: string, signal?: AbortSignal): Promise<readonly Build[]>;
  /** Workspace proxies with the version that each reports; the control plane itself is not among them. */
  proxies(signal?: AbortSignal): Promise<readonly WorkspaceProxy[]>;
  /** The very token that all this is asked with. `undefined`: it is a session, and not among its user's tokens. */
  token(signal?: AbortSignal): Promise<CoderToken | undefined>;
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
  /** News that a road could not tell, or not yet; told first next time, whoever looks then. */
  untold(road: string): Promise<readonly News[]>;
  setUntold(road: string, news: readonly News[]): Promise<void>;
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

/** Where workshops are announced. */
export interface Calendar {
  /**
   * Every workshop that touches the interval, and what is doubtful. One event that cannot be read is a trouble; a feed
   * that cannot be read whole throws `OutsideError`, since half a calendar looks like a quiet week. No error names the
   * feed's address: it is a password.
   */
  workshops(between: Interval, signal?: AbortSignal): Promise<CalendarReading>;
}

/** Wakes somebody at an exact instant, although nothing else runs any more. */
export interface Wakeups {
  /** One for each name: the last word counts. An instant that has come wakes as soon as the host can: in two minutes. */
  set(name: WakeupName, at: Date, signal?: AbortSignal): Promise<void>;
  /** One that is not there, or has rung, is a success. */
  cancel(name: WakeupName, signal?: AbortSignal): Promise<void>;
}

/** Who is woken: the posture's look at the calendar's next instant, or whoever lifts leases, once for each of them. */
export type WakeupName = 'posture' | `lift-${string}`;

/** One way by which people are told. What it could not tell is its own: the others are told nothing twice. */
export interface Road {
  /** `e-mail`, `slack`: unique, and what the journal keeps its news under. */
  readonly name: string;
  /** How bad what it tells must be. Left out: everything. */
  readonly hears?: readonly Severity[];
  /** All that is news at one moment, as one message. */
  say(news: readonly News[]): Promise<void>;
}

/** The model gateway's virtual keys. What it forgets to say or says wrongly is read back before it is believed. */
export interface Gateway {
  /** Whether the key that administers it is here. Without it nothing is listed or changed: see `own` and `probe`. */
  readonly administered: boolean;
  /** What it says of a key to whoever has it, which takes no administrator. `undefined`: it does not know it. */
  own(key: Secret, signal?: AbortSignal): Promise<GatewayKey | undefined>;
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
  /**
   * What each replica says to a key, the unreachable ones too: each keeps its own memory of keys. `at`: where they answer,
   * for whoever has listed them just now. Who does not answer and has gone since is no replica; who has come is asked.
   */
  probe(key: Secret, signal?: AbortSignal, at?: readonly string[]): Promise<readonly Probe[]>;
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
  /** Whether the secret is rotated at all, and which versions there are: also one that has no text yet. */
  standing(secret: string, signal?: AbortSignal): Promise<SecretStanding>;
  /**
   * Asks for a rotation now, into version `id` where one is given; resolves to the id of the version that it will make,
   * which is not there yet. `refused` where another rotation has not ended.
   */
  rotate(secret: string, signal?: AbortSignal, id?: string): Promise<string>;
}

/** Whoever alone has the key that administers the gateway, and makes keys last for those who have not. */
export interface Renewal {
  /** Has keys last longer or another one made, as the step says. Resolves once that is published; it is not proven yet. */
  ask(step: FreshenKey, now: Date, signal?: AbortSignal): Promise<void>;
}

export interface SecretStanding {
  /** Whether a rotation is set up and turned on. */
  readonly rotates: boolean;
  /** Stages by version id. */
  readonly stages: ReadonlyMap<string, readonly Stage[]>;
}

export type Stage = 'current' | 'previous' | 'pending';

export interface Version {
  readonly id: string;
  readonly text: Secret;
}

/** Whoever issued what ends by itself, and says when. Errors as everywhere: what cannot be asked throws `OutsideError`. */
export interface Issuers {
  /** The certificate that a domain presents. A wildcard is asked under a name that only the wildcard can answer for. */
  certificate(domain: string, signal?: AbortSignal): Promise<Certificate>;
  /** Until when a token lasts, by its issuer's word. `unauthorized` where it does not take the token. */
  token(issuer: WatchedToken['issuer'], token: Secret, signal?: AbortSignal): Promise<Date | 'never'>;
  /** Every secret that is tagged with the day on which what it holds ends, page by page. */
  dated(signal?: AbortSignal): Promise<readonly DatedSecret[]>;
}

export interface Certificate {
  readonly expires: Date;
  /** Why it does not serve this domain although it has not expired: another name, an authority that nobody trusts. */
  readonly broken?: string;
}

export interface DatedSecret {
  readonly name: string;
  /** What its tag says, whatever it says. */
  readonly expires: string;
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
