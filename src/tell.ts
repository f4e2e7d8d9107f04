import type { Finding } from './core/finding.ts';
import { minuteOf, news, type Minute, type News, type Report } from './core/report.ts';
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
  const lines = await toTell(last, report, journal);

  if (lines.length > 0) await journal.setUntold(report.automation, lines);
  const [said] = await Promise.allSettled([lines.length > 0 ? crew.say(lines) : undefined]);
  if (lines.length > 0 && said.status === 'fulfilled') await journal.setUntold(report.automation, []);
  await journal.append(minuteOf(report));
  if (said.status === 'rejected') throw said.reason;
  return report;
}

/** What was amiss with images that this run did not look at. Not looked at is not resolved. */
const carriedOver = (last: Minute | undefined, images: readonly string[]): readonly Finding[] =>
  (last?.amiss ?? []).filter(({ subject }) => images.some((name) => subject.startsWith(`${name}:`)));

async function toTell(last: Minute | undefined, report: Report, journal: Journal): Promise<News[]> {
  const untold = await journal.untold(report.automation);
  const known = new Set(untold.map(({ line }) => line));
  const fresh = news(last, withoutOldFailures(last, report)).filter(
    ({ kind, line }) => kind === 'done' || !known.has(line),
  );
  const lines = [...untold, ...fresh];
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
