import { days, hours, plus } from '../../src/core/time.ts';
import type { Announced, Plan } from './plan.ts';
import type { Looked, Season } from './stage.ts';

/** Something that happened in a window, and what people knew of it. */
export interface Foul {
  readonly what: 'rotation' | 'refusal';
  readonly at: Date;
  readonly key: string;
  readonly workshop: string;
  readonly said: string;
  readonly verdict: Verdict;
}

/**
 * `told`: that it cannot be avoided, and why, a day before the window opens; or at once, by the first look that could
 * see it, where somebody announced the workshop or put a hand on the key later than that. `helpless`: there were not
 * three undisturbed looks in which anything could have been done about it. Everything else is `untold`.
 */
export type Verdict = 'told' | 'helpless' | 'untold';

const LEAD_MS = hours(2);
const GRACE_MS = hours(1);
/** From here on keys are made to last. */
const KEYS_MS = hours(3);
/** What one look does the next one sees, and the third one has it done. */
const ENOUGH = 3;
/** Why what happened could not be avoided, in the words of the findings. */
const REASONS = /cannot be paused|no key last longer|nothing is rotated in it/;

/**
 * Goes by what happened in the world and what people heard, and by nothing that Greenroom thinks: it reckons windows
 * itself, and knows neither postures nor leases.
 */
export function foulsIn(plan: Plan, season: Season): Foul[] {
  return plan.calendar.flatMap((announced) => {
    const { from, until } = windowOf(announced);
    const events = [
      ...season.rotations.map(({ at, key, by }) => ({ what: 'rotation' as const, at, key, said: by })),
      ...season.refusals.map(({ at, key, said }) => ({ what: 'refusal' as const, at, key, said })),
    ].filter(({ at }) => from <= at && at < until);
    return events.map((event): Foul => {
      const incident = { ...event, announced, plan, season };
      return { ...event, workshop: announced.workshop.title, verdict: judge(incident) };
    });
  });
}

interface Incident {
  readonly what: Foul['what'];
  readonly at: Date;
  readonly key: string;
  readonly announced: Announced;
  readonly plan: Plan;
  readonly season: Season;
}

const opensAt = ({ workshop }: Announced): Date => plus(workshop.starts, -LEAD_MS);

function windowOf(announced: Announced): { from: Date; until: Date } {
  const { since, until } = announced;
  const [opens, closes] = [opensAt(announced), plus(announced.workshop.ends, GRACE_MS)];
  return { from: since > opens ? since : opens, until: until && until < closes ? until : closes };
}

function judge(incident: Incident): Verdict {
  if (wasTold(incident)) return 'told';
  return couldAct(incident) ? 'untold' : 'helpless';
}

/**
 * Since when it stands as it does: the workshop is announced, and every other one in whose window its time for keys
 * falls, or that of such a one, and nobody has put a hand on the key any more.
 */
function disturbedAt({ at, key, announced, plan }: Incident): Date {
  const together = plan.rotators.find(({ keys }) => keys.includes(key))?.keys ?? [key];
  const hands = plan.hands.filter((hand) => together.includes(hand.key) && hand.at <= at).map((hand) => hand.at);
  const chain = new Set([announced]);
  // What is put into a set while it is gone through is come to as well.
  for (const later of chain) {
    for (const other of plan.calendar) if (other.since <= at && isInTheWayOf(later, other)) chain.add(other);
  }
  return new Date(Math.max(...[...chain].map(({ since }) => Number(since)), ...hands.map(Number)));
}

function isInTheWayOf(later: Announced, other: Announced): boolean {
  const { from, until } = windowOf(other);
  return from < opensAt(later) && until >= plus(later.workshop.starts, -KEYS_MS);
}

/** Whether Greenroom had looks enough, with everything in reach, between what was the last to change and the foul. */
function couldAct(incident: Incident): boolean {
  const { what, at, announced, plan, season } = incident;
  const disturbed = disturbedAt(incident);
  // Where replicas never forget an old expiry only another key helps, and none is made in a window.
  const needsAnother = what === 'refusal' && plan.manners.memory === 'sliding';
  const due = needsAnother ? dueAt(announced, plan) : plus(announced.workshop.starts, -KEYS_MS);
  const from = disturbed > due ? disturbed : due;
  const knows = firstThatKnows(season.looks, announced);
  const looks = season.looks.filter(
    (look) => look.automation === 'posture' && !look.without.some(isInTheWay) && from <= look.at && knows <= look.at,
  );
  const helps = (looked: Date): boolean => looked < at && !(needsAnother && isShut(looked, plan));
  const helpful = looks.filter((look) => helps(look.at));
  // Where no key lasts long it has to be looked after all the while.
  const lately = what === 'refusal' && !needsAnother ? plus(at, -(plan.manners.longestMs ?? Infinity) / 2) : from;
  return helpful.length >= ENOUGH && helpful.some((look) => !(look.at < lately));
}

