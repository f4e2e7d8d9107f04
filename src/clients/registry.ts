import type { Reference } from '../core/reference.ts';
import type { Repository } from '../ports.ts';
import { challenged, loginAdvice, wallet, type LoginOf } from './bearer.ts';
import { ecrHost, ecrRegion, ecrWays, type EcrHost, type EcrRegion, type NewRepository } from './ecr.ts';
import { ghcrAdvice, ghcrWays, isGhcr } from './ghcr.ts';
import { httpClient } from './http.ts';
import type { HttpSettings } from './http/settings.ts';
import { ociRepository, type Ways } from './oci.ts';
import { door } from './oci/door.ts';

export interface RegistrySettings {
  readonly now: () => Date;
  /** Who we are at a registry, by its host; anonymous where nothing is given. */
  readonly login?: LoginOf;
  /** What a person does about a login that is missing or not taken, for errors. */
  readonly howToLogIn?: (registry: string) => string;
  readonly http?: HttpSettings;
  /** What ECR repositories are made with where they are missing. */
  readonly newRepository?: NewRepository;
  /** Where a registry really listens: `/etc/hosts` for registries, for trials on one machine. */
  readonly hosts?: ReadonlyMap<string, string>;
  /** ECR's API behind a registry's host, where it is not AWS's own. */
  readonly ecr?: (host: EcrHost) => EcrRegion;
}

/** Docker Hub answers under another name than the one that everybody writes. */
const LISTENS: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/**
 * Opens repositories by reference, each with the ways of whoever runs it.
 *
 * Connections, tokens, each host's patience and each region's pace are shared by all repositories that one call
 * opened: call it once and keep what it returns.
 */
export function registries(settings: RegistrySettings): (reference: Reference) => Repository {
  const http = httpClient(settings.http);
  const waysOf = once((registry: string) => {
    const host = settings.hosts?.get(registry) ?? LISTENS.get(registry);
    const where = { http, door: door(), ...(host !== undefined && { host }) };
    return waysInto(registry, where, settings);
  });
  return (reference) => ociRepository(reference, waysOf(reference.registry)(reference));
}

function waysInto(
  registry: string,
  where: Pick<Ways, 'http' | 'door' | 'host'>,
  settings: RegistrySettings,
): (reference: Reference) => Ways {
  const ecr = ecrHost(registry);
  if (ecr) {
    const region = settings.ecr?.(ecr) ?? ecrRegion({ ...ecr, now: settings.now });
    return (reference) => ({ ...where, ...ecrWays(reference, ecr, region, settings.newRepository ?? {}) });
  }
  const { login = async () => undefined, howToLogIn } = settings;
  const ghcr = isGhcr(registry);
  const advise = ghcr ? ghcrAdvice : loginAdvice(howToLogIn?.(registry));
  const purse = wallet({ http: where.http, registry, login, advise });
  const own = { ...(ghcr && ghcrWays(where)), advise };
  return ({ repository }) => ({ ...where, ...own, credentials: challenged(purse, repository) });
}

/** Remembers what it made for each name. */
function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const found = made.get(name) ?? make(name);
    made.set(name, found);
    return found;
  };
}
