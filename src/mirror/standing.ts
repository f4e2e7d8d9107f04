import type { Digest } from '../core/digest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Outcome } from '../core/progress.ts';
import type { Pin } from '../core/promotion.ts';
import { spoken } from '../core/time.ts';
import type { Repository } from '../ports.ts';
import { graphBelow } from './graph.ts';
import { onlyPlatforms } from './platforms.ts';
import { everywhere } from './pool.ts';
import { ended, type Run } from './run.ts';

/** What a release should mean now, and what it means in each region. Four requests with three regions. */
export interface Standing {
  /** What the source's tag means, with all its platforms. */
  readonly source: Digest | undefined;
  readonly pin: Pin | undefined;
  /** What every region should serve: the pin's digest while somebody holds it there, else what the source offers. */
  readonly wanted: Digest | undefined;
  readonly serves: ReadonlyMap<string, Digest | undefined>;
}

export async function standingOf({ endpoints, release, platforms, journal, signal }: Run): Promise<Standing> {
  const [offer, serves, pin] = await Promise.all([
    offerOf(endpoints.source, release.tag, platforms, signal),
    everywhere(endpoints.copies, async (copy) => (await copy.head(release.tag, signal))?.digest),
    journal.pin(release),
  ]);
  return { source: offer?.source, pin, wanted: pin?.digest ?? offer?.digest, serves };
}

export interface Offer {
  /** What the tag means at the source. */
  readonly source: Digest;
  /** What the regions can have of it: the same, or the index of the wanted platforms alone. */
  readonly digest: Digest;
}

/** What the source has under a tag. One request, also where only some of its platforms are wanted. */
export async function offerOf(
  source: Repository,
  tag: string,
  platforms: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<Offer | undefined> {
  if (platforms) {
    const index = await source.manifest(tag, signal);
    return index && { source: index.digest, digest: onlyPlatforms(index, platforms, source.name).digest };
  }
  const head = await source.head(tag, signal);
  return head && { source: head.digest, digest: head.digest };
}

/** Equal tags everywhere. */
export const isInStep = ({ wanted, serves }: Standing): boolean =>
  [...serves.values()].every((serving) => serving === wanted);

export function inStep(run: Run, { pin, source, wanted }: Standing, known: Partial<Outcome> = {}): Outcome {
  const all = { ...known, ...(wanted && { digest: wanted }) };
  return pin && pin.digest !== source
    ? ended(run, 'pinned', { ...all, why: pinnedWhy(pin) })
    : ended(run, 'in-sync', all);
}

const pinnedWhy = (pin: Pin): string => `pinned by ${pin.by} since ${spoken(pin.since)}: ${pin.why}`;

/** A digest, the repository to read it from, and what to leave out of it. */
export interface Origin {
  readonly digest: Digest;
  readonly from: Repository;
  readonly platforms?: readonly string[];
}

/** Where the wanted content comes from. A pin means exactly its digest, so nothing is left out of that. */
export async function originOf(run: Run, { source, pin }: Standing): Promise<Origin | undefined> {
  if (pin) return { digest: pin.digest, from: await holderOf(run, pin.digest) };
  const { endpoints, platforms } = run;
  return source && { digest: source, from: endpoints.source, ...(platforms && { platforms }) };
}

/**
 * Who still has a digest that the source's tag may no longer name: any region, or the source itself.
 *
 * One that has every manifest below it, if there is one: a region that has lost some would have all the others seem
 * unreadable, and could never be filled from them.
 */
export async function holderOf(
  { endpoints, signal }: Pick<Run, 'endpoints' | 'signal'>,
  digest: Digest,
): Promise<Repository> {
  let [torn, blind]: [Repository | undefined, OutsideError | undefined] = [undefined, undefined];
  for (const place of [...endpoints.copies.values(), endpoints.source]) {
    try {
      const root = await place.manifest(digest, signal);
      if (!root) continue;
      torn ??= place;
      await graphBelow(place, root, signal);
      return place;
    } catch (error) {
      if (!(error instanceof OutsideError)) throw error;
      blind ??= error;
    }
  }
  if (!torn && blind) throw blind;
  return torn ?? endpoints.source;
}

export const noSuchTag = (run: Run): Outcome =>
  ended(run, 'absent', { why: `${run.endpoints.source.name} has no tag ${run.release.tag}` });
