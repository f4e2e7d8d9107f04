import type { Check } from '../check.ts';
import type { Judgement, Remedy } from '../finding.ts';
import type { Shut } from '../posture.ts';
import type { Hold } from '../promotion.ts';
import { CALENDAR, titlesOf, type RoomSighting } from '../room.ts';
import { spoken } from '../time.ts';
import type { Step } from '../step.ts';

/** No image is promoted from a day before a workshop until it is over, and images move again afterwards. */
export const promotionsAreHeld: Check<'room'> = {
  name: 'promotions-are-held',
  needs: ['room'],
  judge: ({ room }) => [judgeHold(room)],
};

function judgeHold({ hold, posture }: RoomSighting): Judgement {
  const have = hold ? `held until ${spoken(hold.until)}` : 'not held';
  const subject = 'promotions';
  // What is held stays held until its end: nothing is changed because a calendar could not be read.
  if (!posture.seen) return { subject, status: 'ok', evidence: { want: 'what the calendar last asked', have } };
  const { held } = posture.value;
  if (!held) {
    const evidence = { want: 'free to be promoted', have };
    if (!hold) return { subject, status: 'ok', evidence };
    return { subject, status: 'warn', evidence, remedy: greenroom({ kind: 'release-promotions', hold }) };
  }
  const wanted = holdFor(held);
  const evidence = { want: `held until ${spoken(wanted.until)} for ${wanted.why}`, have };
  if (hold && isSame(hold, wanted)) return { subject, status: 'ok', evidence };
  return { subject, status: 'fail', evidence, remedy: greenroom({ kind: 'hold-promotions', hold: wanted }) };
}

const holdFor = ({ from, until, workshops }: Shut): Hold => ({
  id: CALENDAR,
  scope: '*',
  since: from,
  until,
  by: CALENDAR,
  why: titlesOf(workshops),
});

const isSame = (a: Hold, b: Hold): boolean => a.until.getTime() === b.until.getTime() && a.why === b.why;

const greenroom = (step: Step): Remedy => ({ by: 'greenroom', step });
