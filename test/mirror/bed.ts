import { randomUUID } from 'node:crypto';
import { registries, type RegistrySettings } from '../../src/clients/registry.ts';
import type { Run } from '../../src/mirror/run.ts';
import type { Journal, Repository } from '../../src/ports.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { startRegistry, type RegistryServer } from '../../src/rehearsal/registry.ts';
import type { Manners } from '../../src/rehearsal/registry/manners.ts';

export const NAME = 'coder/coder-preview';
export const REGIONS = ['us-east-2', 'us-west-2', 'eu-west-2'] as const;

/** A source and three regions over loopback, spoken to by the real client. */
export interface Bed {
  readonly source: RegistryServer;
  readonly regions: ReadonlyMap<string, RegistryServer>;
  readonly journal: Journal;
  run(more?: Partial<Run>): Run;
  /** The same registries through another client: connections, tokens and patience of its own. */
  through(http: RegistrySettings['http']): Run['endpoints'];
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
  const source = await start(options.source);
  const names = options.regions ?? REGIONS;
  const servers = await Promise.all(names.map((name) => start(options.region, name)));
  const regions = new Map(names.map((name, i) => [name, servers[i] as RegistryServer]));
  for (const server of servers) server.createRepository(NAME);
  const through = (http: RegistrySettings['http']): Run['endpoints'] => {
    const open = registries({ now: () => new Date(), login: async () => LOGIN, ...(http && { http }) });
    const repository = ({ host }: RegistryServer): Repository => open({ registry: host, repository: NAME });
    return {
      source: repository(source),
      copies: new Map([...regions].map(([name, server]) => [name, repository(server)])),
    };
  };
  const endpoints = through(options.http);
  const journal = memoryJournal();
  return {
    source,
    regions,
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
    close: async () => void (await Promise.all([source, ...servers].map((server) => server.close()))),
  };
}

async function missing(server: RegistryServer): Promise<string[]> {
  const tags = [...server.tagsOf(NAME).keys()];
  return (await Promise.all(tags.map((tag) => server.missingBehind(NAME, tag)))).flat();
}
