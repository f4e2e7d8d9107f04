import type { Digest } from './digest.ts';
import type { WorkspaceProxy } from './coder.ts';
import type { Place, Release } from './estate.ts';
import type { Pod } from './pod.ts';
import type { Hold, Pin } from './promotion.ts';

/** Something we looked at, or the reason we could not. */
export type Seen<T> = { readonly seen: true; readonly value: T } | { readonly seen: false; readonly why: string };

export const saw = <T>(value: T): Seen<T> => ({ seen: true, value });
export const unseen = (why: string): Seen<never> => ({ seen: false, why });

/**
 * How far to look: at the tags, at what is said about the release as well (signatures, SBOMs), or at everything
 * behind the tag. With three regions of ECR 4 requests, 8, and dozens; elsewhere the second is at most 16 as a rule.
 */
export type Depth = 'tag' | 'referrers' | 'content';

/** One release as it stands at its source and in every region, at one moment. */
export interface ImageSighting {
  readonly release: Release;
  /** What the source's tag means now; `undefined` when the source has no such tag. */
  readonly source: Seen<Digest | undefined>;
  readonly copies: readonly CopySighting[];
  readonly pin?: Pin;
  readonly hold?: Hold;
}

export interface CopySighting {
  readonly region: string;
  /** What the tag means in this region; `undefined` when there is no such tag. */
  readonly serves: Seen<Digest | undefined>;
  /**
   * What is missing behind the tag: manifests, blobs, referrers. Left out when only the tag was looked at.
   */
  readonly missing?: Seen<Missing>;
}

/** Names of absent content. An index whose child is gone still answers to its tag, so the tag alone proves little. */
export interface Missing {
  /** Left out, with the blobs, when only referrers were looked at. */
  readonly manifests?: readonly Digest[];
  readonly blobs?: readonly Digest[];
  /** Signatures, SBOMs and the like that the source has and the copy has not. */
  readonly referrers: readonly Digest[];
}

/** What one workload runs of the release that it is meant to run. */
export interface RunningSighting {
  /** The estate's name for the cluster. */
  readonly cluster: string;
  readonly place: Place;
  readonly release: Release;
  /** Whose copy the cluster pulls: its region, or the source where that region keeps none. */
  readonly from: string;
  /** What the tag means there; `undefined` when there is no such tag. */
  readonly serves: Seen<Served | undefined>;
  /** `undefined`: there is no such workload. */
  readonly pods: Seen<readonly Pod[] | undefined>;
}

export interface Served {
  readonly digest: Digest;
  /** Every name that a node may give to the same content: the index, its platforms' manifests and their configs. */
  readonly names: ReadonlySet<Digest>;
}

/** The control plane's version and what each of its workspace proxies reports. */
export interface ProxiesSighting {
  readonly version: string;
  /** Proxies that the estate has a cluster for, by Coder's name for them. */
  readonly wanted: readonly string[];
  readonly proxies: readonly WorkspaceProxy[];
}
