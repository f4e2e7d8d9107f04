import type { Credential, Renewed } from './credential.ts';
import type { Judgement } from './finding.ts';
import { nextFiring, parseCron } from './cron.ts';
import type { KeyConsumer, LiteLlmGateway, PublishedKey } from './estate.ts';
import type { GatewayKey, Probe } from './gateway-key.ts';
import type { Choice } from './lever.ts';
import { saw, unseen, type Seen } from './sighting.ts';
import { minutes } from './time.ts';

/** The gateway's keys, who holds them, and what replaces them, at one moment. */
export interface KeysSighting {
  /** `undefined` where the estate has no gateway: then there is nothing else here. */
  readonly gateway: LiteLlmGateway | undefined;
  readonly keys: readonly KeySighting[];
  /** What each replica says to a key that nobody has: one that lets it in proves nothing by letting ours in. */
  readonly bogus: Seen<readonly Probe[]>;
  readonly rotators: readonly RotatorStand[];
  /** The gateway's pods that serve, by what their cluster says. Left out where the estate names no pool for them. */
  readonly serving?: Seen<readonly ServingPod[]>;
}

export interface ServingPod {
  readonly name: string;
  readonly address?: string;
}

/** The port on which each of the gateway's pods is asked; `undefined` where the estate lists addresses, or none. */
export const podsPort = ({ replicas }: LiteLlmGateway): number | undefined =>
  replicas && 'port' in replicas ? replicas.port : undefined;

/** The addresses that the estate lists. None: only the common one is asked, or pods as they are found. */
export const listedReplicas = ({ replicas }: LiteLlmGateway): readonly string[] =>
  replicas && !('port' in replicas) ? replicas : [];

/** `http://10.0.1.7:4000`; an address of IPv6 stands in brackets. */
const addressOn = (port: number, address: string): string =>
  `http://${address.includes(':') ? `[${address}]` : address}:${port}`;

/** Where pods are asked. Throws where nobody could be: a key that is shown to nobody is refused by nobody either. */
export function addressesOf(pods: readonly ServingPod[], port: number): readonly string[] {
  if (pods.length === 0) throw new Error('no pod of the gateway serves');
  return pods.map(({ name, address }) => {
    if (address === undefined) throw new Error(`${name} serves and has no address`);
    return addressOn(port, address);
  });
}

/** What pods say, by their names: `litellm-6c9f-3 (10.0.1.7)`. */
export function saidByPods(probes: readonly Probe[], pods: readonly ServingPod[], port: number): readonly Probe[] {
  const names = new Map(
    pods.map(({ name, address = '' }) => [addressOn(port, address), `${name} (${address})`] as const),
  );
  return probes.map((probe) => ({ ...probe, replica: names.get(probe.replica) ?? probe.replica }));
}

/**
 * What serves and is asked by nobody: names of pods where the estate lists replicas by their pods' addresses, and how many
 * more there are than addresses otherwise, since a balancer's or a node's address does not say which pod is behind it.
 */
export function unasked(gateway: LiteLlmGateway, serving: readonly ServingPod[]): readonly string[] | number {
  if (podsPort(gateway) !== undefined) return 0;
  const hosts = listedReplicas(gateway).map((url) => /^https?:\/\/([^:/]+)/.exec(url)?.[1]);
  const strangers = serving.filter(({ address }) => !hosts.includes(address));
  const byAddress = strangers.length < serving.length;
  return byAddress ? strangers.map(({ name }) => name) : Math.max(0, serving.length - Math.max(1, hosts.length));
}

/** One key of the estate. Keys are told apart by their hashes: no key itself is ever in a sighting. */
export interface KeySighting {
  readonly key: PublishedKey;
  /** The hash of the key that the secret publishes; `undefined` where it holds none. */
  readonly published: Seen<string | undefined>;
  /** Every key in the gateway that is of its family by its alias, or that somebody holds. */
  readonly known: Seen<readonly GatewayKey[]>;
  /** What each replica says to the published key. */
  readonly probes: Seen<readonly Probe[]>;
  readonly consumers: readonly KeyHolder[];
}

export interface KeyHolder {
  readonly consumer: KeyConsumer;
  /** The hash of the key in it; `undefined` where there is none, or no such secret. */
  readonly holds: Seen<string | undefined>;
}

/** A rotator of the estate, and whether it stands still. */
export interface RotatorStand {
  readonly name: string;
  readonly cluster: string;
  /** The names of the keys that it replaces. */
  readonly keys: readonly string[];
  /** `undefined`: there is no such workload. */
  readonly stands: Seen<RotatorState | undefined>;
}

