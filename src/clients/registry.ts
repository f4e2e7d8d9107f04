import type { Reference } from '../core/reference.ts';
import type { Repository } from '../ports.ts';
import { challenged, type Login } from './bearer.ts';
import { ecrHost, ecrRegion, ecrWays, type EcrRegion, type NewRepository } from './ecr.ts';
import { httpClient, type Http, type HttpSettings } from './http.ts';
import { ociRepository } from './oci.ts';

export interface RegistrySettings {
  readonly now: () => Date;
  /** Who we are at a registry, by its host; anonymous where nothing is given. */
  readonly login?: (registry: string) => Promise<Login | undefined>;
  readonly http?: HttpSettings;
  /** What ECR repositories are made with where they are missing. */
  readonly newRepository?: NewRepository;
  /** Where a registry really listens: `/etc/hosts` for registries, for trials on one machine. */
  readonly hosts?: ReadonlyMap<string, string>;
  /** ECR's API by region, where it is not AWS's own. */
  readonly ecr?: (region: string) => EcrRegion;
}

/** Docker Hub answers under another name than the one that everybody writes. */
const LISTENS: ReadonlyMap<string, string> = new Map([['docker.io', 'registry-1.docker.io']]);

/**
 * Opens repositories by reference, each with the ways of whoever runs it.
 *
 * Connections, each host's patience and each region's token are shared by all repositories that one call opened.
 */
export function registries(settings: RegistrySettings): (reference: Reference) => Repository {
  const http = httpClient(settings.http);
  const regions = new Map<string, EcrRegion>();
  const region = (name: string): EcrRegion => {
    const known = regions.get(name) ?? settings.ecr?.(name) ?? ecrRegion(name, settings.now);
    regions.set(name, known);
    return known;
  };
  return (reference) => open(reference, settings, http, region);
}

function open(
  reference: Reference,
  settings: RegistrySettings,
  http: Http,
  region: (name: string) => EcrRegion,
): Repository {
  const { registry, repository } = reference;
  const host = settings.hosts?.get(registry) ?? LISTENS.get(registry);
  const where = { http, ...(host !== undefined && { host }) };
  const ecr = ecrHost(registry);
  if (ecr)
    return ociRepository(reference, {
      ...where,
      ...ecrWays(reference, ecr, region(ecr.region), settings.newRepository ?? {}),
    });
  const login = async (): Promise<Login | undefined> => settings.login?.(registry);
  const credentials = challenged(http, registry, repository, login);
  // GHCR answers 404, or a redirect to a rate-limited web page: not asking saves one request per manifest.
  return ociRepository(reference, { ...where, credentials, ...(registry === 'ghcr.io' && { referrersApi: false }) });
}
