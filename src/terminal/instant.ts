import { fault, parsed, type Parsed } from '../core/parsed.ts';
import { days, plus } from '../core/time.ts';
import { parseDuration } from './duration.ts';

const WHEN = /^(?:(\d{4}-\d{2}-\d{2})[ T])?(\d{2}:\d{2})(?::00)?\s?(Z|UTC|[+-]\d{2}:\d{2})?$/;

/**
 * A moment as a person types it: `17:00` (the next time it is that late), `2026-09-14 17:00`, either with `Z` or an
 * offset such as `+02:00`, or `4h` from now. Without an offset it is UTC, as everything that Greenroom prints.
 */
export function parseInstant(text: string, now: Date): Parsed<Date> {
  const duration = parseDuration(text);
  if (duration.ok) return parsed(plus(now, duration.value));
  const [, date, time, zone = 'Z'] = WHEN.exec(text) ?? [];
  const offset = zone === 'UTC' ? 'Z' : zone;
  const shift = time === undefined ? undefined : shiftOf(offset);
  if (time === undefined || shift === undefined) return fault(NOT(text));
  const today = new Date(now.getTime() + shift).toISOString().slice(0, 10);
  const instant = new Date(`${date ?? today}T${time}:00${offset}`);
  // Because a date is rolled over in silence: 30 February would be 2 March.
  const said = Number.isNaN(instant.getTime()) ? '' : new Date(instant.getTime() + shift).toISOString();
  if (!said.startsWith(`${date ?? today}T${time}`)) return fault(NOT(text));
  return parsed(date === undefined && instant <= now ? plus(instant, days(1)) : instant);
}

const NOT = (text: string): string =>
  `"${text}" is not a time: want 17:00 or 2026-09-14 17:00 (UTC, or with an offset such as +02:00), or 4h for four hours from now`;

/** How far ahead of UTC an offset is, in milliseconds; `undefined` for one that no clock has. */
function shiftOf(offset: string): number | undefined {
  if (offset === 'Z') return 0;
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number);
  if (hours > 14 || minutes > 59) return undefined;
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60_000;
}
