/** When people are not to be disturbed by what can wait, by the clock on their wall. */
export interface QuietHours {
  /** `America/New_York` */
  readonly zone: string;
  /** `22:00` */
  readonly from: string;
  /** `07:00`, which is the first minute that is not quiet any more; earlier than `from` where a midnight is between. */
  readonly until: string;
}

/**
 * Whether the clock on the wall stands in the quiet hours.
 *
 * By what it shows and not by how much time has passed, since that is what people sleep by: an hour that comes twice is
 * as quiet the second time as it was the first, and one that is left out takes nothing with it.
 */
export function isQuiet(now: Date, { zone, from, until }: QuietHours): boolean {
  const clock = clockOf(now, zone);
  return from < until ? from <= clock && clock < until : from <= clock || clock < until;
}

function clockOf(now: Date, timeZone: string): string {
  const format = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return format.format(now);
}
