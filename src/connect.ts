import { randomUUID } from 'node:crypto';
import { registries } from './clients/registry.ts';
import { sqliteJournal } from './clients/sqlite.ts';
import type { Login } from './clients/bearer.ts';
import type { Estate, Image, Release } from './core/estate.ts';
import { isContent, spellOutcome, type Progress } from './core/progress.ts';
import { parseReference, type Reference } from './core/reference.ts';
import { sure } from './core/parsed.ts';
import { endpointsOf } from './endpoints.ts';
import type { Log } from './log.ts';
import { mirror, type Run } from './mirror/mirror.ts';
import type { Crew, Journal, Mirroring, Registries } from './ports.ts';
import type { Surroundings } from './reconcile.ts';

/** What only a host has: the clock, the log, and somewhere to print. */
export interface Host {
  readonly now: () => Date;
  readonly log: Log;
  /** Prints a line of news where no topic is configured. */
  readonly print: (line: string) => void;
  readonly onProgress?: (progress: Progress) => void;
}

/** Where an estate's registries are, and who we are there. */
export interface Connection {
  readonly estate: Estate;
  /** The SQLite file of the journal, or `:memory:`. */
  readonly db: string;
  /** The registry host of a region. */
  readonly hostOf: (region: string) => string;
  readonly login: (registry: string) => Promise<Login | undefined>;
}

/** The world of a laptop or a CI job: real registries, the journal in one file, mirroring in this process. */
export function connect(
  connection: Connection,
  host: Host,
): Surroundings & { readonly journal: Journal & { close(): void } } {
  const { estate, db } = connection;
  const places = registriesOf(connection, host);
  const journal = sqliteJournal(db);
  const crew: Crew = { say: async (news) => news.forEach(({ line }) => host.print(line)) };
  return {
    estate,
    registries: places,
    journal,
    crew,
    mirroring: inProcess({ estate, registries: places, journal }, host),
  };
}

export function registriesOf(
  { hostOf, login }: Pick<Connection, 'hostOf' | 'login'>,
  { now }: Pick<Host, 'now'>,
): Registries {
  const open = registries({ now, login });
  const at = (reference: string): Reference => sure(parseReference(reference));
  return {
    source: ({ source }: Image) => open(at(source)),
    copy: ({ repository }: Image, region: string) => open(at(`${hostOf(region)}/${repository}`)),
  };
}

/** A run of one release in the estate's own registries. */
export function runOf(
  world: Pick<Surroundings, 'estate' | 'registries' | 'journal'>,
  { image, tag }: Release,
  who: Pick<Run, 'by' | 'why'>,
  { now, onProgress }: Pick<Host, 'now' | 'onProgress'>,
  signal?: AbortSignal,
): Run {
  return {
    release: { image: image.name, tag },
    endpoints: endpointsOf(image, world),
    journal: world.journal,
    id: randomUUID(),
    ...who,
    now,
    history: true,
    ...(image.platforms && { platforms: image.platforms }),
    ...(onProgress && { onProgress }),
    ...(signal && { signal }),
  };
}

/** A step was asked for because something is amiss, so it looks behind the tags as well. */
function inProcess(world: Pick<Surroundings, 'estate' | 'registries' | 'journal'>, host: Host): Mirroring {
  return {
    async mirror(release, by, signal) {
      const run = runOf(world, release, { by, why: 'a region was out of step' }, host, signal);
      const outcome = await mirror({ ...run, deep: true });
      if (!isContent(outcome)) throw new Error(spellOutcome(outcome));
      return spellOutcome(outcome);
    },
  };
}
