import type { Check } from '../check.ts';
import { freshness, outlastingIn } from '../freshness.ts';

/** Before rotation is paused for a workshop, every key is made to outlast the pause, and proven to work. */
export const keysOutlastThePause: Check<'room'> = {
  name: 'keys-outlast-the-pause',
  needs: ['room'],
  concerns: ({ gateway }) => gateway?.kind === 'litellm',
  judge: ({ room }, now) => {
    const outlasting = outlastingIn(room);
    const gateway = room.keys?.seen ? room.keys.value.gateway : undefined;
    if (!outlasting)
      return [{ subject: 'keys', status: 'ok', evidence: { want: 'nothing now', have: 'no pause is near' } }];
    if (room.keys?.seen && gateway)
      return room.keys.value.keys.map((sighting) => freshness(sighting, gateway, outlasting, now));
    const have = room.keys?.seen === false ? room.keys.why : 'not looked at';
    const remedy = { by: 'person', ask: 'Check that the gateway answers.' } as const;
    const evidence = { want: 'a look at the keys', have };
    return [{ subject: 'keys', status: 'unknown', hides: '', evidence, remedy }];
  },
};
