import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Announced, Plan, Season } from './season.ts';

/** Something that happened in a window, and whether people could know a day ahead. */
export interface Foul {
  readonly what: 'rotation' | 'refusal';
  readonly at: Date;
  readonly workshop: string;
  readonly said: string;
  /** `told`: a day ahead, or as soon as the workshop was announced where that was later. */
  readonly verdict: 'told' | 'untold';
}

const LEAD_MS = hours(2);
const GRACE_MS = hours(1);
/** Two ticks: one sees the workshop, and what it does the next one sees. */
const SETTLES_MS = minutes(15);

/**
 * Goes by what happened in the world and what people heard, and by nothing that Greenroom thinks: it reckons windows
 * itself, and knows neither postures nor leases.
 */
export function foulsIn(plan: Plan, { rotations, refusals, told }: Season): Foul[] {
  return plan.calendar.flatMap((announced) => {
    const { workshop } = announced;
    const { from, until } = windowOf(announced, plan);
    const isIn = (at: Date): boolean => from <= at && at < until;
    const foul = (what: Foul['what'], at: Date, said: string): Foul => {
      return {
        what,
        at,
        workshop: workshop.title,
        said,
        verdict: isTold(announced, at, plan, told) ? 'told' : 'untold',
      };
    };
    return [
      ...rotations.filter(isIn).map((at) => foul('rotation', at, '')),
      ...refusals.filter(({ at }) => isIn(at)).map(({ at, said }) => foul('refusal', at, said)),
    ];
  });
}

/** What is announced too late cannot be prepared for before it is known, nor while Greenroom sleeps. */
function windowOf({ workshop, since, until }: Announced, { asleep, away }: Plan): { from: Date; until: Date } {
  let known = plus(since, SETTLES_MS);
  for (const stretch of [...asleep, ...away].toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const isLate = since > plus(workshop.starts, -hours(4));
    if (isLate && stretch.until > since && stretch.from < known) known = plus(stretch.until, SETTLES_MS);
  }
  const opens = plus(workshop.starts, -LEAD_MS);
  const closes = plus(workshop.ends, GRACE_MS);
  const from = known > opens ? known : opens;
  return { from, until: until && until < closes ? until : closes };
}

/**
 * Whether a failure that names the workshop and says why it cannot be avoided was told before `at`, a day ahead: or as
 * soon as the calendar had the workshop, and those between which and it there is no hour to rotate in. That nothing is
 * rotated in a window is a reason only where the calendar had one of them when their window had begun.
 */
function isTold(announced: Announced, at: Date, { calendar }: Plan, told: Season['told']): boolean {
  const together = stillWith(
    announced,
    calendar.filter(({ since, until }) => since <= at && (until === undefined || until > at)),
  );
  const known = latest(together.map(({ since }) => since));
  const opens = plus(earliest(together.map(({ workshop }) => workshop.starts)), -LEAD_MS);
  const dayAhead = plus(announced.workshop.starts, -LEAD_MS - days(1));
  const deadline = latest([dayAhead, plus(known, minutes(30))]);
  const isLate = plus(known, SETTLES_MS) > opens;
  return told.some(
    ({ at: when, news: { kind, line } }) =>
      when <= deadline &&
      kind === 'amiss' &&
      line.startsWith('fail:') &&
      line.includes(announced.workshop.title) &&
      (/cannot be paused|no key last longer/.test(line) || (isLate && line.includes('nothing is rotated in it'))),
  );
}

/** The workshop, and all from whose end to whose beginning, three hours before it, there is no time. */
function stillWith(announced: Announced, calendar: readonly Announced[]): Announced[] {
  const touch = ({ workshop: a }: Announced, { workshop: b }: Announced): boolean =>
    plus(a.ends, GRACE_MS) >= plus(b.starts, -LEAD_MS - hours(1)) &&
    plus(b.ends, GRACE_MS) >= plus(a.starts, -LEAD_MS - hours(1));
  let together = [announced];
  for (let grown = true; grown;) {
    const next = calendar.filter((each) => !together.includes(each) && together.some((one) => touch(one, each)));
    together = [...together, ...next];
    grown = next.length > 0;
  }
  return together;
}

const latest = (dates: readonly Date[]): Date => new Date(Math.max(...dates.map((at) => at.getTime())));
const earliest = (dates: readonly Date[]): Date => new Date(Math.min(...dates.map((at) => at.getTime())));
