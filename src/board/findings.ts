import type { Evidence, Finding, Remedy, Status } from '../core/finding.ts';
import { spellStep, type Step } from '../core/step.ts';

export interface FindingView {
  readonly check: string;
  readonly subject: string;
  readonly status: Status;
  readonly evidence: Evidence;
  readonly remedy?: RemedyView;
}

export interface RemedyView {
  readonly by: Remedy['by'];
  /** One sentence to a person. */
  readonly say: string;
  /** What to type where it should not wait. */
  readonly command?: string;
}

const ORDER: readonly Status[] = ['fail', 'unknown', 'warn', 'ok'];

/** The worst first, otherwise as the checks gave them. */
export const worstFirst = (findings: readonly Finding[]): Finding[] =>
  [...findings].sort((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status));

export const findingViews = (findings: readonly Finding[]): FindingView[] =>
  worstFirst(findings).map((finding) => ({
    check: finding.check,
    subject: finding.subject,
    status: finding.status,
    evidence: finding.evidence,
    ...(finding.status !== 'ok' && { remedy: remedyView(finding.remedy) }),
  }));

export function remedyView(remedy: Remedy): RemedyView {
  return remedy.by === 'person'
    ? { by: 'person', say: remedy.ask }
    : { by: 'greenroom', say: `Greenroom will ${spellStep(remedy.step)}.`, command: commandOf(remedy.step) };
}

/** How a person takes the same step at once. Knobs are turned by the loop alone, or by a person's own hand. */
const commandOf = (step: Step): string =>
  step.kind === 'mirror-image' ? `npx greenroom mirror ${step.image}:${step.tag}` : 'npx greenroom posture';
