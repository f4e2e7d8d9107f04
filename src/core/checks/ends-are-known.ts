import type { Check } from '../check.ts';

/** The end of everything that ends can be seen. A statement of its own, so that a look that failed warns nobody anew. */
export const endsAreKnown: Check<'credentials'> = {
  name: 'ends-are-known',
  needs: ['credentials'],
  judge: ({ credentials }) =>
    credentials.map(({ name: subject, expires, broken, renewal }) => {
      const want = 'its end can be seen';
      if (expires.seen || broken !== undefined) return { subject, status: 'ok', evidence: { want, have: 'seen' } };
      return {
        subject,
        status: 'unknown',
        evidence: { want, have: expires.why },
        remedy: { by: 'person', ask: renewal },
      };
    }),
};
