import { isLoopback, type Reference } from '../core/reference.ts';
import type { Repository } from '../ports.ts';
import type { Http } from './http.ts';
import type { Pacer } from './http/limits.ts';
import type { Adviser } from './http/refusal.ts';
import { lacking, read } from './oci/blobs.ts';
import type { Desk } from './oci/desk.ts';
import type { Credentials, Door } from './oci/door.ts';
import { referrers, tags } from './oci/lists.ts';
import { manifests } from './oci/manifests.ts';
import { uploads, write } from './oci/uploads.ts';

export type { Credentials } from './oci/door.ts';

/** One vendor's own ways, beside the protocol that all share. */
export interface Ways {
  readonly http: Http;
  readonly credentials: Credentials;
  /** Shared by all repositories of a registry. */
  readonly door: Door;
  /** Where the registry really listens, when that is not its name. */
  readonly host?: string;
  /** Spreads manifest writes out where a vendor allows only so many. */
  readonly pace?: Pacer;
  /** What a refusal means, where the vendor's words do not tell, and what to do about it. */
  readonly advise?: Adviser;
  /** `false` where it is known that there is no referrers API. */
  readonly referrersApi?: boolean;
  /** What a vendor does by an API of its own. */
  readonly own?: (shared: Pick<Repository, 'head' | 'manifest'>) => Partial<Omit<Repository, 'name'>>;
}

/** A repository, spoken to by the OCI distribution protocol 1.1. */
export function ociRepository({ registry, repository }: Reference, ways: Ways): Repository {
  const host = ways.host ?? registry;
  const desk: Desk = {
    name: `${registry}/${repository}`,
    base: new URL(`${isLoopback(host) ? 'http' : 'https'}://${host}/v2/${repository}/`),
    http: ways.http,
    door: ways.door,
    credentials: ways.credentials,
    pace: ways.pace,
    advise: ways.advise,
  };
  const shared = manifests(desk);
  return {
    name: desk.name,
    ...shared,
    lacking: (blobs, signal) => lacking(desk, blobs, signal),
    read: (blob, range, signal) => read(desk, blob, range, signal),
    write: (blob, signal) => write(desk, blob, signal),
    uploads: uploads(desk),
    tags: (signal) => tags(desk, signal),
    referrers: referrers(desk, ways.referrersApi),
    ensure: async (signal) => signal?.throwIfAborted(),
    ...ways.own?.(shared),
  };
}
