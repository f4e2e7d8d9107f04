import type { PolicyChange } from './policy.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { Severity } from './report.ts';

/** One Coder environment that we look after. Typed data in git, one file each under `estates/`. */
export interface Estate {
  /** The environment's own name, such as `ai.coder.com`. */
  readonly name: string;
  /** Twelve digits. Left out, the account of whoever deploys. */
  readonly account?: string;
  /** Where Greenroom itself runs: the control plane's region. */
  readonly home: string;
  readonly regions: readonly Region[];
  readonly images: readonly Image[];
  readonly people: People;
  /** Left out, nothing that runs is looked at: only what the registries keep. */
  readonly clusters?: readonly EksCluster[];
  /** What is scaled before a workshop. */
  readonly pools?: readonly Pool[];
  /** What must stand still during a workshop. */
  readonly rotators?: readonly Rotator[];
  readonly coder?: CoderAccess;
  /** Left out, there is none, and checks of its keys say so. */
  readonly gateway?: ModelGateway;
  /** Left out: what looks into clusters and asks the gateway reaches them over the internet. */
  readonly vpc?: EstateVpc;
  /** Whose certificates are watched: `ai.coder.com`, `*.ai.coder.com`. */
  readonly domains?: readonly string[];
  /** Tokens that end, besides Coder's own and those that images are read with: these are watched anyway. */
  readonly tokens?: readonly WatchedToken[];
  /** How it gets ready for workshops, where that differs from the defaults. */
  readonly policy?: PolicyChange;
  /** Left out: no workshop is known, and nothing is prepared. */
  readonly calendar?: EstateCalendar;
}

/** Where workshops are announced, and how an event says that it is one. */
export interface EstateCalendar {
  /** Name of the secret that holds the feed's address, since whoever has the address can read the calendar. */
  readonly secret?: string;
  /** `s3://bucket/key` instead: an object that Greenroom's role may read, in whatever region its bucket is. */
  readonly object?: string;
  /** A file instead, for rehearsals. Exactly one of the three. */
  readonly file?: string;
  /** The IANA zone of whole days, and of times that have none: `America/New_York`. */
  readonly zone: string;
  /** Words that make an event a workshop, in its categories or its title. */
  readonly marks: readonly string[];
  /** How many people to expect where neither the description nor the guests say. */
  readonly attendance: number;
  /** Other estates that are announced in the same calendar: their workshops are none of ours. */
  readonly sharedWith?: readonly string[];
}

/** An AWS region that holds a registry copy. */
export interface Region {
  /** `us-east-2` */
  readonly name: string;
  /** What people call it: `Ohio`. */
  readonly city: string;
}

/** A source repository, and the copies of it that every region keeps. */
export interface Image {
  /** What people call it; also its key in the journal. */
  readonly name: string;
  /** Where it is released, without a tag: `ghcr.io/coder/coder-preview`. */
  readonly source: string;
  /** The repository's name in every region's registry. */
  readonly repository: string;
  /** Tags to mirror: exact (`latest`) or patterns (`v*`). */
  readonly tags: readonly string[];
  /** How many of the newest versions a pattern takes. Ten where it is not said. */
  readonly newest?: number;
  /** Tags (or patterns) that may come to mean another digest; every other tag is immutable once written. */
  readonly moving: readonly string[];
  /**
   * Copy only these (`linux/amd64`). Off by default, because a filtered index is another index: its digest can
   * never equal the source's, so parity then compares platform manifests instead of the index.
   */
  readonly platforms?: readonly string[];
  /** Name of the secret that holds `{"username","password"}` for the source. Left out: anonymous. */
  readonly credentials?: string;
}

/** An EKS cluster: the control plane's, or that of a workspace proxy. */
export interface EksCluster {
  /** What people call it, and pools and rotators name: `ohio`. */
  readonly name: string;
  /** EKS's own name for it, where it is another one: in two regions two clusters may have the same. */
  readonly eks?: string;
  readonly region: string;
  readonly role: 'control-plane' | 'proxy';
  /** Coder's name for the workspace proxy that runs here, where it is not `name`. */
  readonly proxy?: string;
  /** What runs here of the images that are mirrored. */
  readonly runs?: readonly Running[];
  /** Karpenter's node pools that are kept from replacing nodes during a workshop. */
  readonly nodePools?: readonly string[];
  /** The namespace of Argo CD's Applications. Left out: `argocd`. */
  readonly argocd?: string;
}

/** A workload, whatever its kind: that is discovered. */
export interface Place {
  readonly namespace: string;
  readonly workload: string;
}

/** A workload that runs what one tag of one image means. */
export interface Running extends Place {
  readonly image: string;
  readonly tag: string;
}

/** Replicas that are raised before a workshop and put back after it. */
export interface Pool extends Place {
  /** Unique: what postures and people name. */
  readonly name: string;
  readonly kind: 'provisioners' | 'gateway';
  readonly cluster: string;
  /** Whose builds these provisioners run, by Coder's name for it. Left out: `default`. */
  readonly organization?: string;
}

/** What rotates a credential: a CronJob, or a Deployment that does it by itself. */
export interface Rotator extends Place {
  readonly name: string;
  readonly cluster: string;
  /** Which of the gateway's keys it replaces. Left out: all of them. */
  readonly keys?: readonly string[];
}

