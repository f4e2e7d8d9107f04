import type { Adviser } from './http/refusal.ts';
import type { Ways } from './oci.ts';
import { door } from './oci/door.ts';

export const isGhcr = (registry: string): boolean => registry === 'ghcr.io';

/**
 * What is known of GHCR before it is asked anything: how it wants to be asked for tokens, which saves the refusal
 * that would tell, and that it has no referrers API, which saves one request per manifest to a web page with a rate
 * limit of its own. A stand-in that listens elsewhere gives tokens of its own, so there only the latter holds.
 */
export const ghcrWays = ({ host }: Pick<Ways, 'host'>): Pick<Ways, 'referrersApi'> & Partial<Pick<Ways, 'door'>> => ({
  referrersApi: false,
  ...(host === undefined && {
    door: { ...door(), challenge: 'Bearer realm="https://ghcr.io/token",service="ghcr.io"', known: true },
  }),
});

/**
 * GHCR says `denied` of what is private and of what does not exist, and to every kind of token but one: classic personal
 * access tokens (and a workflow's own). It does not say so. Source: github docs, "about permissions for packages".
 */
export const ghcrAdvice: Adviser = ({ status }) =>
  status === 401 || status === 403
    ? {
        remedy:
          'there is no such package, or it is private: log in to ghcr.io with a classic personal access token that has read:packages',
      }
    : undefined;
