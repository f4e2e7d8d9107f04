import type { Check } from '../check.ts';
import { AHEAD_MS } from '../credential.ts';
import { judgeFrozenKeys, judgeRotator } from '../rotators.ts';
import { plus } from '../time.ts';

/** No rotator replaces a key in a workshop’s window, and no pause outlives the key that it freezes. */
export const rotationStaysOutOfWindows: Check<'keys' | 'windows'> = {
  name: 'rotation-stays-out-of-windows',
  needs: ['keys', 'windows'],
  judge: ({ keys, windows: { pauses } }, now) => {
    const near = pauses.filter(({ dueFrom }) => dueFrom <= plus(now, AHEAD_MS));
    return [
      ...keys.rotators.flatMap((rotator) => judgeRotator(rotator, near, now)),
      ...judgeFrozenKeys(keys, near, now),
    ];
  },
};
