import { randomUUID } from 'node:crypto';
import { ecrRegion } from '../../src/clients/ecr.ts';
import { registries, type RegistrySettings } from '../../src/clients/registry.ts';
import type { Run } from '../../src/mirror/run.ts';
import type { Journal, Repository } from '../../src/ports.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { startRegistry, type RegistryServer } from '../../src/rehearsal/registry.ts';
import type { Manners } from '../../src/rehearsal/registry/manners.ts';
import { ACCOUNT, serveEcr, type EcrServer } from '../servers/ecr.ts';

export const NAME = 'coder/coder-preview';
export const REGIONS = ['us-east-2', 'us-west-2', 'eu-west-2'] as const;

/** A source and three regions over loopback, spoken to by the real client. */
export interface Bed {
  readonly source: RegistryServer;
  readonly regions: ReadonlyMap<string, RegistryServer>;
  /** ECR's own API in each region, where the bed is `inEcr`. */
  readonly apis: ReadonlyMap<string, EcrServer>;
  readonly journal: Journal;
  run(more?: Partial<Run>): Run;
  /** The same registries through another client: connections, tokens and patience of its own. */
  through(settings?: Omit<Partial<RegistrySettings>, 'ecr' | 'hosts'>): Run['endpoints'];
  /** What each region's tag means now. */
  served(tag?: string): (string | undefined)[];
  /** Everything that is missing or wrong behind any tag in any region. Empty, or the invariant is broken. */
  broken(): Promise<string[]>;
  close(): Promise<void>;
}

export interface BedOptions {
  /** Milliseconds, for the registries: decides when tokens expire. */
  readonly clock?: () => number;
  readonly source?: Manners;
  readonly region?: Manners;
  readonly http?: RegistrySettings['http'];
  readonly regions?: readonly string[];
  /** The source is called ghcr.io and the regions are ECR's, with the API of each beside its registry. */
  readonly inEcr?: boolean;
  /** Told of every tag that is written in a region, at that very moment. */
  readonly tagged?: (region: string, tag: string) => void;
}

const LOGIN = { username: 'greenroom', password: 'rehearsal' };

export async function makeBed(options: BedOptions = {}): Promise<Bed> {
  const start = (manners: Manners = {}, region?: string) =>
    startRegistry({
      manners,
      ...(options.clock && { now: options.clock }),
      ...(region !== undefined && { tagged: (_: string, tag: string) => options.tagged?.(region, tag) }),
    });
  const { inEcr = false } = options;
  const source = await start({ ...(inEcr && { kind: 'ghcr' }), ...options.source });
  const names = options.regions ?? REGIONS;
  const manners: Manners = { ...(inEcr && { kind: 'ecr' }), ...options.region };
  const servers = await Promise.all(names.map((name) => start(manners, name)));
  const regions = new Map(names.map((name, i) => [name, servers[i] as RegistryServer]));
  for (const server of servers) server.createRepository(NAME);
  const apis = inEcr ? await apisOf(regions) : new Map<string, EcrServer>();
  const through: Bed['through'] = (settings) => {
    const now = settings?.now ?? (() => new Date());
    const listening = [...regions].map(([name, { host }]) => [hostIn(name), host] as const);
    const open = registries({
      login: async () => (inEcr ? undefined : LOGIN),
      ...settings,
      now,
      ...(inEcr && { hosts: new Map([['ghcr.io', source.host], ...listening]) }),
      // At ECR's own pace a story would take as long as in AWS.
      ecr: ({ region }) => ({
        ...ecrRegion({ region, now, client: clientOf(apis, region) }),
        pace: async () => undefined,
      }),
    });
    const repository = (registry: string): Repository => open({ registry, repository: NAME });
    return {
      source: repository(inEcr ? 'ghcr.io' : source.host),
      copies: new Map([...regions].map(([name, { host }]) => [name, repository(inEcr ? hostIn(name) : host)])),
    };
  };
  const endpoints = through(options.http && { http: options.http });
  const journal = memoryJournal();
  return {
    source,
    regions,
    apis,
    journal,
    through,
    run: (more = {}) => ({
      release: { image: 'coder-preview', tag: 'latest' },
      endpoints,
      journal,
      id: randomUUID(),
      by: 'test',
      why: 'a test',
      now: () => new Date(),
      history: true,
      ...more,
    }),
    served: (tag = 'latest') => servers.map((server) => server.tagsOf(NAME).get(tag)),
    broken: async () => (await Promise.all(servers.map((server) => missing(server)))).flat(),
    close: async () => {
      await Promise.all([source, ...servers].map((server) => server.close()));
      await Promise.all([...apis.values()].map((api) => api[Symbol.asyncDispose]()));
    },
  };
}

const hostIn = (region: string): string => `${ACCOUNT}.dkr.ecr.${region}.amazonaws.com`;

const clientOf = (apis: Bed['apis'], region: string) => (apis.get(region) as EcrServer).client();

async function apisOf(regions: ReadonlyMap<string, RegistryServer>): Promise<Map<string, EcrServer>> {
  return new Map(await Promise.all([...regions].map(async ([name, at]) => [name, await serveEcr(at)] as const)));
}

async function missing(server: RegistryServer): Promise<string[]> {
  const tags = [...server.tagsOf(NAME).keys()];
  return (await Promise.all(tags.map((tag) => server.missingBehind(NAME, tag)))).flat();
}
