import type { Step } from './step.ts';

/**
 * One thing we looked at, what we saw, and what to do about it.
 *
 * Every check returns findings and every report is made of them; nothing else crosses from judging to acting to
 * telling. A finding that is not ok always carries a remedy: the type refuses a complaint without a way forward.
 */
export type Finding = Judgement & { readonly check: string };

/** A finding before it is signed with the name of the check that made it. */
export type Judgement = Ok | Amiss;

interface Ok extends Looked {
  readonly status: 'ok';
}

export interface Amiss extends Looked {
  /** `unknown` means we could not look. It is never counted as ok. */
  readonly status: 'warn' | 'fail' | 'unknown';
  readonly remedy: Remedy;
}

interface Looked {
  /** `coder-preview:latest in us-west-2`: with the check's name, what makes two findings the same one. */
  readonly subject: string;
  /** What makes it news again although its status is the same: a threshold that was crossed, another date. */
  readonly rung?: string;
  /**
   * Subjects of its check that begin so cannot be seen while this is unknown: what was told of them is not over. Empty:
   * all of them. Left out: its own parts, `rotator in ohio for Agents 101` of `rotator in ohio`.
   */
  readonly hides?: string;
  readonly evidence: Evidence;
}

export type Status = Finding['status'];

/** The two halves of a comparison in words a facilitator can read aloud, and the number behind them where there is one. */
export interface Evidence {
  readonly want: string;
  readonly have: string;
  readonly gauge?: { readonly value: number; readonly unit: string };
}

/** Who can put it right: Greenroom, by taking a step, or a person, by being asked. */
export type Remedy =
  | { readonly by: 'greenroom'; readonly step: Step }
  | { readonly by: 'person'; readonly ask: string };

/** The steps Greenroom may take by itself, each once: the findings are the plan, and two regions may ask for the same. */
export function stepsIn(findings: readonly Finding[]): Step[] {
  const asked = findings.flatMap((finding) =>
    finding.status !== 'ok' && finding.remedy.by === 'greenroom' ? [finding.remedy.step] : [],
  );
  return [...new Map(asked.map((step) => [JSON.stringify(step), step])).values()];
}

/** Go only when everything was seen and nothing failed. A warning does not stop a workshop; silence does. */
export function isGo(findings: readonly Finding[]): boolean {
  return findings.length > 0 && findings.every(({ status }) => status === 'ok' || status === 'warn');
}
