import type { Check } from '../check.ts';
import { outlastsAll } from '../credential.ts';

/** Everything that ends by itself ends after the workshops of the next days, and a day later at least. */
export const credentialsOutlastWorkshops: Check<'credentials' | 'windows'> = {
  name: 'credentials-outlast-workshops',
  needs: ['credentials', 'windows'],
  judge: ({ credentials, windows }, now) => credentials.flatMap((credential) => outlastsAll(credential, windows, now)),
};
