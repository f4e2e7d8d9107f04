import { judgeArrival } from '../arrival.ts';
import type { Check } from '../check.ts';

/** What was asked for is there: pods that are ready and, for provisioners, known to Coder. Asked is not arrived. */
export const floorsHaveArrived: Check<'room'> = {
  name: 'floors-have-arrived',
  needs: ['room'],
  judge: ({ room }, now) => room.knobs.flatMap((knob) => judgeArrival(knob, room, now)),
};
