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
    const wasTold = tellsOf(announced, told);
    const foul = (what: Foul['what'], at: Date, said: string): Foul => {
      return { what, at, workshop: workshop.title, said, verdict: wasTold ? 'told' : 'untold' };
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

/** Whether a failure that names the workshop and says why it cannot be avoided was told in time. */
function tellsOf({ workshop, since }: Announced, told: Season['told']): boolean {
  const dayAhead = plus(workshop.starts, -LEAD_MS - days(1));
  const announced = plus(since, minutes(30));
  const deadline = announced > dayAhead ? announced : dayAhead;
  return told.some(
    ({ at, news: { kind, line } }) =>
      at <= deadline &&
      kind === 'amiss' &&
      line.startsWith('fail:') &&
      line.includes(workshop.title) &&
      /cannot be paused|no key last longer/.test(line),
  );
}
