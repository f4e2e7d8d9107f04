import { isQuiet, type QuietHours } from './quiet-hours.ts';
import { severityOf, type News, type Severity } from './report.ts';

/** Whom news is for: what a road tells, and when it may. */
export interface Hearing {
  readonly hears?: readonly Severity[] | undefined;
  readonly quiet?: QuietHours | undefined;
  /** A workshop is a day away at most, or on: then nothing waits. */
  readonly near: boolean;
}

/** The road by which a failed run of the state machine is told as well, by the machine itself. */
export const E_MAIL = 'e-mail';

/** People who are away for a week must not fill the journal's item; the promotions are in the journal anyway. */
const MOST_UNTOLD = 500;

/**
 * What a road has to tell: what is left from before, and then what is new to it.
 *
 * What waits already is not added again, unless something else about it came in between: who is told that it failed, was
 * put right and failed again must hear the last of these too.
 */
export function owed(
  untold: readonly News[],
  fresh: readonly News[],
  { hears }: Pick<Hearing, 'hears'>,
): readonly News[] {
  const all = [...untold];
  for (const news of fresh) {
    if (hears && !hears.includes(severityOf(news))) continue;
    const last = news.kind === 'done' ? undefined : all.findLast((each) => isAbout(each, news));
    if (!last || !saysAll(last, news)) all.push(news);
  }
  if (all.length === untold.length) return untold;
  const tooMany = all.length - MOST_UNTOLD;
  return tooMany > 0 ? [leftOut(tooMany + 1), ...all.slice(tooMany + 1)] : all;
}

const isAbout = (one: News, other: News): boolean =>
  one.subject === other.subject && one.about?.check === other.about?.check;

/** Whether who hears the one need not hear the other. A reminder says nothing that its first news does not say. */
function saysAll(one: News, other: News): boolean {
  if (!one.about || !other.about) return one.line === other.line;
  const kinds = [one.kind, other.kind].map((kind) => (kind === 'reminder' ? 'amiss' : kind));
  return kinds[0] === kinds[1] && one.about.status === other.about.status && one.about.rung === other.about.rung;
}

const leftOut = (count: number): News => ({
  kind: 'failed',
  subject: 'telling',
  line: `failed: ${count} older lines could not be told; the promotions among them are in the journal`,
});

/**
 * Whether news waits for the end of the quiet hours. What fails never waits, nor does its end, for which somebody may be
 * awake; and near a workshop nothing does.
 */
export function waits(news: News, { quiet, near }: Hearing, now: Date): boolean {
  if (near || !quiet || !isQuiet(now, quiet)) return false;
  return news.kind === 'reminder' || severityOf(news) !== 'fail';
}
