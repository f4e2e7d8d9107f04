import { between } from '../core/time.ts';

export { printable } from '../core/printable.ts';

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

export { listed } from '../core/message.ts';

/** `41 %`: rounded down, so that 100 % means all of it. */
export const percent = (fraction: number): string => `${Math.floor(fraction * 100 + 1e-9)} %`;
