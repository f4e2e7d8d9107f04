import type { Check } from '../check.ts';
import { warning } from '../credential.ts';

/** Whatever the calendar says, people hear 7, 3 and 1 days ahead that something ends, each time once. */
export const warnedInTime: Check<'credentials'> = {
  name: 'warned-in-time',
  needs: ['credentials'],
  judge: ({ credentials }, now) => credentials.map((credential) => warning(credential, now)),
};
