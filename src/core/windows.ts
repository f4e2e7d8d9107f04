import type { Policy } from './policy.ts';
import { marginsOf } from './policy.ts';
import { outlook, type Pause } from './posture.ts';
import { windowOf, type Interval, type Workshop } from './workshop.ts';

/** A workshop, and the window in which nothing it needs may change or end. */
export interface Closed {
  readonly workshop: Workshop;
  readonly window: Interval;
}

/** What the calendar closes, now and later: what credentials and rotators are judged against. */
export interface WindowsSighting {
  /** Every workshop whose window is not over, the earliest first. */
  readonly closed: readonly Closed[];
  /** Every stretch without rotation that is not over, the earliest first. */
  readonly pauses: readonly Pause[];
}

/** What these workshops close from `now` on. */
export function windowsOf(workshops: readonly Workshop[], policy: Policy, now: Date): WindowsSighting {
  const margins = marginsOf(policy);
  const closed = workshops.map((workshop) => ({ workshop, window: windowOf(workshop, margins) }));
  return {
    closed: closed
      .filter(({ window }) => now < window.until)
      .toSorted((a, b) => a.window.from.getTime() - b.window.from.getTime()),
    pauses: outlook(workshops, policy).pauses.filter(({ until }) => now < until),
  };
}

/** The workshop in whose window an instant falls, if there is one. */
export const closedAt = ({ closed }: WindowsSighting, instant: Date): Closed | undefined =>
  closed.find(({ window }) => window.from <= instant && instant < window.until);
