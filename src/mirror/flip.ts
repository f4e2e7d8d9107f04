import type { Digest } from '../core/digest.ts';
import { OutsideError, whyOf } from '../core/outside-error.ts';
import type { ProgressEvent } from '../core/progress.ts';
import type { PromotedRegion } from '../core/promotion.ts';
import type { Repository, StoredManifest } from '../ports.ts';
import { everywhere } from './pool.ts';

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
