import { dockerLogins } from '../../src/clients/docker-config.ts';
import { connect, type Host } from '../../src/connect.ts';
import type { Estate } from '../../src/core/estate.ts';
import type { Journal } from '../../src/ports.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import type { Secrets } from '../../src/rehearsal/secrets.ts';

export type LocalWorld = Surroundings & { readonly journal: Journal & { close(): void } };

interface Parts {
  readonly estate: Estate;
  readonly hosts: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  /** The journal's file. */
  readonly journal: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The embedded world as the program sees any other: registries by their protocol, a journal in a file. */
export function connectEmbedded({ estate, hosts, secrets, journal, env }: Parts, host: Host): LocalWorld {
  const ours = new Map(Object.entries(hosts).map(([name, registry]) => [registry, secrets.logins[name]]));
  const others = dockerLogins(env);
  return connect(
    {
      estate,
      db: journal,
      hostOf: (region) => hosts[region] ?? region,
      login: async (registry) => ours.get(registry) ?? others(registry),
    },
    host,
  );
}
