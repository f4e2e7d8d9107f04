import type { Evidence, Finding, Status } from '../core/finding.ts';
import { remedyOf, type RemedyView } from '../core/remedy.ts';
import { nothingTold, sinceIn, type Told } from '../core/told.ts';

export interface FindingView {
  readonly check: string;
  readonly subject: string;
  readonly status: Status;
  readonly evidence: Evidence;
  readonly remedy?: RemedyView;
  /** Since when it is amiss, as people were told. */
  readonly since?: Date;
}

const ORDER: readonly Status[] = ['fail', 'unknown', 'warn', 'ok'];

/** The worst first, otherwise as the checks gave them. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));

export const findingViews = (findings: readonly Finding[], told: Told = nothingTold): FindingView[] =>
  worstFirst(findings).map((finding) => ({
    check: finding.check,
    subject: finding.subject,
    status: finding.status,
    evidence: finding.evidence,
    ...(finding.status !== 'ok' && { remedy: remedyOf(finding), ...sinceOf(finding, told) }),
  }));

function sinceOf(finding: Finding, told: Told): { since?: Date } {
  const since = sinceIn(told, finding);
  return since === undefined ? {} : { since: new Date(since) };
}
