import { isGo, type Finding } from '../core/finding.ts';
import { between, days, minutes } from '../core/time.ts';
import { remedyOf, type RemedyView } from '../core/remedy.ts';
import { worstFirst } from './findings.ts';
import type { ImageView, Place } from './releases.ts';
import { count, relative, roughly } from './words.ts';

/** One word, one sentence why, and what to do about it. */
export interface Verdict {
  readonly word: 'GO' | 'NO-GO' | 'UNKNOWN';
  readonly why: string;
  readonly remedy?: RemedyView;
}

interface Input {
  readonly findings: readonly Finding[];
  readonly images: readonly ImageView[];
  readonly places: readonly Place[];
  readonly now: Date;
  readonly lookedAt: Date;
  /** Whom it is for: the workshop that is on or comes next. */
  readonly workshop?: { readonly title: string; readonly starts: Date };
}

/** Four looks at the usual five minutes. */
const STALE = minutes(20);

/**
 * GO when everything was looked at lately and nothing failed; NO-GO when something failed; otherwise UNKNOWN.
 *
 * The findings decide. The board only ever takes a GO away: when nobody looked, or when it would stand above a
 * cell that says that nobody knows.
 */
export function verdictOn(input: Input): Verdict {
  const { workshop, now } = input;
  const verdict = judged(input);
  if (!workshop || !isNear(workshop, now)) return verdict;
  const when = now < workshop.starts ? `starts ${relative(now, workshop.starts)}` : 'is on';
  return { ...verdict, why: `“${workshop.title}” ${when}. ${verdict.why}` };
}

/** From when on people ask for its sake. */
const NEAR = days(2);
const isNear = ({ starts }: { readonly starts: Date }, now: Date): boolean => between(now, starts) <= NEAR;

function judged(input: Input): Verdict {
  const { findings } = input;
  const failed = findings.some(({ status }) => status === 'fail');
  if (failed) return { word: 'NO-GO', ...worst(findings) };
  const silent = silence(input);
  if (silent) return { word: 'UNKNOWN', ...silent };
  if (!isGo(findings)) return { word: 'UNKNOWN', ...worst(findings) };
  const warned = findings.filter(({ status }) => status === 'warn').length;
  const fine = findings.length - warned;
  const good = `${count(fine, 'finding')} ${fine === 1 ? 'is' : 'are'} ok`;
  return {
    word: 'GO',
    why: warned === 0 ? `Nothing stands in the way: ${good}.` : `${good}, ${warned} to keep an eye on.`,
  };
}

function worst(findings: readonly Finding[]): Omit<Verdict, 'word'> {
  const [first, ...others] = worstFirst(findings).filter(({ status }) => status === 'fail' || status === 'unknown');
  if (!first || first.status === 'ok') return { why: 'Nothing has been judged yet.' };
  const { subject, evidence } = first;
  const more = others.length > 0 ? ` And ${others.length} more below.` : '';
  return { why: `${subject}: want ${evidence.want}, have ${evidence.have}.${more}`, remedy: remedyOf(first) };
}

function silence({ findings, images, now, lookedAt }: Input): Omit<Verdict, 'word'> | undefined {
  if (findings.length === 0) return { why: 'Nothing has been judged yet.', remedy: ASK_TO_LOOK };
  const age = between(lookedAt, now);
  if (age > STALE) return { why: `Greenroom last looked ${roughly(age)} ago.`, remedy: ASK_TO_LOOK };
  if (!isGo(findings)) return undefined;
  const dark = images.flatMap(({ releases }) =>
    releases.flatMap(({ key, cells }) =>
      cells.filter(({ state, digest }) => state === 'unknown' && !digest).map((cell) => ({ key, ...cell })),
    ),
  );
  const first = dark[0];
  return first && { why: `${first.key} in ${first.city}: ${first.note ?? 'not looked at yet'}.`, remedy: ASK_TO_LOOK };
}

const ASK_TO_LOOK: RemedyView = {
  by: 'person',
  say: 'Ask Greenroom to look now, and find out why it does not look by itself.',
  command: 'npx greenroom parity',
};