/** From when on keys are made to last for it: before the first of those whose windows run into its time for keys. */
function dueAt({ workshop: { starts } }: Announced, { calendar }: Plan): Date {
  let due = plus(starts, -KEYS_MS);
  const isInTheTimeOf = ({ since, until, workshop }: Announced): boolean => {
    const from = plus(workshop.starts, -KEYS_MS);
    const isOff = until !== undefined && until <= from;
    return !isOff && since <= due && from < due && due <= plus(workshop.ends, GRACE_MS);
  };
  for (let before = calendar.find(isInTheTimeOf); before; before = calendar.find(isInTheTimeOf))
    due = plus(before.workshop.starts, -KEYS_MS);
  return due;
}

const isShut = (at: Date, { calendar }: Plan): boolean =>
  calendar.some((each) => {
    const { from, until } = windowOf(each);
    return from <= at && at < until;
  });

const isInTheWay = (outage: string): boolean => outage === 'gateway' || outage === 'cluster' || outage === 'vault';

const NEVER = new Date(8e15);

/** The first look that read the calendar with the workshop in it. */
const firstThatKnows = (looks: readonly Looked[], { since }: Announced): Date =>
  looks.find(({ at, without }) => at >= since && !without.includes('feed'))?.at ?? NEVER;

function wasTold(incident: Incident): boolean {
  const { at, key, announced, plan, season } = incident;
  const { title } = announced.workshop;
  const dayAhead = plus(opensAt(announced), -days(1));
  const disturbed = disturbedAt(incident);
  const atOnce = disturbed > dayAhead ? firstThatTells(season.looks, announced, disturbed) : dayAhead;
  const rotator = plan.rotators.find(({ keys }) => keys.includes(key))?.name ?? key;
  const tellings = season.told.filter(
    ({ news: { kind, line, about } }) =>
      (kind === 'amiss' || kind === 'reminder') &&
      about?.status === 'fail' &&
      line.includes(title) &&
      (line.includes(` ${key}`) || line.includes(rotator)) &&
      REASONS.test(line),
  );
  return tellings.some((told) => told.at <= atOnce && !isTakenBack(told, tellings, season, at));
}

/** The first look at credentials that can see it all, and say it. */
const firstThatTells = (looks: readonly Looked[], announced: Announced, disturbed: Date): Date =>
  looks.find(
    ({ at, automation, without }) =>
      automation === 'credentials' && without.length === 0 && at >= disturbed && at >= firstThatKnows(looks, announced),
  )?.at ?? NEVER;

/** Who was told that it is over does not know any more, unless it was told again. */
function isTakenBack(told: Season['told'][number], tellings: Season['told'], season: Season, before: Date): boolean {
  const isSame = ({ news }: Season['told'][number]): boolean =>
    news.subject === told.news.subject && news.about?.check === told.news.about?.check;
  const over = season.told.findLast((each) => each.news.kind === 'resolved' && each.at <= before && isSame(each));
  const last = tellings.findLast((each) => each.at <= before);
  return over !== undefined && (last === undefined || last.at < over.at);
}

/** What a season was made of, for the count of what was met. */
export function kindsOf({ calendar, rotators, manners, outages, keys, dense, fated }: Plan): string[] {
  const near = (a: Announced, b: Announced): boolean =>
    a.workshop.id < b.workshop.id && a.workshop.starts < b.workshop.ends && b.workshop.starts < a.workshop.ends;
  const notice = (each: Announced): number => each.workshop.starts.getTime() - each.since.getTime();
  return [
    ...calendar.flatMap((each) => [
      'workshop',
      ...(each.ends === 'not' ? [] : [each.ends]),
      ...(each.vanishes ? ['vanished'] : []),
      ...(notice(each) < hours(24) ? ['announced less than a day ahead'] : []),
      ...(notice(each) < LEAD_MS ? ['announced in its own window'] : []),
      ...(calendar.some((other) => near(each, other)) ? ['workshops that overlap'] : []),
    ]),
    ...rotators.flatMap((rotator) => [
      rotator.historic ? 'historic rotator' : 'rotator that makes before it breaks',
      ...(rotator.form === 'loop' ? ['rotator that sleeps and loops'] : [`CronJob in ${rotator.zone}`]),
      ...(rotator.stubborn ? [`${rotator.form} that cannot be paused`] : []),
      ...(rotator.pausedByHand ? ['rotator paused by hand'] : []),
      ...(rotator.keys.length > 1 ? ['rotator of several keys'] : []),
      rotator.lifeMs <= hours(1)
        ? 'keys of an hour'
        : rotator.lifeMs >= days(90)
          ? 'keys of 90 days or for ever'
          : 'keys of hours and days',
    ]),
    ...(rotators.length === 0 ? ['no rotator'] : []),
    ...(keys.length > 1 ? ['several keys'] : []),
    ...(manners.longestMs === undefined ? [] : ['gateway that bounds lives']),
    ...(manners.memory === 'sliding' ? ['gateway with sliding memory'] : []),
    ...Object.entries(outages).flatMap(([outage, stretches]) => stretches.map(() => `${outage} away`)),
    ...(fated > 0 ? ['fated season'] : []),
    ...(dense ? ['dense season'] : []),
  ];
}
