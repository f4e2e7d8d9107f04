import { count } from '../src/board/words.ts';
import { spokenBytes } from '../src/core/bytes.ts';
import { short, type Digest } from '../src/core/digest.ts';
import { bytesOf, lackingBytes, planFor } from '../src/mirror/plan.ts';
import type { Run } from '../src/mirror/run.ts';
import { holderOf, originOf, standingOf } from '../src/mirror/standing.ts';
import { table, type Cell, type TableStyle } from '../src/terminal/table.ts';

/** What a run would do, found out without writing anything. Bytes are of blobs. */
export interface Preview {
  readonly release: string;
  /** What the tag would mean everywhere; left out where the source has no such tag. */
  readonly digest?: Digest;
  readonly pinned: boolean;
  /** Unique blobs to read from the source, and their bytes. */
  readonly blobs: number;
  readonly bytes: number;
  readonly regions: readonly {
    readonly region: string;
    readonly serves?: Digest;
    readonly lackingBytes: number;
    readonly moves: boolean;
  }[];
}

export async function preview(run: Run, target?: Digest): Promise<Preview> {
  const { endpoints, release, signal } = run;
  const standing = await standingOf(run);
  const origin = target ? { digest: target, from: await holderOf(run, target) } : await originOf(run, standing);
  const known = { release: `${release.image}:${release.tag}`, pinned: standing.pin !== undefined };
  if (!origin) return { ...known, blobs: 0, bytes: 0, regions: [] };
  const plan = await planFor(origin, endpoints.copies, signal);
  const lacking = lackingBytes(plan.wanted, endpoints.copies.keys());
  const regions = [...standing.serves].map(([region, serves]) => ({
    region,
    ...(serves && { serves }),
    lackingBytes: lacking[region] ?? 0,
    moves: serves !== plan.digest,
  }));
  return { ...known, digest: plan.digest, blobs: plan.wanted.length, bytes: bytesOf(plan.wanted), regions };
}

export function previewLines(preview: Preview, style: TableStyle): string[] {
  const { release, digest, blobs, bytes, regions } = preview;
  if (digest === undefined) return [`${release}: the source has no such tag; nothing would be changed`];
  const rows = regions.map(({ region, serves, lackingBytes, moves }): Cell[] => [
    region,
    serves === undefined ? 'nothing' : short(serves),
    { text: moves ? short(digest) : 'the same', tone: moves ? 'accent' : 'good' },
    lackingBytes === 0 ? 'nothing' : spokenBytes(lackingBytes),
  ]);
  const columns = [
    { title: 'to', yields: true },
    { title: 'serves now' },
    { title: 'would serve' },
    { title: 'would receive', align: 'right' as const },
  ];
  const reads =
    blobs === 0 ? 'every blob is everywhere already' : `${count(blobs, 'blob')}, ${spokenBytes(bytes)} to read once`;
  return [`${release}  ${short(digest)}  ${reads}`, ...table(columns, rows, { ...style, indent: 2 })];
}