export interface RotatorState {
  readonly choice: Choice;
  readonly paused: boolean;
  /** When it goes on, where Greenroom paused it. */
  readonly resumes?: Date;
  /** Runs under way. */
  readonly running: number;
  /** Left out for what is no CronJob: when it rotates only itself can tell. */
  readonly schedule?: { readonly cron: string; readonly zone: string };
}

/** `ohio coder-ws/litellm-key` */
export const spellConsumer = ({ cluster, namespace, secret }: KeyConsumer): string =>
  `${cluster} ${namespace}/${secret}`;

/** Every hash that somebody may be using: the published one, and what consumers still hold. */
export function heldHashes({ published, consumers }: Pick<KeySighting, 'published' | 'consumers'>): Set<string> {
  const held = [published, ...consumers.map(({ holds }) => holds)];
  return new Set(held.flatMap((each) => (each.seen && each.value !== undefined ? [each.value] : [])));
}

/** Everything of a key that ends: the published one, and the ones that consumers hold instead. */
export function credentialsOfKeys({ gateway, keys, rotators }: KeysSighting, now: Date): Credential[] {
  if (!gateway) return [];
  return keys.flatMap((sighting) => {
    const { key, published, consumers } = sighting;
    const next = nextRotation(key.name, rotators, now);
    const longestMs = gateway.longestMinutes === undefined ? undefined : minutes(gateway.longestMinutes);
    const extension = gateway.renews === 'rotate' ? undefined : `Run: greenroom keys extend ${key.name}`;
    const renewed: Renewed = {
      by: 'greenroom',
      ...(extension !== undefined && { extension }),
      ...(longestMs !== undefined && { longestMs }),
      ...(next && { next }),
    };
    const own = `LiteLLM key ${key.name}`;
    const others = consumers.filter(({ holds }) => holds.seen && !(published.seen && holds.value === published.value));
    return [
      { name: own, ...endOf(published, sighting, extension), renewed },
      ...others.map(({ consumer, holds }): Credential => {
        return { name: `${own} in ${spellConsumer(consumer)}`, ...endOf(holds, sighting, extension), renewed };
      }),
    ];
  });
}

/** When and why a key that somebody holds stops working. */
function endOf(
  held: Seen<string | undefined>,
  { key, known }: KeySighting,
  extension: string | undefined,
): Pick<Credential, 'kind' | 'about' | 'expires' | 'broken' | 'renewal'> {
  const said = { kind: 'gateway key', renewal: `Run: greenroom keys rotate ${key.name}` } as const;
  // A gateway that does not answer rotates nothing either.
  if (!held.seen || !known.seen) return { ...said, renewal: WHO, expires: held.seen ? unseenOf(known) : held };
  const broken = (why: string, expires: Date | 'never' = 'never') => ({ ...said, expires: saw(expires), broken: why });
  if (held.value === undefined) return broken('there is no key in it');
  const found = known.value.find(({ hash }) => hash === held.value);
  if (!found) return broken('the gateway does not know it');
  const about = `alias ${found.alias ?? 'none'}, secret ${key.secret}`;
  if (found.blocked) return { about, ...broken('it is blocked', found.expires) };
  if (isSpent(found)) return { about, ...broken(`its budget of ${found.budget} is spent`, found.expires) };
  return { ...said, about, expires: saw(found.expires), renewal: extension ?? said.renewal };
}

const WHO = 'Run: greenroom keys, which names who does not answer.';
const unseenOf = (seen: Seen<unknown>): Seen<never> => (seen.seen ? unseen('not looked at') : seen);

export const isSpent = ({ spend, budget }: GatewayKey): boolean => budget !== undefined && spend >= budget;

/** When a key is replaced next, as far as anybody can tell: a rotator that somebody else paused replaces nothing. */
function nextRotation(key: string, rotators: readonly RotatorStand[], now: Date): Date | undefined {
  const firings = rotators.flatMap(({ keys, stands }) => {
    if (!keys.includes(key) || !stands.seen || !stands.value) return [];
    const { paused, resumes } = stands.value;
    if (paused && !resumes) return [];
    return nextOf(stands.value, paused && resumes && resumes > now ? resumes : now) ?? [];
  });
  return firings.toSorted((a, b) => a.getTime() - b.getTime())[0];
}

function nextOf({ schedule }: RotatorState, now: Date): Date | undefined {
  const cron = schedule && parseCron(schedule.cron);
  return cron?.ok ? nextFiring(cron.value, schedule?.zone ?? 'UTC', now) : undefined;
}

/** What statements about keys say where there are none to be had. */
export const noGateway: Judgement = {
  subject: 'model gateway',
  status: 'ok',
  evidence: { want: 'what the estate says', have: 'the estate has no model gateway' },
};
