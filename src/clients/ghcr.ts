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
