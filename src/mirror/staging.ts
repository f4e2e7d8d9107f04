import type { Digest } from '../core/digest.ts';
import type { Amiss } from '../core/finding.ts';
import { whyOf } from '../core/outside-error.ts';
import type { ProgressEvent } from '../core/progress.ts';
import { historyTag } from '../core/promotion.ts';
import type { Repository, StoredManifest } from '../ports.ts';
import type { Plan } from './plan.ts';
import { each, everywhere } from './pool.ts';
import { putReferrers, type Referrer } from './referrers.ts';

export interface Stage {
  readonly plan: Plan;
  readonly copies: ReadonlyMap<string, Repository>;
  /** Regions whose tag means this digest already: there, only what is missing is written. */
  readonly serving: ReadonlySet<string>;
  readonly history: boolean;
  readonly tell: (event: ProgressEvent) => void;
  readonly signal?: AbortSignal;
}

/**
 * Writes every manifest of an image to every region, children first, the index by digest, and a history tag.
 *
 * Afterwards each region can serve the digest; no moving tag has moved. Resolves to what refused to come along (a
 * referrer is a warning); throws when a region lacks anything that the image itself needs.
 */
export async function stage({ plan, copies, serving, history, tell, signal }: Stage): Promise<Amiss[]> {
  const { root, manifests } = plan.graph;
  const refused = await everywhere(copies, async (copy, region) => {
    const put = serving.has(region) ? putMissing(copy, signal) : putAlways(copy, signal);
    await inOrder(manifests.slice(0, -1), (manifest) => put(manifest.digest, manifest));
    await put(root.digest, root, history ? historyTag(root.digest) : undefined);
    const left = await putReferrers(copy, plan.referrers, put, signal);
    tell({ kind: 'staged', region });
    return left;
  });
  return [...refused].flatMap(([region, left]) => left.map(({ referrer, why }) => refusal(region, referrer, why)));
}

/** Writes a manifest under a reference, or under the tag given as well: one request says both. As `putManifest` resolves. */
export type Put = (ref: string, manifest: StoredManifest, tag?: string) => Promise<Digest | undefined>;

const putAlways =
  (copy: Repository, signal?: AbortSignal): Put =>
  (ref, manifest, tag = ref) =>
    copy.putManifest(tag, manifest, signal);

const putMissing =
  (copy: Repository, signal?: AbortSignal): Put =>
  async (ref, manifest, tag = ref) => {
    const there = await copy.head(ref, signal);
    return there?.digest === manifest.digest ? undefined : copy.putManifest(tag, manifest, signal);
  };

/** Leaves first and in parallel, then what lists them: nested indexes are rare, ten platforms are not. */
async function inOrder(
  manifests: readonly StoredManifest[],
  put: (manifest: StoredManifest) => Promise<unknown>,
): Promise<void> {
  const [inner, leaves] = partition(manifests, ({ manifest }) => manifest.children.length > 0);
  await each(leaves, leaves.length, put);
  for (const manifest of inner) await put(manifest);
}

function partition<T>(items: readonly T[], is: (item: T) => boolean): [T[], T[]] {
  return [items.filter(is), items.filter((item) => !is(item))];
}

const refusal = (region: string, { root, subject, tag }: Referrer, why: unknown): Amiss => ({
  subject: `${tag ?? root.digest} in ${region}`,
  status: 'warn',
  evidence: { want: `what the source says about ${subject} is here too`, have: whyOf(why) },
  remedy: {
    by: 'person',
    ask: `Nothing, unless signatures are checked in ${region}: its registry refuses this kind of manifest.`,
  },
});
