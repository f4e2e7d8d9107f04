import { fault, parsed, type Parsed } from '../core/parsed.ts';
import { days, hours, minutes, seconds } from '../core/time.ts';

const UNITS = { s: seconds, m: minutes, min: minutes, h: hours, d: days } as const;

/** `90s`, `5m`, `2h`, `3d`, in milliseconds. */
export function parseDuration(text: string): Parsed<number> {
  const [, digits, unit] = /^(\d{1,6})(s|m|min|h|d)$/.exec(text) ?? [];
  if (digits === undefined || Number(digits) === 0) return fault(`"${text}" is not a duration: want 60s, 5m, 2h or 7d`);
  return parsed(UNITS[unit as keyof typeof UNITS](Number(digits)));
}
