import { between } from '../core/time.ts';

/**
 * Text from outside as it may be shown: no control characters and no marks that reorder what is read.
 *
 * A registry's error body ends up in evidence. Unfiltered it could colour a terminal, forge a line of the event
 * stream, or spell a remedy backwards.
 */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '');

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** `40 s`, `3 min`, `5 h`, `12 d`: one figure, because nobody does arithmetic from across a room. */
export function roughly(milliseconds: number): string {
  const whole = Math.max(0, Math.floor(milliseconds / 1_000));
  const unit = UNITS.find(([size]) => whole >= size);
  return unit ? `${Math.floor(whole / unit[0])} ${unit[1]}` : `${whole} s`;
}

/** `just now`, `3 min ago`, `in 2 h`. */
export function relative(now: Date, then: Date): string {
  const since = between(then, now);
  if (Math.abs(since) < 5_000) return 'just now';
  return since > 0 ? `${roughly(since)} ago` : `in ${roughly(-since)}`;
}

/** `1 region`, `3 regions`. */
export const count = (n: number, thing: string): string => `${n} ${thing}${n === 1 ? '' : 's'}`;

/** `Ohio, Oregon and London`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;

/** `41 %`: rounded down, so that 100 % means all of it. */
export const percent = (fraction: number): string => `${Math.floor(fraction * 100 + 1e-9)} %`;
