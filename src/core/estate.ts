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

/** Who is told. */
export interface People {
  /** Addresses that confirm a subscription to the news topic. */
  readonly emails: readonly string[];
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
