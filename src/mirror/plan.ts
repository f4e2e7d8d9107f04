import type { Digest } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import type { Repository } from '../ports.ts';
import { readGraph, type Graph } from './graph.ts';
import { everywhere } from './pool.ts';
import { readReferrers, referrerBlobs, subjectsOf, type Referrer } from './referrers.ts';
import type { Origin } from './standing.ts';
import type { Wanted } from './transfer.ts';

/** What a release means, and what each region lacks of it. Nothing has been written yet. */
export interface Plan {
  readonly digest: Digest;
  readonly graph: Graph;
  readonly referrers: readonly Referrer[];
  /** Blobs that some region lacks, each with those regions. */
  readonly wanted: readonly Wanted[];
}

/** Walks what a digest reaches at its origin and asks every region what it lacks. */
export async function planFor(
  { digest, from, platforms }: Origin,
  copies: ReadonlyMap<string, Repository>,
  signal?: AbortSignal,
): Promise<Plan> {
  const graph = await readGraph(from, digest, platforms, signal);
  const own = new Set(graph.blobs.map((blob) => blob.digest));
  const [wanted, referrers] = await Promise.all([
    wantedOf(graph.blobs, from, copies, signal),
    readReferrers(from, subjectsOf(graph), signal),
  ]);
  const theirs = referrerBlobs(referrers).filter((blob) => !own.has(blob.digest));
  const more = theirs.length > 0 ? await wantedOf(theirs, from, copies, signal) : [];
  return { digest: graph.root.digest, graph, referrers, wanted: [...wanted, ...more] };
}

/** Which region lacks which of these blobs. */
async function wantedOf(
  blobs: readonly Descriptor[],
  from: Repository,
  copies: ReadonlyMap<string, Repository>,
  signal?: AbortSignal,
): Promise<Wanted[]> {
  const [lacking, elsewhere] = await Promise.all([
    everywhere(copies, (copy) => copy.lacking(blobs, signal)),
    undistributed(blobs, from, signal),
  ]);
  return blobs
    .filter((blob) => !elsewhere.has(blob.digest))
    .map((blob) => ({ blob, lacking: [...copies.keys()].filter((region) => lacking.get(region)?.has(blob.digest)) }))
    .filter((wanted) => wanted.lacking.length > 0);
}

/** Layers that may not be distributed are fetched from elsewhere by whoever runs them; a registry need not have them. */
export async function undistributed(
  blobs: readonly Descriptor[],
  from: Repository,
  signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const foreign = blobs.filter(({ urls }) => urls !== undefined);
  return foreign.length > 0 ? from.lacking(foreign, signal) : new Set();
}

export const bytesOf = (wanted: readonly Wanted[]): number => wanted.reduce((sum, { blob }) => sum + blob.size, 0);

/** Bytes that each region lacks. */
export function lackingBytes(wanted: readonly Wanted[], regions: Iterable<string>): Record<string, number> {
  const perRegion = (region: string): number => bytesOf(wanted.filter(({ lacking }) => lacking.includes(region)));
  return Object.fromEntries([...regions].map((region) => [region, perRegion(region)]));
}
