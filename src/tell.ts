import type { Finding } from './core/finding.ts';
import { isWorthKeeping, minuteOf, news, type Minute, type News, type Report } from './core/report.ts';
import { days, plus } from './core/time.ts';
import { nothingTold, type Told } from './core/told.ts';
import type { Journal, World } from './ports.ts';

/** A crew that is away for a week must not fill the journal's item; what is left out is still among the promotions. */
const MOST_UNTOLD = 500;

export interface Telling {
  /** Source repositories that were looked at, such as a webhook's. Left out: everything. */
  readonly only?: readonly string[];
  /**
   * Lets one run at a time tell what it saw, because two that compare with the same minute would both tell it, and one
   * could strike out what the other could not say. Left out where there is only one at a time.
   */
  readonly inTurn?: <T>(work: () => Promise<T>) => Promise<T>;
}

/**
 * Tells what is news, and what could not be told before that first. Resolves to the report as it was written down.
 *
 * What is to be told is written down before it is said, and struck out after: a death in between repeats news, it
 * never loses any. A crew that cannot be reached is our own failure, thrown once the record is complete. A report that
 * says what the one before it said is told to nobody and written nowhere; and only what is written needs a turn, in which
 * it is compared anew, because somebody else may have told it meanwhile.
 */
export async function tell(seen: Report, world: World, { only, inTurn }: Telling = {}): Promise<Report> {
  const first = await compare(seen, world, only);
  if (isQuiet(first)) return first.report;
  return inTurn ? inTurn(async () => writeDown(await compare(seen, world, only), world)) : writeDown(first, world);
}

/** What a report says beside what was said before it. */
interface Compared {
  readonly report: Report;
  readonly last: Minute | undefined;
  readonly before: Told;
  readonly told: Told;
  readonly lines: readonly News[];
}

async function compare(seen: Report, { journal, estate }: World, only?: readonly string[]): Promise<Compared> {
  const unlooked = only === undefined ? [] : estate.images.filter(({ source }) => !only.includes(source));
  const [last, before, untold] = await Promise.all([
    journal.last(seen.automation),
    toldSoFar(seen, journal),
    journal.untold(seen.automation),
  ]);
  const carried = carriedOver(
    last,
    unlooked.map(({ name }) => name),
  );
  const report = { ...seen, findings: [...carried, ...seen.findings] };
  const heard = news(before, withoutOldFailures(last, report));
  return { report, last, before, told: heard.told, lines: toTell(heard.news, untold) };
}

const isQuiet = ({ report, last, before, told, lines }: Compared): boolean =>
  lines.length === 0 && isSame(told, before) && !isWorthKeeping(minuteOf(report), last);

const isSame = (told: Told, before: Told): boolean => JSON.stringify(told) === JSON.stringify(before);

async function writeDown({ report, last, before, told, lines }: Compared, { journal, crew }: World): Promise<Report> {
  const { automation, at } = report;
  if (lines.length > 0) await journal.setUntold(automation, lines);
  if (!isSame(told, before)) await journal.keep(TOLD, JSON.stringify(told), plus(at, REMEMBERED_MS));
  const [said] = await Promise.allSettled([lines.length > 0 ? crew.say(lines) : undefined]);
  if (lines.length > 0 && said.status === 'fulfilled') await journal.setUntold(automation, []);
  const minute = minuteOf(report);
  if (isWorthKeeping(minute, last)) await journal.append(minute);
  if (said.status === 'rejected') throw said.reason;
  return report;
}

/** What was amiss with images that this run did not look at. Not looked at is not resolved. */
const carriedOver = (last: Minute | undefined, images: readonly string[]): readonly Finding[] =>
  (last?.amiss ?? []).filter(({ subject }) => images.some((name) => subject.startsWith(`${name}:`)));

/** Only what is told as long ago as this may be told again though nothing changed. */
const REMEMBERED_MS = days(365);
const TOLD = 'told';

async function toldSoFar({ at }: Report, journal: Journal): Promise<Told> {
  const text = await journal.kept(TOLD, at);
  return text === undefined ? nothingTold : (JSON.parse(text) as Told);
}

function toTell(heard: readonly News[], untold: readonly News[]): News[] {
  const known = new Set(untold.map(({ line }) => line));
  const lines = [...untold, ...heard.filter(({ kind, line }) => kind === 'done' || !known.has(line))];
  const tooMany = lines.length - MOST_UNTOLD;
  return tooMany > 0 ? [leftOut(tooMany + 1), ...lines.slice(tooMany + 1)] : lines;
}

/** A step that fails every five minutes for the same reason is told once, like the finding that asks for it. */
function withoutOldFailures(last: Minute | undefined, report: Report): Report {
  const known = new Set(
    (last?.taken ?? []).filter(({ error }) => error !== undefined).map((taken) => JSON.stringify(taken)),
  );
  return { ...report, taken: report.taken.filter((taken) => !known.has(JSON.stringify(taken))) };
}

const leftOut = (count: number): News => ({
  kind: 'failed',
  subject: 'telling',
  line: `failed: ${count} older lines could not be told; the promotions among them are in the journal`,
});
