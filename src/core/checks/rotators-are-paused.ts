import type { Check } from '../check.ts';
import { judgeKnob } from '../knob.ts';

/** Nothing rotates a credential in a workshop’s window, and everything that was paused for it goes on afterwards. */
export const rotatorsArePaused: Check<'room'> = {
  name: 'rotators-are-paused',
  needs: ['room'],
  judge: ({ room }, now) => room.knobs.filter(({ kind }) => kind === 'pause').map((knob) => judgeKnob(knob, room, now)),
};
