import type { Finding } from './core/finding.ts';
import { whyOf } from './core/outside-error.ts';
import { news, type News } from './core/report.ts';
import type { QuietHours } from './core/quiet-hours.ts';
import { days, plus } from './core/time.ts';
import { nothingTold, standsAmiss, type Rate, type Told } from './core/told.ts';
import { owed, waits } from './core/untold.ts';
import type { Journal, Road, World } from './ports.ts';

/** When it is told, which decides what may be said. */
export interface Moment extends Rate {
  readonly at: Date;
  readonly quiet?: QuietHours | undefined;
}

/** What one road has to tell: now, or when the quiet hours are over. */
export interface Owing {
  readonly road: Road;
  /** In the order in which it came about. */
  readonly all: readonly News[];
  readonly due: readonly News[];
  readonly later: readonly News[];
  /** Whether there is more of it than is written down. */
  readonly isNew: boolean;
}

/** How it went with a road that had something to tell. */
export interface Tried {
  readonly road: Road;
  readonly error?: unknown;
}

type Roads = Pick<World, 'crew' | 'journal'>;

/** What each road has to tell, with what is news to it now. */
export const owingTo = ({ crew, journal }: Roads, fresh: readonly News[], moment: Moment): Promise<Owing[]> =>
  Promise.all(
    crew.map(async (road) => {
      const before = await journal.untold(road.name);
      const all = owed(before, fresh, road);
      const later = all.filter((each) => waits(each, moment, moment.at));
      return { road, all, later, due: all.filter((each) => !later.includes(each)), isNew: all !== before };
    }),
  );

/** Before anybody is told, so that a death in between loses nothing. */
export async function writeDown(owing: readonly Owing[], journal: Journal): Promise<void> {
  await Promise.all(owing.filter(({ isNew }) => isNew).map(({ road, all }) => journal.setUntold(road.name, all)));
}

/** Leaves news for roads that somebody else speaks for: whoever tells next tells it there. */
export async function leave(news: readonly News[], { crew, journal }: Roads): Promise<void> {
  for (const road of crew) {
    const before = await journal.untold(road.name);
    const all = owed(before, news, road);
    if (all !== before) await journal.setUntold(road.name, all);
  }
}

/** Each road tells what is due, and strikes out what it has told. One that fails keeps nobody from telling. */
export const say = (owing: readonly Owing[], journal: Journal): Promise<Tried[]> =>
  Promise.all(
    owing
      .filter(({ due }) => due.length > 0)
      .map(async ({ road, due, later }) => {
        const [said] = await Promise.allSettled([road.say(due)]);
        if (said.status === 'rejected') return { road, error: said.reason as unknown };
        await journal.setUntold(road.name, later);
        return { road };
      }),
  );

/**
 * Tells by the other roads of one that fails, and of its end. Resolves to the reason where there is none that works:
 * nobody hears of anything then, and whoever runs this must say so in its own way.
 */
export async function tellOfRoads(tried: readonly Tried[], told: Told, { crew, journal }: Roads, moment: Moment) {
  const failed = tried.filter(({ error }) => error !== undefined);
  if (crew.length < 2) return failed[0]?.error;
  let after = told;
  for (const each of tried) {
    const { road } = each;
    const seen = { automation: `telling by ${road.name}`, at: moment.at, findings: [roadIsOpen(each)], taken: [] };
    const heard = news(after, seen, moment);
    const owing = await owingTo({ journal, crew: crew.filter((other) => other !== road) }, heard.news, moment);
    await writeDown(owing, journal);
    await keepTold(heard.told, after, journal, moment.at);
    after = heard.told;
    await say(
      owing.filter((other) => !failed.some(({ road: deaf }) => deaf === other.road)),
      journal,
    );
  }
  return crew.every(({ name }) => standsAmiss(after, { check: OPEN, subject: name })) ? failed[0]?.error : undefined;
}

const OPEN = 'roads-to-people-are-open';

function roadIsOpen({ road: { name: subject }, error }: Tried): Finding {
  const want = 'takes what it is told';
  if (error === undefined) return { check: OPEN, subject, status: 'ok', evidence: { want, have: 'takes it' } };
  const ask = 'See RUNBOOK, “Nobody is told”: what it could not be told is kept, and told first once it works again.';
  return {
    check: OPEN,
    subject,
    status: 'fail',
    evidence: { want, have: whyOf(error) },
    remedy: { by: 'person', ask },
  };
}

/** Only what is told as long ago as this may be told again though nothing changed. */
const REMEMBERED_MS = days(365);
/** Not `told`: under that name it once had another shape. */
const TOLD = 'what people were told';

export async function toldSoFar(journal: Journal, now: Date): Promise<Told> {
  const text = await journal.kept(TOLD, now);
  return text === undefined ? nothingTold : (JSON.parse(text) as Told);
}

export async function keepTold(told: Told, before: Told, journal: Journal, now: Date): Promise<void> {
  if (!isSame(told, before)) await journal.keep(TOLD, JSON.stringify(told), plus(now, REMEMBERED_MS));
}

export const isSame = (told: Told, before: Told): boolean => JSON.stringify(told) === JSON.stringify(before);
