import type { Workshop } from '../core/workshop.ts';

/** An instant as a calendar on the wall shows it, in one zone. */
interface Shown {
  readonly weekday: string;
  readonly day: string;
  readonly month: string;
  readonly year: string;
  readonly hour: string;
  readonly minute: string;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** Made once for each zone, because making one costs more than using it a thousand times. */
function formatFor(timeZone: string): Intl.DateTimeFormat {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      weekday: 'short',
      day: 'numeric',
      month: 'short',
      year: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  return format;
}

const shown = (instant: Date, zone: string): Shown =>
  Object.fromEntries(
    formatFor(zone)
      .formatToParts(instant)
      .map(({ type, value }) => [type, value]),
  ) as unknown as Shown;

/** `Thu 3 Dec` */
export function dayOf(instant: Date, zone = 'UTC'): string {
  const { weekday, day, month } = shown(instant, zone);
  return `${weekday} ${day} ${month}`;
}

/** `Thu 3 Dec 2026` */
export const dateOf = (instant: Date, zone = 'UTC'): string => `${dayOf(instant, zone)} ${shown(instant, zone).year}`;

/** `09:00` */
export function clockOf(instant: Date, zone = 'UTC'): string {
  const { hour, minute } = shown(instant, zone);
  return `${hour}:${minute}`;
}

/** `19:30` on the day that is spoken of, `Fri 4 Dec 19:30` on another. */
export const untilOf = (instant: Date, from: Date, zone = 'UTC'): string =>
  dayOf(instant, zone) === dayOf(from, zone)
    ? clockOf(instant, zone)
    : `${dayOf(instant, zone)} ${clockOf(instant, zone)}`;

/** `Thu 3 Dec 17:00 to 18:30 UTC, 09:00 to 10:30 in America/Los_Angeles`: for the reckoning, and for its people. */
export function timesOf({ starts, ends, zone }: Workshop): string {
  const utc = `${dayOf(starts)} ${clockOf(starts)} to ${untilOf(ends, starts)} UTC`;
  if (clockOf(starts, zone) === clockOf(starts)) return utc;
  const isOtherDay = dayOf(starts, zone) !== dayOf(starts);
  const local = `${isOtherDay ? `${dayOf(starts, zone)} ` : ''}${clockOf(starts, zone)} to ${clockOf(ends, zone)}`;
  return `${utc}, ${local} in ${zone}`;
}

const SOURCES = {
  description: 'as its description says',
  attendees: 'as many as have accepted',
  estate: "the estate's usual number",
} as const satisfies Record<Workshop['attendance']['from'], string>;

/** `25 people, as its description says`: whoever knows better must see which line to correct. */
export const attendanceOf = ({ attendance: { people, from } }: Workshop): string =>
  `${people} ${people === 1 ? 'person' : 'people'}, ${SOURCES[from]}`;
