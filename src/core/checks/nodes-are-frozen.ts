import type { Check } from '../check.ts';
import { judgeKnob } from '../knob.ts';

/** No node is replaced under a workshop, where the policy freezes nodes. */
export const nodesAreFrozen: Check<'room'> = {
  name: 'nodes-are-frozen',
  needs: ['room'],
  judge: ({ room }, now) =>
    room.knobs.filter(({ kind }) => kind === 'freeze').map((knob) => judgeKnob(knob, room, now)),
};
