import type { Finding } from '../core/finding.ts';
import { targetOf, type Step } from '../core/step.ts';
import { days, plus } from '../core/time.ts';
import type { Journal } from '../ports.ts';

/** How long a step that did not help against a warning is left alone. A failure is tried every time. */
const REST_MS = days(1);

/**
 * Whether a step is still worth taking: not when only warnings ask for it, and it has just been taken for all of them.
 *
 * A region that refuses signatures for good would otherwise have the same thing done, and told, every hour.
 */
export async function isWorthTaking(step: Step, findings: readonly Finding[], tries: Tries): Promise<boolean> {
  // A knob that is still not where it should be is another move each time, whatever it is told as.
  if (step.kind !== 'mirror-image') return true;
  const warnings = onlyWarnings(step, findings);
  if (warnings === undefined) return true;
  const tried = new Set((await tries.journal.kept(keyOf(step, tries), tries.now))?.split('\n'));
  return warnings.some((warning) => !tried.has(warning));
}

/** Writes down which warnings a step was taken for. */
export async function noteTried(step: Step, findings: readonly Finding[], tries: Tries): Promise<void> {
  const warnings = onlyWarnings(step, findings);
  if (warnings) await tries.journal.keep(keyOf(step, tries), warnings.join('\n'), plus(tries.now, REST_MS));
}

export interface Tries {
  readonly journal: Journal;
  readonly automation: string;
  readonly now: Date;
}

const keyOf = (step: Step, { automation }: Tries): string => `tried by ${automation}: ${targetOf(step)}`;

/** The warnings that ask for a step, a line each; `undefined` when something worse asks for it too. */
function onlyWarnings(step: Step, findings: readonly Finding[]): readonly string[] | undefined {
  const askers = findings.filter(
    (finding) =>
      finding.status !== 'ok' && finding.remedy.by === 'greenroom' && targetOf(finding.remedy.step) === targetOf(step),
  );
  return askers.every(({ status }) => status === 'warn') ? askers.map(spellWarning) : undefined;
}

const spellWarning = ({ check, subject, evidence: { want, have } }: Finding): string =>
  JSON.stringify([check, subject, want, have]);
