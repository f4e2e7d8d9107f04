import type { Finding } from './core/finding.ts';
import { policyOf } from './core/policy.ts';
import { isWorthKeeping, minuteOf, news, type Minute, type Report } from './core/report.ts';
import type { Told } from './core/told.ts';
import type { Log } from './log.ts';
import { isNear } from './observers/nearness.ts';
import { isSame, keepTold, owingTo, say, tellOfRoads, toldSoFar, writeDown, type Moment, type Owing } from './roads.ts';
import type { World } from './ports.ts';

type Place = Pick<World, 'estate' | 'journal' | 'crew'>;

export interface Telling {
  /** Source repositories that were looked at, such as a webhook's. Left out: everything. */
  readonly only?: readonly string[];
  readonly log?: Log;
  /**
   * Lets one run at a time tell what it saw, because two that compare with the same minute would both tell it, and one
   * could strike out what the other could not say. Left out where there is only one at a time.
   */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Tells what is news, and what could not be told before that first. Resolves to the report as it was written down.
 *
 * What is to be told is written down before it is said, road by road, and struck out after: a death in between repeats
 * news, it never loses any. A road that fails is told of by the others; where none is left, that is our own failure, thrown
 * once the record is complete. A report that says what the one before it said is told to nobody and written nowhere; and
 * only what is written needs a turn, in which it is compared anew, because somebody else may have told it meanwhile.
 */
export async function tell(seen: Report, world: Place, { only, log, inTurn }: Telling = {}): Promise<Report> {
  const first = await compare(seen, world, only);
  if (isQuiet(first)) return first.report;
  return inTurn ? inTurn(async () => record(await compare(seen, world, only), world, log)) : record(first, world, log);
}

/** What a report says beside what was said before it, and what every road still has to tell. */
interface Compared {
  readonly report: Report;
  readonly last: Minute | undefined;
  readonly before: Told;
  readonly told: Told;
  readonly owing: readonly Owing[];
  readonly moment: Moment;
}

async function compare(seen: Report, world: Place, only?: readonly string[]): Promise<Compared> {
  const { journal, estate } = world;
  const [last, before] = await Promise.all([journal.last(seen.automation), toldSoFar(journal, seen.at)]);
  const report = { ...seen, findings: [...carriedOver(last, unlooked(world, only)), ...seen.findings] };
  const { quiet } = estate.people;
  const asks = quiet !== undefined || report.findings.some(({ status }) => status !== 'ok');
  const near = asks && (await isNear(world, report.at));
  const moment = { at: report.at, near, quiet, reminders: policyOf(estate).reminders };
  const heard = news(before, withoutOldFailures(last, report), moment);
  return { report, last, before, told: heard.told, owing: await owingTo(world, heard.news, moment), moment };
}

const isQuiet = ({ report, last, before, told, owing }: Compared): boolean =>
  owing.every(({ due, isNew }) => due.length === 0 && !isNew) &&
  isSame(told, before) &&
  !isWorthKeeping(minuteOf(report), last);

async function record(
  { report, last, before, told, owing, moment }: Compared,
  world: Place,
  log?: Log,
): Promise<Report> {
  const { journal } = world;
  await writeDown(owing, journal);
  await keepTold(told, before, journal, report.at);
  const tried = await say(owing, journal);
  for (const { road, error } of tried) if (error !== undefined) log?.(`could not tell by ${road.name}`, error);
  const unheard = await tellOfRoads(tried, told, world, moment);
  const minute = minuteOf(report);
  if (isWorthKeeping(minute, last)) await journal.append(minute);
  if (unheard !== undefined) throw unheard;
  return report;
}

const unlooked = ({ estate }: Place, only?: readonly string[]): readonly string[] =>
  estate.images.flatMap(({ name, source }) => (only === undefined || only.includes(source) ? [] : [name]));

/** What was amiss with images that this run did not look at. Not looked at is not resolved. */
const carriedOver = (last: Minute | undefined, images: readonly string[]): readonly Finding[] =>
  (last?.amiss ?? []).filter(({ subject }) => images.some((name) => subject.startsWith(`${name}:`)));

/** A step that fails every five minutes for the same reason is told once, like the finding that asks for it. */
function withoutOldFailures(last: Minute | undefined, report: Report): Report {
  const known = new Set(
    (last?.taken ?? []).filter(({ error }) => error !== undefined).map((taken) => JSON.stringify(taken)),
  );
  return { ...report, taken: report.taken.filter((taken) => !known.has(JSON.stringify(taken))) };
}
