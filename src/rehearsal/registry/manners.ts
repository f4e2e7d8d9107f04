/** How a vendor behaves. Everything is optional: without any, the registry is a plain and correct one. */
export interface Manners {
  kind?: 'plain' | 'ghcr' | 'ecr';
  /** plain and ecr answer the referrers endpoint, ghcr does not (404). */
  referrersApi?: boolean;
  /** Instead of 404: a 303 to a page on another port that must not be followed. */
  referrersRedirect?: boolean;
  /** Answers 200 and an empty list although there are referrers. */
  referrersEmpty?: boolean;
  /** plain: none, ghcr: bearer, ecr: basic. */
  auth?: 'none' | 'bearer' | 'basic';
  /** What basic wants, and the token endpoint of bearer; without it bearer tokens are anonymous. */
  credentials?: { username: string; password: string };
  /** How long bearer tokens (default 300 s) and basic passwords (ecr: 12 h) are good for. */
  tokenSeconds?: number;
  tagsPageSize?: number;
  /** A blob GET is a 307 to another origin that wants no Authorization header. ghcr and ecr do. */
  blobRedirect?: boolean;
  /** How long such a redirect is good for. */
  redirectSeconds?: number;
  /** A tag is written once; writing it again is a 400 TAG_INVALID even when nothing would change. */
  immutableTags?: boolean;
  /** Tags that may move all the same; `*` stands for anything. */
  mutableTagPatterns?: string[];
  /** Whether a push makes the repository that it is for. ecr does not. */
  createOnPush?: boolean;
  /** Whether an upload is refused whose bytes are not what its digest says. No honest registry does without. */
  checksDigests?: boolean;
  /** Whether a manifest is refused while anything that it lists is missing. */
  strictContent?: boolean;
  /** ecr: PATCH is answered with 201 and a Range that sticks at the end of the first chunk. */
  staleUploadRange?: boolean;
  /** ecr: a tag asked for without its type in Accept is answered with other bytes, so with another digest. */
  convertOnUnknownAccept?: boolean;
  /** Above it, manifest PUTs are a 429. */
  manifestPutsPerSecond?: number;
  /** Manifests that have a subject are a 405, as ECR's parser does with some. */
  rejectsReferrers?: boolean;
  /** Upload locations are relative and carry a query of their own, which must come back. */
  relativeLocations?: boolean;
  /** Whether DELETE of a tag is a 202 or a 405. */
  deleteTags?: boolean;
  /** Whether `mount=` finds blobs of other repositories. ecr: off until the account asks for it. */
  mounts?: boolean;
}

type Optional = 'credentials' | 'manifestPutsPerSecond';

/** Manners with every question answered. */
export type Settled = Required<Omit<Manners, Optional>> & Pick<Manners, Optional>;

const TWELVE_HOURS_IN_SECONDS = 43_200;

export function settle(manners: Manners): Settled {
  const kind = manners.kind ?? 'plain';
  const [ghcr, ecr] = [kind === 'ghcr', kind === 'ecr'];
  return {
    kind,
    referrersApi: !ghcr,
    referrersRedirect: false,
    referrersEmpty: false,
    auth: ghcr ? 'bearer' : ecr ? 'basic' : 'none',
    tokenSeconds: ecr ? TWELVE_HOURS_IN_SECONDS : 300,
    tagsPageSize: 100,
    blobRedirect: ghcr || ecr,
    redirectSeconds: 300,
    immutableTags: false,
    mutableTagPatterns: [],
    createOnPush: !ecr,
    checksDigests: true,
    strictContent: true,
    staleUploadRange: ecr,
    convertOnUnknownAccept: ecr,
    rejectsReferrers: false,
    relativeLocations: false,
    deleteTags: !ghcr,
    mounts: !ecr,
    ...manners,
  };
}
