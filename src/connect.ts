import { noWakeups } from './clients/no-wakeups.ts';
import { dockerLogin } from './clients/docker-config.ts';
import { registries } from './clients/registry.ts';
import { clustersOf } from './cluster.ts';
import { sqliteJournal } from './clients/sqlite.ts';
import type { LoginOf } from './clients/bearer.ts';
import type { HttpSettings } from './clients/http/settings.ts';
import type { Estate, Image } from './core/estate.ts';
import { parseReference, type Reference } from './core/reference.ts';
import { sure } from './core/parsed.ts';
import type { Log } from './log.ts';
import { mirroringHere, type Pace } from './mirroring.ts';
import type { Journal, Registries, Road } from './ports.ts';
import type { Surroundings } from './reconcile.ts';

export { runOf } from './mirroring.ts';

/** What only a host has: the clock, the log, and somewhere to print. */
export interface Host extends Pace {
  readonly log: Log;
  /** Prints a line of news: here, whoever looks at the terminal is the crew. */
  readonly print: (line: string) => void;
}

/** Where an estate's registries are, and who we are there. */
export interface Connection {
  readonly estate: Estate;
  /** The SQLite file of the journal, or `:memory:`. */
  readonly db: string;
  /** The registry host of a region. */
  readonly hostOf: (region: string) => string;
  readonly login: LoginOf;
  /** How copies are asked; left out, as patiently as one asks a registry far away. */
  readonly copies?: HttpSettings;
}

/** The world of a laptop or a CI job: real registries, the journal in one file, mirroring in this process. */
export function connect(
  connection: Connection,
  host: Host,
): Surroundings & { readonly journal: Journal & { close(): void } } {
  const { estate, db } = connection;
  const places = registriesOf(connection, host);
  const journal = sqliteJournal(db);
  const terminal: Road = { name: 'terminal', say: async (news) => news.forEach(({ line }) => host.print(line)) };
  return {
    estate,
    registries: places,
    clusters: clustersOf(estate),
    wakeups: noWakeups,
    journal,
    crew: [terminal],
    mirroring: mirroringHere({ estate, registries: places, journal }, host),
  };
}

function registriesOf(
  { hostOf, login, copies }: Pick<Connection, 'hostOf' | 'login' | 'copies'>,
  { now }: Pick<Host, 'now'>,
): Registries {
  const open = registries({ now, login, howToLogIn: dockerLogin });
  const openCopy = copies ? registries({ now, login, howToLogIn: dockerLogin, http: copies }) : open;
  const at = (reference: string): Reference => sure(parseReference(reference));
  return {
    source: ({ source }: Image) => open(at(source)),
    copy: ({ repository }: Image, region: string) => openCopy(at(`${hostOf(region)}/${repository}`)),
  };
}
