import { isGo, type Amiss, type Finding, type Status } from './finding.ts';
import { remedyOf, type RemedyView } from './remedy.ts';
import { isTold, spellStep, type Step } from './step.ts';
import { between, days, spoken, spokenDuration } from './time.ts';
import { hear, outageOf, type Complaint, type Over, type Rate, type Told } from './told.ts';

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

/** One thing worth telling: something became amiss, still is, changed its kind, was put right, or was done. */
export interface News {
  readonly kind: 'amiss' | 'reminder' | 'resolved' | 'done' | 'failed';
  readonly subject: string;
  /** All of it in one line, for logs and for whoever has no room for more. */
  readonly line: string;
  /** The finding that it is about. */
  readonly about?: About;
}

/** What people want to know of a finding. Plain data, as it waits in the journal: instants are ISO texts. */
export interface About {
  readonly check: string;
  readonly status: Amiss['status'];
  readonly rung?: string;
  readonly since: string;
  /** Until when, where it is over. */
  readonly until?: string;
  readonly want?: string;
  readonly have?: string;
  readonly remedy?: RemedyView;
  /** Whoever does not answer: all that is unknown for one such reason is one piece of news. */
  readonly outage?: string;
}

/** How bad news is: the status of what it is about, also where that is over. What was done is none of these. */
export type Severity = Amiss['status'] | 'done';

export const severityOf = ({ kind, about }: News): Severity => (kind === 'done' ? 'done' : (about?.status ?? 'fail'));

const GRAVEST_FIRST = ['failed', 'amiss', 'reminder', 'resolved', 'done'] as const satisfies readonly News['kind'][];

/** The gravest kind first, otherwise as they came: what is at the end of a message is what may be cut off. */
export const gravestFirst = (news: readonly News[]): News[] =>
  GRAVEST_FIRST.flatMap((kind) => news.filter((item) => item.kind === kind));

const COUNTED: Readonly<Partial<Record<News['kind'], string>>> = { reminder: 'still amiss' };

/** `Greenroom ai.coder.com: 1 failed, 2 amiss`. */
export function newsHeadline(estate: string, news: readonly News[]): string {
  const counts = GRAVEST_FIRST.flatMap((kind) => {
    const count = news.filter((item) => item.kind === kind).length;
    return count > 0 ? [`${count} ${COUNTED[kind] ?? kind}`] : [];
  });
  return `Greenroom ${estate}: ${counts.join(', ')}`;
}

/**
 * What people have not heard yet, or so long ago that they are told again. Steps are always news: a change that nobody
 * heard of is a riddle.
 */
export function news(told: Told, report: Report, rate: Rate): { readonly news: News[]; readonly told: Told } {
  const heard = hear(told, report, rate);
  const steps = report.taken.filter(({ step, error }) => error !== undefined || isTold(step)).map(taken);
  return {
    news: [
      ...steps,
      ...heard.fresh.map((each) => complaint('amiss', each)),
      ...heard.again.map((each) => complaint('reminder', each)),
      ...heard.over.map(resolved),
    ],
    told: heard.told,
  };
}

function complaint(kind: 'amiss' | 'reminder', { finding, since }: Complaint): News {
  const { check, status, subject, rung, evidence } = finding;
  const remedy = remedyOf(finding);
  const outage = outageOf(finding);
  const { want, have } = evidence;
  const word = kind === 'amiss' ? status : `still ${status}, since ${spoken(new Date(since))}`;
  const line = `${word}: ${subject}: ${check}: want ${want}, have ${have} → ${remedy.say.replace(/\.$/, '')}`;
  const about = { check, status, since, want, have, remedy };
  const more = { ...(rung !== undefined && { rung }), ...(outage !== undefined && { outage }) };
  return { kind, subject, line, about: { ...about, ...more } };
}

function resolved({ subject, ...over }: Over): News {
  const lasted = spokenDuration(between(new Date(over.since), new Date(over.until)));
  return { kind: 'resolved', subject, line: `resolved: ${subject}: ${over.check}: after ${lasted}`, about: over };
}

function taken({ step, result, error }: Taken): News {
  const subject = spellStep(step);
  return error === undefined
    ? { kind: 'done', subject, line: `done: ${subject}${result === undefined ? '' : `: ${result}`}` }
    : { kind: 'failed', subject, line: `failed: ${subject}: ${error}` };
}
