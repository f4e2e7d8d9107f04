import { generationOf, type GatewayKey } from './gateway-key.ts';
import { objectIn } from './json.ts';
import { CLOCKS_MS, MARGIN_MS } from './credential.ts';
import type { Pause } from './posture.ts';
import { between, days, minus, minutes, plus, spoken } from './time.ts';

/**
 * How long after its last consumer has moved an old key is left to live, in milliseconds.
 *
 * Each replica remembers a key for a minute; twice that, and at least two minutes. Source: the gateway contract, B4.
 */
const DRAIN_MS = minutes(3);

/** What becomes of one key of a family, once a newer one is current. */
export type Fate =
  | { readonly do: 'keep' }
  /** Let it end by itself: an expiry is the only end that every replica notices at the same moment. */
  | { readonly do: 'drain'; readonly lastingMs: number }
  /** It has ended, and only occupies its alias. */
  | { readonly do: 'remove' };

export interface Family {
  /** What their aliases have in common: `ai-coder` of `ai-coder-g42`. */
  readonly base: string;
  /** Hashes of keys that may be in use: the current one, a pending one, and those that consumers hold. */
  readonly used: ReadonlySet<string>;
}

/**
 * What becomes of a key. A key that may be in use is kept, and so is everything that is not of the family.
 *
 * Never removed while it lives, because replicas would disagree for a minute about whether it works, and a consumer
 * that nobody knew of would notice in the middle of a sentence.
 */
export function fateOf(key: GatewayKey, { base, used }: Family, now: Date): Fate {
  if (generationOf(base, key.alias) === undefined || used.has(key.hash)) return { do: 'keep' };
  if (key.expires !== 'never' && key.expires <= now) return { do: 'remove' };
  const isDraining = key.expires !== 'never' && key.expires <= plus(now, DRAIN_MS);
  return isDraining ? { do: 'keep' } : { do: 'drain', lastingMs: DRAIN_MS };
}

/** One more than any key of the family has, expired and blocked ones included: those occupy their aliases too. */
export const nextGeneration = (base: string, keys: readonly GatewayKey[]): number =>
  1 + Math.max(0, ...keys.map(({ alias }) => generationOf(base, alias) ?? 0));

/** A secret's text as consumers read it: the key alone, or in one field of a JSON object beside others. */
export function keyIn(text: string, field: string | undefined): string | undefined {
  if (field === undefined) return text.trim() === '' ? undefined : text.trim();
  const value = objectIn(text)?.[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The same text with another key, everything beside it as it was. */
export const withKey = (text: string | undefined, field: string | undefined, key: string): string =>
  field === undefined ? key : JSON.stringify({ ...objectIn(text ?? ''), [field]: key });

/** What was asked for is not what the gateway gave, until it has been read back. Throws where it gave less. */
export function assertLasts(key: string, expires: Date | 'never', atLeast: Date): void {
  if (expires === 'never' || expires >= minus(atLeast, CLOCKS_MS)) return;
  throw new Error(
    `the gateway lets ${key} last until ${spoken(expires)} only, and ${spoken(atLeast)} is needed: say longestMinutes in the estate`,
  );
}

/** How long a key is made to last where the calendar asks for nothing: two of the weeks after which it is rotated. */
export const USUAL_LIFE_MS = days(14);

/**
 * How long a key that is made now has to last: never so that it ends in a stretch without rotation, nor in the margin
 * after one. `longestMs` is what the gateway allows, which may be too little; the checks say so then.
 */
export function lastingMsFor(pauses: readonly Pause[], now: Date, longestMs = Number.POSITIVE_INFINITY): number {
  let end = plus(now, USUAL_LIFE_MS);
  for (const { dueFrom, until } of pauses) {
    const enough = plus(until, MARGIN_MS);
    if (dueFrom < end && end < enough) end = enough;
  }
  return Math.min(between(now, end), longestMs);
}
