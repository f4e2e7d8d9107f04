import { minus, plus } from './time.ts';

/** One occurrence on the calendar: what Greenroom exists for. A weekly series is as many workshops as it has weeks. */
export interface Workshop {
  /** Unique and stable while the event is only moved or renamed: the feed's UID, and for a series the original start too. */
  readonly id: string;
  readonly title: string;
  readonly starts: Date;
  /** Exclusive. */
  readonly ends: Date;
  /** The IANA zone that its people think in, such as `Europe/London`; only for showing, never for reckoning. */
  readonly zone: string;
  readonly attendance: Attendance;
}

/** How many people are expected, and who says so: a facilitator must be able to see which line to correct. */
export interface Attendance {
  readonly people: number;
  readonly from: 'description' | 'attendees' | 'estate';
}

/** `[from, until)`: an instant belongs to it from `from` on, and no longer at `until`. */
export interface Interval {
  readonly from: Date;
  readonly until: Date;
}

/** How long before its start and after its end nothing may move underneath a workshop, in milliseconds. */
export interface Margins {
  readonly leadMs: number;
  readonly graceMs: number;
}

/** The workshop's window: [starts − lead, ends + grace). */
export const windowOf = (
  { starts, ends }: Pick<Workshop, 'starts' | 'ends'>,
  { leadMs, graceMs }: Margins,
): Interval => ({
  from: minus(starts, leadMs),
  until: plus(ends, graceMs),
});

export const isWithin = ({ from, until }: Interval, instant: Date): boolean => from <= instant && instant < until;

/** Two half-open intervals that only touch do not overlap. */
export const overlap = (a: Interval, b: Interval): boolean => a.from < b.until && b.from < a.until;
