import type { Finding } from './core/finding.ts';
import { minuteOf, news, type Minute, type News, type Report } from './core/report.ts';
import { days, plus } from './core/time.ts';
import { nothingTold, type Told } from './core/told.ts';
import type { Journal, World } from './ports.ts';

/** A crew that is away for a week must not fill the journal's item; what is left out is still among the promotions. */
const MOST_UNTOLD = 500;

/**
 * Tells what is news, and what could not be told before that first. Resolves to the report as it was written down.
 *
 * What is to be told is written down before it is said, and struck out after: a death in between repeats news, it
 * never loses any. A crew that cannot be reached is our own failure, thrown once the record is complete.
 */
export async function tell(seen: Report, { journal, crew, estate }: World, only?: readonly string[]): Promise<Report> {
  const last = await journal.last(seen.automation);
  const unlooked = only === undefined ? [] : estate.images.filter(({ source }) => !only.includes(source));
  const carried = carriedOver(
    last,
    unlooked.map(({ name }) => name),
  );
  const report = { ...seen, findings: [...carried, ...seen.findings] };
  const before = await toldSoFar(report, journal);
  const heard = news(before, withoutOldFailures(last, report));
  const lines = await toTell(heard.news, report, journal);

  if (lines.length > 0) await journal.setUntold(report.automation, lines);
  await keepTold(heard.told, before, report, journal);
  const [said] = await Promise.allSettled([lines.length > 0 ? crew.say(lines) : undefined]);
  if (lines.length > 0 && said.status === 'fulfilled') await journal.setUntold(report.automation, []);
  await journal.append(minuteOf(report));
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

async function keepTold(told: Told, before: Told, { at }: Report, journal: Journal): Promise<void> {
  const text = JSON.stringify(told);
  if (text !== JSON.stringify(before)) await journal.keep(TOLD, text, plus(at, REMEMBERED_MS));
}

async function toTell(heard: readonly News[], { automation }: Report, journal: Journal): Promise<News[]> {
  const untold = await journal.untold(automation);
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
