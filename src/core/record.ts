import { spellRelease } from './estate.ts';
import type { Entry, Lease } from './lease.ts';
import type { Hold, Pin, Promotion } from './promotion.ts';
import type { Minute } from './report.ts';

/**
 * A journal's records, read back from the JSON that they were written as: the same value, Dates as Dates.
 *
 * Each kind names its own instants, because a reviver that guesses by the look of a string would turn a tag or a
 * sentence that happens to look like a date into one.
 */
export function readPromotion(text: string): Promotion {
  const read = JSON.parse(text) as Promotion;
  const regions = read.regions.map(({ servedAt, ...region }) =>
    servedAt === undefined ? region : { ...region, servedAt: new Date(servedAt) },
  );
  return { ...read, at: new Date(read.at), regions };
}

export function readPin(text: string): Pin {
  const read = JSON.parse(text) as Pin;
  return { ...read, since: new Date(read.since) };
}

export function readHold(text: string): Hold {
  const read = JSON.parse(text) as Hold;
  return { ...read, since: new Date(read.since), until: new Date(read.until) };
}

export function readLease(text: string): Lease {
  const read = JSON.parse(text) as Lease;
  const idle = read.idleSince && { idleSince: new Date(read.idleSince) };
  return { ...read, ...idle, since: new Date(read.since), until: new Date(read.until) };
}

export function readEntry(text: string): Entry {
  const { change, ...read } = JSON.parse(text) as Entry;
  const dated = change && { ...change, ...(change.until && { until: new Date(change.until) }) };
  return { ...read, at: new Date(read.at), ...(dated && { change: dated }) };
}

export function readMinute(text: string): Minute {
  const read = JSON.parse(text) as Minute;
  return { ...read, at: new Date(read.at) };
}

/** `coder-preview:latest`, of any record that names its release by image and tag. */
export const keyOfRelease = ({ image, tag }: { readonly image: string; readonly tag: string }): string =>
  spellRelease({ image: { name: image }, tag });
