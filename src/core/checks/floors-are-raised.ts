import type { Check } from '../check.ts';
import { judgeKnob } from '../knob.ts';

/** Every pool has at least the replicas that the workshops ask for, and gets back to what it had when they are over. */
export const floorsAreRaised: Check<'room'> = {
  name: 'floors-are-raised',
  needs: ['room'],
  judge: ({ room }, now) => room.knobs.filter(({ kind }) => kind === 'floor').map((knob) => judgeKnob(knob, room, now)),
};
