import type { Finding, Remedy } from './finding.ts';
import { spellStep, type Step } from './step.ts';

/** What is to be done about a finding, in words and to be typed. */
export interface RemedyView {
  readonly by: Remedy['by'];
  /** One sentence to a person. */
  readonly say: string;
  /** What to type: to do it at once, or to see more of it. */
  readonly command?: string;
}

/** The same words wherever people read them: a message, a terminal, the board. */
export function remedyOf({ check, subject, remedy }: Exclude<Finding, { status: 'ok' }>): RemedyView {
  if (remedy.by === 'greenroom')
    return { by: 'greenroom', say: `Greenroom will ${spellStep(remedy.step)}.`, command: commandOf(remedy.step) };
  return { by: 'person', say: remedy.ask, command: `npx greenroom ${named(remedy.ask) ?? looking(check, subject)}` };
}

/** How a person takes the same step at once. Knobs are turned by the loop alone, or by a person's own hand. */
const commandOf = (step: Step): string =>
  step.kind === 'mirror-image' ? `npx greenroom mirror ${step.image}:${step.tag}` : 'npx greenroom posture';

/**
 * A sentence that ends with a command. Only with what a shell takes as it stands: what an event is called may come from
 * anybody who can write into the calendar, and this is to be copied.
 */
const named = (ask: string): string | undefined => /\bgreenroom ([a-z][\w@.:,"#+/ -]*?)\.?$/.exec(ask)?.[1];

/** Where a sentence names none: the command that shows it. */
function looking(check: string, subject: string): string {
  const [release] = /^[\w.-]+:[\w.-]+(?= in |$)/.exec(subject) ?? [];
  return SHOWN_BY.find(([pattern]) => pattern.test(check))?.[1] ?? (release ? `parity ${release}` : 'parity');
}

const SHOWN_BY = [
  [/calendar|events|announced/, 'workshops'],
  [/keys?-|credentials|warned|ends-are/, 'keys'],
  [/floors|rotat|nodes|held/, 'posture'],
] as const;
