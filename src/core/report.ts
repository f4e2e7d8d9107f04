import { isGo, type Finding, type Status } from './finding.ts';
import { isTold, spellStep, type Step } from './step.ts';
import { between, days } from './time.ts';
import { hear, type Told } from './told.ts';

/** What came of a step. In AWS a long one is only started; the state machine tells the rest. */
export interface Taken {
  readonly step: Step;
  readonly result?: string;
  readonly error?: string;
}

/** The findings of one run, the steps taken, and so the verdict. */
export interface Report {
  readonly automation: string;
  readonly at: Date;
  readonly findings: readonly Finding[];
  readonly taken: readonly Taken[];
}

/**
 * A report as the journal keeps it: counts, and only those who are amiss.
 *
 * A look every five minutes over many images would otherwise outgrow DynamoDB's 400 KB item, and nobody reads
 * what was fine.
 */
export interface Minute {
  readonly automation: string;
  readonly at: Date;
  readonly counts: Readonly<Record<Status, number>>;
  readonly amiss: readonly Finding[];
  readonly taken: readonly Taken[];
}

export function minuteOf({ automation, at, findings, taken }: Report): Minute {
  const counts = { ok: 0, warn: 0, fail: 0, unknown: 0 };
  for (const { status } of findings) counts[status] += 1;
  return { automation, at, counts, amiss: findings.filter(({ status }) => status !== 'ok'), taken };
}

/** A journal forgets minutes after months; what was amiss must be known for as long as it is. */
const SAY_AGAIN_MS = days(1);

/**
 * Whether a minute says anything that the last one did not, or is a day younger than it.
 *
 * A quiet look writes nothing: that it looked is for whoever runs it to say, as Lambda's own count of runs does, and
 * when it stops an alarm rings that does not depend on the journal.
 */
export const isWorthKeeping = (minute: Minute, last: Minute | undefined): boolean =>
  !last || between(last.at, minute.at) >= SAY_AGAIN_MS || saysOf(minute) !== saysOf(last);

const saysOf = ({ counts, amiss, taken }: Minute): string => JSON.stringify([counts, amiss, taken]);

/** `parity: no-go, 2 of 9 not ready`. */
export function headline({ automation, findings }: Report): string {
  const amiss = findings.filter(({ status }) => status !== 'ok').length;
  return `${automation}: ${isGo(findings) ? 'go' : 'no-go'}, ${amiss} of ${findings.length} not ready`;
}

/** One thing worth telling: something became amiss, changed its kind, was put right, or was done. */
export interface News {
  readonly kind: 'amiss' | 'resolved' | 'done' | 'failed';
  readonly subject: string;
  readonly line: string;
}

const GRAVEST_FIRST = ['failed', 'amiss', 'resolved', 'done'] as const satisfies readonly News['kind'][];

/** The gravest kind first, otherwise as they came: what is at the end of a message is what may be cut off. */
export const gravestFirst = (news: readonly News[]): News[] =>
  GRAVEST_FIRST.flatMap((kind) => news.filter((item) => item.kind === kind));

/** `Greenroom ai.coder.com: 1 failed, 2 amiss`. */
export function newsHeadline(estate: string, news: readonly News[]): string {
  const counts = GRAVEST_FIRST.flatMap((kind) => {
    const count = news.filter((item) => item.kind === kind).length;
    return count > 0 ? [`${count} ${kind}`] : [];
  });
  return `Greenroom ${estate}: ${counts.join(', ')}`;
}

/** What people have not heard yet; only that is told. Steps are always news: a change that nobody heard of is a riddle. */
export function news(told: Told, report: Report): { readonly news: News[]; readonly told: Told } {
  const heard = hear(told, report);
  const steps = report.taken.filter(({ step, error }) => error !== undefined || isTold(step)).map(taken);
  return { news: [...steps, ...heard.fresh.map(complaint), ...heard.over.map(resolved)], told: heard.told };
}

function complaint(finding: Finding): News {
  const { status, subject, check, evidence } = finding;
  const remedy = finding.status === 'ok' ? '' : ` → ${spellRemedy(finding)}`;
  const line = `${status}: ${subject}: ${check}: want ${evidence.want}, have ${evidence.have}${remedy}`;
  return { kind: 'amiss', subject, line };
}

function spellRemedy(finding: Exclude<Finding, { status: 'ok' }>): string {
  return finding.remedy.by === 'person' ? finding.remedy.ask : `Greenroom will ${spellStep(finding.remedy.step)}`;
}

const resolved = ({ subject, check }: Pick<Finding, 'subject' | 'check'>): News => ({
  kind: 'resolved',
  subject,
  line: `resolved: ${subject}: ${check}`,
});

function taken({ step, result, error }: Taken): News {
  const subject = spellStep(step);
  return error === undefined
    ? { kind: 'done', subject, line: `done: ${subject}${result === undefined ? '' : `: ${result}`}` }
    : { kind: 'failed', subject, line: `failed: ${subject}: ${error}` };
}
