import type { Wanted } from './transfer.ts';

/** Work for one worker. A whole shard is done in one sitting; a huge layer, alone in its shard, in several. */
export interface Shard {
  readonly wanted: readonly Wanted[];
  /** Sittings, one after another. More than one only for a single blob going to a single region. */
  readonly legs: number;
}

/**
 * What one sitting can be trusted to move.
 *
 * A Lambda function has 900 s; 300 of them are left for starting, finishing, and one broken read. In the remaining
 * 600 s, at 30 MB/s of writing over all regions together (a floor to be measured, less than half of what is commonly
 * seen), it writes 18 GB: 6 GB to each of three regions, or 18 GB to one.
 */
export interface Sitting {
  readonly seconds: number;
  readonly bytesPerSecond: number;
}

export const SITTING: Sitting = { seconds: 600, bytesPerSecond: 30_000_000 };

/** Small enough that many workers share the work, large enough that starting them is not most of it. */
const SHARD_BYTES = 512_000_000;
/** Keeps a shard's record far below the journal's 400 KB. */
const SHARD_BLOBS = 400;

/** Bytes of blob that one sitting can bring to so many regions at once. */
export const capacity = ({ seconds, bytesPerSecond }: Sitting, regions: number): number =>
  Math.floor((seconds * bytesPerSecond) / Math.max(regions, 1));

/**
 * Cuts the work so that every sitting ends in time, whatever the sizes.
 *
 * By blob, each read once for all regions. A layer too large for that goes region by region; one too large even for
 * one region goes there in several sittings of one upload. ECR's largest layer (52,000 MiB, 54.5 GB) is four.
 */
export function shardsOf(wanted: readonly Wanted[], sitting: Sitting = SITTING): Shard[] {
  const fits = ({ blob, lacking }: Wanted): boolean => blob.size <= capacity(sitting, lacking.length);
  const huge = wanted.filter((one) => !fits(one)).flatMap((one) => byRegion(one, sitting));
  return [...huge, ...packed(wanted.filter(fits), sitting)];
}

const byRegion = ({ blob, lacking }: Wanted, sitting: Sitting): Shard[] =>
  lacking.map((region) => ({
    wanted: [{ blob, lacking: [region] }],
    legs: Math.ceil(blob.size / capacity(sitting, 1)),
  }));

/** Largest first into the shard that is open, and a new one when it is full. */
function packed(wanted: readonly Wanted[], sitting: Sitting): Shard[] {
  const shards: Wanted[][] = [];
  let room = 0;
  for (const one of [...wanted].sort((a, b) => b.blob.size - a.blob.size)) {
    const open = shards.at(-1);
    if (open && one.blob.size <= room && open.length < SHARD_BLOBS) open.push(one);
    else {
      shards.push([one]);
      room = Math.min(SHARD_BYTES, capacity(sitting, one.lacking.length));
    }
    room -= one.blob.size;
  }
  return shards.map((shard) => ({ wanted: shard, legs: 1 }));
}

/** The part of a blob that a sitting is for: from (inclusive) to (exclusive), in bytes. */
export function legOf(size: number, leg: number, sitting: Sitting = SITTING): { from: number; until: number } {
  const bytes = capacity(sitting, 1);
  return { from: Math.min(leg * bytes, size), until: Math.min((leg + 1) * bytes, size) };
}
