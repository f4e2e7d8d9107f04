import type { Digest } from '../core/digest.ts';
import type { Amiss } from '../core/finding.ts';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { ProgressEvent } from '../core/progress.ts';
import { historyTag, type PromotedRegion } from '../core/promotion.ts';
import type { Repository, StoredManifest } from '../ports.ts';
import type { Plan } from './plan.ts';
import { everywhere } from './pool.ts';
import { putReferrers, type Referrer } from './referrers.ts';

/** What the tag meant in each region before, with the bytes to put it back; `undefined` where there was no such tag. */
export type Before = ReadonlyMap<string, StoredManifest | undefined>;

export interface Flip {
  readonly tag: string;
  readonly root: StoredManifest;
  readonly copies: ReadonlyMap<string, Repository>;
  readonly before: Before;
  readonly now: () => Date;
  readonly tell: (event: ProgressEvent) => void;
}

export interface Flipped {
  readonly state: 'done' | 'undone' | 'split';
  readonly regions: readonly PromotedRegion[];
  readonly skewMs?: number;
}

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

/** Writes a manifest under a reference, or under the tag given as well: one request says both. */
export type Put = (ref: string, manifest: StoredManifest, tag?: string) => Promise<void>;

const putAlways =
  (copy: Repository, signal?: AbortSignal): Put =>
  (ref, manifest, tag = ref) =>
    copy.putManifest(tag, manifest, signal);

const putMissing =
  (copy: Repository, signal?: AbortSignal): Put =>
  async (ref, manifest, tag = ref) => {
    const there = await copy.head(ref, signal);
    if (there?.digest !== manifest.digest) await copy.putManifest(tag, manifest, signal);
  };

/** Leaves first and in parallel, then what lists them: nested indexes are rare, ten platforms are not. */
async function inOrder(
  manifests: readonly StoredManifest[],
  put: (manifest: StoredManifest) => Promise<void>,
): Promise<void> {
  const [inner, leaves] = partition(manifests, ({ manifest }) => manifest.children.length > 0);
  await Promise.all(leaves.map(put));
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

/**
 * Points the tag at the root in all regions at the same moment. If one cannot, the others go back to what they served.
 *
 * Nothing can make several registries change as one; what is promised is that they never disagree in silence. An
 * answer that was lost is not a refusal: whoever reports an error is asked again what it serves.
 */
export async function flip(job: Flip): Promise<Flipped> {
  const answers = await everywhere(job.copies, (copy, region) => point(job, copy, region));
  if ([...answers.values()].every(({ error }) => error === undefined)) return done(answers);

  const undone = await everywhere(job.copies, (copy, region) => putBack(job, copy, region));
  const regions = [...answers].map(([region, answer]): PromotedRegion => {
    const stuck = undone.get(region);
    const error = stuck ?? answer.error;
    return { region, ...(answer.before && { before: answer.before }), ...(error !== undefined && { error }) };
  });
  return { state: [...undone.values()].some((stuck) => stuck !== undefined) ? 'split' : 'undone', regions };
}

function done(answers: ReadonlyMap<string, PromotedRegion>): Flipped {
  const times = [...answers.values()].flatMap(({ servedAt }) => (servedAt ? [servedAt.getTime()] : []));
  const skewMs = times.length > 0 ? Math.max(...times) - Math.min(...times) : 0;
  return { state: 'done', regions: [...answers.values()], skewMs };
}

async function point(job: Flip, copy: Repository, region: string): Promise<PromotedRegion> {
  const before = job.before.get(region)?.digest;
  const known = { region, ...(before && { before }) };
  try {
    // Not to be interrupted: whoever wants to stop, stops before or after the tags move, never in between.
    await copy.putManifest(job.tag, job.root);
  } catch (error) {
    if ((await servedBy(copy, job.tag)) !== job.root.digest) return { ...known, error: whyOf(error) };
  }
  job.tell({ kind: 'promoted', region, digest: job.root.digest });
  return { ...known, servedAt: job.now() };
}

/** What a region serves now; `undefined` also when it will not say, which is never mistaken for what we hoped for. */
async function servedBy(copy: Repository, tag: string): Promise<Digest | undefined> {
  try {
    return (await copy.head(tag))?.digest;
  } catch {
    return undefined;
  }
}

const UNDO_TRIES = 3;

/** Resolves to nothing when the region serves what it did before, else to what stood in the way. */
async function putBack(job: Flip, copy: Repository, region: string): Promise<string | undefined> {
  const before = job.before.get(region);
  let stuck: string | undefined;
  for (let attempt = 1; attempt <= UNDO_TRIES; attempt += 1) {
    try {
      const serves = (await copy.head(job.tag))?.digest;
      if (serves === before?.digest) return undefined;
      if (before) await copy.putManifest(job.tag, before);
      else await copy.removeTag(job.tag);
      return undefined;
    } catch (error) {
      stuck = `could not be put back: ${whyOf(error)}`;
      if (error instanceof OutsideError && error.trouble === 'refused') break;
    }
  }
  return stuck;
}
