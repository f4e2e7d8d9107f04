import type { Gone } from '../calendar.ts';
import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import { spoken } from '../time.ts';

/** No workshop goes from the calendar once its preparation has begun without people hearing of it. */
export const nearWorkshopsStayAnnounced: Check<'room'> = {
  name: 'near-workshops-stay-announced',
  needs: ['room'],
  concerns: ({ calendar }) => calendar !== undefined,
  judge: ({ room: { calendar } }) => (calendar.seen && calendar.value ? calendar.value.gone.map(judgeGone) : []),
};

function judgeGone(gone: Gone): Judgement {
  const { workshop, since, how } = gone;
  return {
    subject: `“${workshop.title}” at ${spoken(workshop.starts)}`,
    status: 'warn',
    // What became of it is another piece of news than that it is gone.
    rung: how,
    evidence: { want: 'in the calendar as it was', have: `${spellHow(gone)} since ${spoken(since)}` },
    remedy: { by: 'person', ask: WHAT_NOW[how](workshop.id) },
  };
}

const spellHow = ({ how, by }: Gone): string =>
  how === 'called off' && by !== undefined ? `gone, and called off by ${by},` : how;

const WHAT_NOW: Readonly<Record<Gone['how'], (id: string) => string>> = {
  vanished: (id) =>
    `Everything stays prepared for it. Put it back into the calendar; or, if it will not take place: greenroom confirm "${id}".`,
  moved: () => 'Nothing, if that is right: it is prepared for where it is now.',
  'called off': () => 'Nothing, if that is right: what was prepared for it is put back. Otherwise announce it again.',
};