/**
 * Where in AWS those functions run that look into clusters and ask the gateway: in subnets of the home region from which
 * both can be reached. They need a way out as well (NAT), since a function in a VPC has no public address.
 */
export interface EstateVpc {
  /** `subnet-0123456789abcdef0`: private ones, of two zones at best. */
  readonly subnets: readonly string[];
  /** `sg-0123456789abcdef0` */
  readonly securityGroups: readonly string[];
}

/** What stands between people and models: LiteLLM, or nothing. */
export type ModelGateway = { readonly kind: 'none' } | LiteLlmGateway;

export interface LiteLlmGateway {
  readonly kind: 'litellm';
  /** `https://gateway.ai.coder.com`: the address that consumers use. */
  readonly url: string;
  /** Name of the secret with the key that administers it. */
  readonly masterKey: string;
  /**
   * Each replica's own address, or the port on which its pods answer. Left out, only the common address is asked, and a
   * replica that differs is not found.
   */
  readonly replicas?: readonly string[] | PodsOnPort;
  /**
   * How a key is made to outlast a workshop. `rotate`, which restarts workspaces, where the gateway is older than
   * mid-July 2026: its replicas remember an old expiry for as long as the key is in use. Left out: `extend`.
   */
  readonly renews?: 'extend' | 'rotate';
  /** The longest that it lets a key last (`upperbound_key_generate_params`). Left out: as long as is asked for. */
  readonly longestMinutes?: number;
  readonly keys: readonly PublishedKey[];
}

/**
 * The gateway's replicas as they are found and not listed: every pod of the estate's pools of kind `gateway` that serves, by
 * its own address. The pool is raised before each workshop, so that no list of a Deployment's addresses stays right.
 *
 * In the clear, as pods answer: only where they can be reached by their own addresses, which is within their VPC.
 */
export interface PodsOnPort {
  readonly port: number;
}

/** A key that consumers read from one secret. */
export interface PublishedKey {
  /** What people call it, and what the aliases of its generations have in common: `ai-coder` of `ai-coder-g42`. */
  readonly name: string;
  /** The name of the secret in Secrets Manager that holds it. */
  readonly secret: string;
  /** The field of the secret's JSON. Left out: the secret is the key. */
  readonly field?: string;
  /** Kubernetes secrets that it is copied into. */
  readonly consumers?: readonly KeyConsumer[];
}

export interface KeyConsumer {
  readonly cluster: string;
  readonly namespace: string;
  /** The Kubernetes secret's name. */
  readonly secret: string;
  /** The entry under its `data` that is the key. */
  readonly entry: string;
}

/** A token that somebody issued and that ends by itself. */
export interface WatchedToken {
  /** What people call it. */
  readonly name: string;
  readonly issuer: 'cloudflare' | 'github';
  /** The name of the secret in Secrets Manager that holds it. */
  readonly secret: string;
  /** The field of the secret's JSON. Left out: the secret is the token. */
  readonly field?: string;
}

/** Where Coder's API answers, and what opens it. */
export interface CoderAccess {
  /** `https://ai.coder.com` */
  readonly url: string;
  /** Name of the secret that holds a token of a user who may see provisioner jobs. */
  readonly token: string;
}

/** Who is told. */
export interface People {
  /** Addresses that confirm a subscription to the news topic. */
  readonly emails: readonly string[];
  /** How bad news must be to be sent to these addresses. Left out: everything is. */
  readonly hear?: readonly Severity[];
  readonly slack?: readonly SlackChannel[];
  /** When nobody is to be disturbed by what can wait. Left out: never. */
  readonly quiet?: QuietHours;
  /** The address of the page where people see the whole picture, for links in messages. */
  readonly board?: string;
}

/** A channel of Slack that is told. */
export interface SlackChannel {
  /** What people call it; also the name under which it is kept what it could not be told. */
  readonly name: string;
  /** Name of the secret with an incoming webhook's address, or with a bot's token (`xoxb-…`). */
  readonly secret: string;
  /** The channel's id, such as `C0123456789`, where the secret is a token. */
  readonly channel?: string;
  /** How bad news must be to be told here. Left out: everything is. */
  readonly hears?: readonly Severity[];
}

/** One tag of one image: the unit that is planned, transferred, promoted, pinned and held. */
export interface Release {
  readonly image: Image;
  readonly tag: string;
}

/** `coder-preview:latest`: the release's key in the journal, in locks, in findings and on the board. */
export const spellRelease = ({
  image,
  tag,
}: {
  readonly image: { readonly name: string };
  readonly tag: string;
}): string => `${image.name}:${tag}`;

/** `*` stands for any run of characters, as in ECR's own tag filters. */
export function matches(pattern: string, tag: string): boolean {
  const escaped = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`).test(tag);
}

export const isPattern = (tag: string): boolean => tag.includes('*');

/** Fallback tags of referrers and cosign's own: part of another image's story, never a release of their own. */
export const isReferrerTag = (tag: string): boolean => /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.|$)/.test(tag);

/** Tags that Greenroom writes so that a lifecycle rule never expires a rollback target. */
export const HISTORY_PREFIX = 'gr-';
