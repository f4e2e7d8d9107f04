import type { Trouble } from '../announcement.ts';
import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import { spoken } from '../time.ts';

/** Every event of the calendar could be read without guessing; where not, its organiser is asked. */
export const eventsAreUnderstood: Check<'room'> = {
  name: 'events-are-understood',
  needs: ['room'],
  concerns: ({ calendar }) => calendar !== undefined,
  judge: ({ room: { calendar } }) => (calendar.seen && calendar.value ? judgeEvents(calendar.value.troubles) : []),
};

/** One finding for an event, whatever is the matter with it: its subject is what makes it the same event tomorrow. */
function judgeEvents(troubles: readonly Trouble[]): Judgement[] {
  const whys = new Map<string, string[]>();
  for (const trouble of troubles) {
    const subject = subjectOf(trouble);
    whys.set(subject, [...(whys.get(subject) ?? []), trouble.why]);
  }
  return [...whys].map(([subject, why]) => ({
    subject,
    status: 'warn',
    evidence: { want: 'an event that can be read without guessing', have: why.join('; ') },
    remedy: { by: 'person', ask: `Ask the organiser of ${subject} to put it right.` },
  }));
}

const subjectOf = ({ event, at }: Trouble): string => `“${event}”${at ? ` at ${spoken(at)}` : ''}`;
