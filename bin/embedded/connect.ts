import { coderApi } from '../../src/clients/coder.ts';
import { dockerLogins } from '../../src/clients/docker-config.ts';
import { icalendar } from '../../src/clients/icalendar.ts';
import { httpClient } from '../../src/clients/http.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import { clustersOf } from '../../src/cluster.ts';
import { connect, type Host } from '../../src/connect.ts';
import type { Estate } from '../../src/core/estate.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Journal, World } from '../../src/ports.ts';
import type { Surroundings } from '../../src/reconcile.ts';
import { masterKeyOf } from '../../src/rehearsal/campus.ts';
import { throughDoor } from '../../src/rehearsal/litellm/pods.ts';
import { fileIssuers, type RehearsedIssuers } from '../../src/rehearsal/issuers.ts';
import { fileVault, type MemoryVault } from '../../src/rehearsal/vault.ts';
import { replicasOf } from '../../src/replicas.ts';
import { liteLlmOf, rotateSecret, STEPS } from '../../src/rotate-secret.ts';
import type { Secrets } from '../../src/rehearsal/secrets.ts';

export type LocalWorld = Surroundings & {
  readonly journal: Journal & { close(): void };
  readonly issuers: RehearsedIssuers;
  readonly vault: MemoryVault;
};

/** Because what is on this machine answers at once or not at all, and whoever broke a region waits to see what comes of it. */
const COPIES = { tries: 3 };

interface Parts {
  readonly estate: Estate;
  readonly hosts: Readonly<Record<string, string>>;
  /** Where clusters and Coder answer. */
  readonly campus: Readonly<Record<string, string>>;
  readonly secrets: Secrets;
  /** The journal's file. */
  readonly journal: string;
  /** The vault's file. */
  readonly vault: string;
  /** The issuers' file. */
  readonly issuers: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The embedded world as the program sees any other: everything by its own protocol, a journal in a file. */
export function connectEmbedded(parts: Parts, host: Host): LocalWorld {
  const { estate, hosts, secrets, journal, env } = parts;
  const ours = new Map(Object.entries(hosts).map(([name, registry]) => [registry, secrets.logins[name]]));
  const others = dockerLogins(env);
  const world = connect(
    {
      estate,
      db: journal,
      hostOf: (region) => hosts[region] ?? region,
      copies: COPIES,
      login: async (registry) => ours.get(registry) ?? others(registry),
    },
    host,
  );
  const issuers = fileIssuers(parts.issuers, host.now);
  const campus = campusOf(parts, host);
  return { ...world, issuers, ...campus, ...keysOf(parts, { ...host, ...campus, journal: world.journal }) };
}

/** Nobody here waits long: whoever does not answer on this machine has been told not to. */
const IMPATIENCE = { tries: 2, deadlineMs: 2_000 } as const;

/** The gateway by its protocol; the vault in a file, and who rotates in it as Secrets Manager would have it done. */
function keysOf(
  { estate, secrets, vault: file }: Parts,
  { now, log, journal, clusters }: Pick<Host, 'now' | 'log'> & Pick<World, 'journal' | 'clusters'>,
): Pick<World, 'gateway'> & { readonly vault: MemoryVault } {
  const vault = fileVault(file);
  const settings = liteLlmOf(estate);
  if (!settings) return { vault };
  const { url, keys } = settings;
  const gateway = liteLlm({
    url,
    ask: throughDoor(httpClient(IMPATIENCE).ask, url),
    replicas: (signal) => replicasOf(settings, { estate, clusters }, signal),
    masterKey: async () => new Secret(masterKeyOf(secrets.campus)),
  });
  for (const { secret } of keys) {
    vault.rotateWith(secret, async (version) => {
      try {
        for (const step of STEPS) await takeStep(step, secret, version);
      } catch (error) {
        log(`could not rotate ${secret}`, error);
      }
    });
  }
  const takeStep = (Step: string, SecretId: string, ClientRequestToken: string): Promise<string> =>
    rotateSecret({ Step, SecretId, ClientRequestToken }, { estate, journal, gateway, vault }, { now });
  return { gateway, vault };
}

function campusOf(
  { estate, campus, secrets }: Parts,
  { now }: Pick<Host, 'now'>,
): Pick<World, 'clusters' | 'coder' | 'calendar'> {
  const token = async (): Promise<string> => secrets.campus;
  const { calendar, coder, name } = estate;
  return {
    clusters: clustersOf(estate, ({ name: cluster }) =>
      kubernetesCluster({
        name: cluster,
        access: {
          access: async () => ({ endpoint: new URL(campus[cluster] ?? ''), ca: '' }),
          token,
          forget: () => undefined,
        },
        http: IMPATIENCE,
      }),
    ),
    ...(coder && { coder: coderApi({ url: coder.url, token, http: IMPATIENCE }) }),
    ...(calendar && {
      calendar: icalendar({ estate: { name, calendar }, address: async () => calendar.file ?? '', now }),
    }),
  };
}
