const FORMAT = {
  calendar: 'gregory',
  numberingSystem: 'latn',
  hourCycle: 'h23',
  year: 'numeric',
  month: 'numeric',
  day: 'numeric',
  hour: 'numeric',
  minute: 'numeric',
  second: 'numeric',
} as const;

/** The clock of a zone by the rules that this runtime has for it. Throws a RangeError where it has none of that name. */
export const clockOf = (zone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', { ...FORMAT, timeZone: zone });

/**
 * How far ahead of UTC a clock is at an instant, both in milliseconds.
 *
 * To ask takes microseconds, which is long for whoever asks a hundred thousand times: they keep what they were told.
 */
export function offsetOn(clock: Intl.DateTimeFormat, instant: number): number {
  const shown = new Map(clock.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const at = (type: Intl.DateTimeFormatPartTypes): number => shown.get(type) ?? 0;
  const wall = Date.UTC(at('year'), at('month') - 1, at('day'), at('hour'), at('minute'), at('second'));
  return wall - Math.floor(instant / 1_000) * 1_000;
}
