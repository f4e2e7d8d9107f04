import type { Dice } from './dice.ts';
import { HOUR, MINUTE } from './referee.ts';

export interface Plan {
  readonly title: string;
  readonly starts: number;
  readonly ends: number;
  readonly people: number;
}

/** What happens in a month, and when. `look`: the schedule's own. */
export type Deed =
  | { readonly does: 'look' | 'unhindered look' | 'promote' | 'build' | 'redeploy' | 'conflict' }
  | { readonly does: 'announce' | 'call off' | 'vanish' | 'confirm' | 'come back'; readonly title: string }
  | { readonly does: 'move'; readonly title: string; readonly byMs: number }
  | { readonly does: 'out' | 'back'; readonly what: Outage }
  | { readonly does: 'hand'; readonly on: 'provisioners' | 'gateway' | 'paused'; readonly to: number }
  | { readonly does: 'git'; readonly to: number };
export type Outage = 'feed' | 'loop' | 'cluster' | 'coder' | 'crew';

export type Event = Deed & { readonly at: number };

const DAY = 24 * HOUR;

export interface Script {
  readonly plans: readonly Plan[];
  readonly events: readonly Event[];
}

/** A month of 28 days, from `begins` on. */
export function scriptOf(dice: Dice, begins: number): Script {
  const plans = plansOf(dice, begins);
  const events = [
    ...plans.flatMap((plan) => [...fateOf(dice, plan, begins), ...looksAround(dice, plan), ...lifeOf(dice, plan)]),
    ...outages(dice, begins, plans),
    ...Array.from({ length: 12 }, (): Event => ({ at: begins + dice.between(0, 28 * DAY), does: 'look' })),
    // When all is over it looks a few times more, and nothing may be left.
    ...[0, 5, 10, 15, 20].map((later): Event => ({ at: begins + 33 * DAY + later * MINUTE, does: 'unhindered look' })),
  ];
  return { plans, events: events.toSorted((a, b) => a.at - b.at) };
}

function plansOf(dice: Dice, begins: number): Plan[] {
  const plans: Plan[] = [];
  const count = dice.whole(1, 4);
  for (let n = 0; n < count; n += 1) {
    const before = plans.at(-1);
    const near = before !== undefined && dice.chance(0.4);
    // Half an hour apart or more, and now and then in the very minutes of another.
    const beside = dice.chance(0.2) ? dice.whole(-6, 6) * MINUTE : dice.whole(-12, 12) * 30 * MINUTE;
    const around = near ? before.starts + beside : begins + dice.whole(50, 26 * 24) * HOUR;
    const starts = Math.max(around, begins + 50 * HOUR);
    const ends = starts + dice.whole(2, 10) * 30 * MINUTE;
    plans.push({ title: `W${n}`, starts, ends, people: dice.whole(3, 40) });
  }
  return plans;
}

function fateOf(dice: Dice, { title, starts, ends }: Plan, begins: number): Event[] {
  const late = dice.chance(0.15);
  const announced: Event = { at: late ? starts - dice.between(0.5, 30) * HOUR : begins, does: 'announce', title };
  const between = (from: number, to: number): number => Math.max(announced.at + MINUTE, dice.between(from, to));
  const told = (event: Event): Event[] => [event, ...after(dice, event.at)];
  if (dice.chance(0.12))
    return [announced, ...told({ at: between(starts - 3 * DAY, starts), does: 'call off', title })];
  if (dice.chance(0.1)) return [announced, ...told({ at: between(starts, ends), does: 'call off', title })];
  if (dice.chance(0.15)) {
    const byMs = dice.whole(-6, 60) * HOUR;
    return [announced, ...told({ at: between(starts - 2 * DAY, starts - 7 * HOUR), does: 'move', title, byMs })];
  }
  if (!dice.chance(0.12)) return [announced];
  const gone = told({ at: between(starts - DAY, starts + HOUR), does: 'vanish', title });
  const then = (gone[0]?.at ?? 0) + dice.between(0.2, 3) * HOUR;
  if (dice.chance(0.5)) return [announced, ...gone, ...told({ at: then, does: 'confirm', title })];
  return [announced, ...gone, ...(dice.chance(0.5) ? told({ at: then, does: 'come back', title }) : [])];
}

/** The looks of the schedule that fall where something changes; between them nothing would be done. */
function looksAround(dice: Dice, { starts, ends }: Plan): Event[] {
  const instants = [starts - 24 * HOUR, starts - 130 * MINUTE, starts - 2 * HOUR, starts, ends + HOUR];
  return instants.flatMap((at) => [...after(dice, at), ...(at > starts ? after(dice, at + 10 * MINUTE) : [])]);
}

const after = (dice: Dice, at: number): Event[] => {
  const first = at + dice.between(0, 5 * MINUTE);
  return [first, first + 5 * MINUTE].map((each) => ({ at: each, does: 'look' }));
};

/** Builds, promotions that are offered, and the hands of others. */
function lifeOf(dice: Dice, { starts, ends }: Plan): Event[] {
  const near = (): number => dice.between(starts - 25 * HOUR, ends + 2 * HOUR);
  const events: Event[] = [];
  for (let n = dice.whole(0, 4); n > 0; n -= 1)
    events.push({ at: dice.between(starts, ends + 2 * HOUR), does: 'build' });
  for (let n = dice.whole(1, 3); n > 0; n -= 1) events.push({ at: near(), does: 'promote' });
  if (dice.chance(0.3)) events.push({ at: near(), does: 'conflict' });
  if (dice.chance(0.15)) events.push({ at: near(), does: 'redeploy' });
  if (dice.chance(0.12)) events.push({ at: near(), does: 'git', to: dice.whole(1, 8) });
  if (dice.chance(0.2)) {
    const on = dice.pick(['provisioners', 'gateway', 'paused'] as const);
    events.push({ at: near(), does: 'hand', on, to: dice.whole(1, 30) });
  }
  return events.flatMap((event) => [event, ...(dice.chance(0.5) ? after(dice, event.at).slice(0, 1) : [])]);
}

const LONGEST: Readonly<Record<Outage, number>> = { feed: 12, loop: 6, cluster: 3, coder: 3, crew: 5 };

/** Half of them where they hurt. */
function outages(dice: Dice, begins: number, plans: readonly Plan[]): Event[] {
  return (Object.keys(LONGEST) as Outage[]).flatMap((what) => {
    if (!dice.chance(0.5)) return [];
    const { starts } = dice.pick(plans);
    const at = dice.chance(0.7)
      ? dice.between(starts - 27 * HOUR, starts + 6 * HOUR)
      : dice.between(begins, begins + 28 * DAY);
    const back = at + dice.between(0.1, LONGEST[what]) * HOUR;
    return [{ at, does: 'out', what }, { at: back, does: 'back', what }, ...after(dice, back)];
  });
}
