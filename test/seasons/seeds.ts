import { describe } from 'vitest';

/** One season alone: what a failed one says is to be run again. */
export const ONE = process.env['GREENROOM_SEASON'];
const FROM = Number(process.env['GREENROOM_SEASONS_FROM'] ?? 0);

/** Even ones, or odd ones: two processes share them. */
export type Half = 0 | 1;

/** The seeds of one half of so many seasons. */
export const seedsOf = (half: Half, seasons: number): number[] =>
  ONE === undefined ? Array.from({ length: seasons / 2 }, (_, i) => FROM + 2 * i + half) : [Number(ONE)];

/** A season that is asked for alone is played by the half that it belongs to. */
export const describeHalf = (half: Half) => describe.skipIf(ONE !== undefined && Number(ONE) % 2 !== half);

/** `seeds` in so many at a time. */
export const batchesOf = (seeds: readonly number[], size: number): number[][] =>
  Array.from({ length: Math.ceil(seeds.length / size) }, (_, i) => seeds.slice(i * size, (i + 1) * size));
