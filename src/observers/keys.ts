import type { LiteLlmGateway, PublishedKey, Rotator } from '../core/estate.ts';
import { generationOf, type GatewayKey, type Probe } from '../core/gateway-key.ts';
import {
  addressesOf,
  heldHashes,
  podsPort,
  saidByPods,
  type KeyHolder,
  type KeySighting,
  type KeysSighting,
  type RotatorStand,
  type RotatorState,
} from '../core/keys.ts';
import { keyIn } from '../core/rotation.ts';
import { Secret } from '../core/secret.ts';
import { saw, type Seen } from '../core/sighting.ts';
import type { Gateway, Vault, World } from '../ports.ts';
import { servingPods } from '../replicas.ts';
import { look, oncePerLook, type Looking } from './look.ts';

/** What is needed of a world to look at its keys. */
type Reach = Pick<World, 'estate' | 'clusters' | 'gateway' | 'vault'>;

/** A look that asks replicas, each of them by the same list. */
interface Asking extends Looking {
  /** What each replica says to a key. */
  readonly probe: (key: Secret) => Promise<readonly Probe[]>;
}

/** The gateway's keys, who holds them and what replaces them. What cannot be seen is `unseen`, one thing at a time. */
export const sightKeys = /* @__PURE__ */ oncePerLook(async (world: Reach, watch: Looking): Promise<KeysSighting> => {
  const { gateway, rotators: named = [] } = world.estate;
  const rotators = await Promise.all(named.map((rotator) => sightRotator(rotator, world, watch)));
  if (gateway?.kind !== 'litellm') return { gateway: undefined, keys: [], bogus: saw([]), rotators };
  const looking = sightServing(world, watch);
  const asking = { ...watch, probe: probing(gateway, looking, world, watch) };
  const [all, bogus, serving] = await Promise.all([
    world.gateway?.administered === false
      ? undefined
      : look('the keys of the gateway', watch, () => gatewayIn(world).keys(watch.signal)),
    look('what the gateway says to a key that nobody has', watch, () => asking.probe(nobodys())),
    looking,
  ]);
  const keys = await Promise.all(gateway.keys.map((key) => sightKey(key, all, world, asking)));
  return { gateway, keys, bogus, rotators, ...(serving && { serving }) };
});

/** The gateway's pods that serve, where the estate says what runs them. */
async function sightServing(world: Reach, watch: Looking): Promise<KeysSighting['serving']> {
  if (!world.estate.pools?.some(({ kind }) => kind === 'gateway')) return undefined;
  return look('the pods of the gateway', watch, () => servingPods(world, watch.signal));
}

/** Pods are asked as they were listed for this look, once for all keys; addresses of the estate as they stand there. */
function probing(
  gateway: LiteLlmGateway,
  serving: Promise<KeysSighting['serving']>,
  world: Reach,
  { signal }: Looking,
): Asking['probe'] {
  const port = podsPort(gateway);
  if (port === undefined) return (key) => gatewayIn(world).probe(key, signal);
  return async (key) => {
    const pods = await serving;
    if (!pods?.seen) throw new Error(pods?.why ?? 'the estate has no pool of the gateway');
    const said = await gatewayIn(world).probe(key, signal, addressesOf(pods.value, port));
    return saidByPods(said, pods.value, port);
  };
}

const nobodys = (): Secret => new Secret(`sk-${crypto.randomUUID()}`);

function gatewayIn({ gateway }: Reach): Gateway {
  if (!gateway) throw new Error('nothing here can reach the gateway');
  return gateway;
}

function vaultIn({ vault }: Pick<World, 'vault'>): Vault {
  if (!vault) throw new Error('nothing here can read secrets');
  return vault;
}

/** What a secret holds now, in whole or in one field of its JSON; `undefined` where that is nothing. */
export async function heldIn(
  { secret, field }: Pick<PublishedKey, 'secret' | 'field'>,
  world: Pick<World, 'vault'>,
  { signal }: Looking,
): Promise<Secret | undefined> {
  const version = await vaultIn(world).read(secret, 'current', signal);
  const text = version && keyIn(version.text.reveal(), field);
  return text === undefined ? undefined : new Secret(text);
}

async function sightKey(
  key: PublishedKey,
  all: Seen<readonly GatewayKey[]> | undefined,
  world: Reach,
  watch: Asking,
): Promise<KeySighting> {
  const [text, copies] = await Promise.all([
    look(`secret ${key.secret}`, watch, () => heldIn(key, world, watch)),
    Promise.all((key.consumers ?? []).map((consumer) => sightConsumer(consumer, world, watch))),
  ]);
  const hashed = (seen: Seen<Secret | undefined>): Seen<string | undefined> =>
    seen.seen ? saw(seen.value && gatewayIn(world).hashOf(seen.value)) : seen;
  const published = hashed(text);
  const consumers = copies.map(({ consumer, copy }): KeyHolder => ({ consumer, holds: hashed(copy) }));
  const probes = text.seen
    ? await look(`what the gateway says to ${key.name}`, watch, async () => (text.value ? watch.probe(text.value) : []))
    : text;
  const held = heldHashes({ published, consumers });
  const isOurs = ({ alias, hash }: GatewayKey): boolean =>
    generationOf(key.name, alias) !== undefined || held.has(hash);
  const family = all?.seen ? saw(all.value.filter(isOurs)) : all;
  const known = family ?? (await sightHeld([text, ...copies.map(({ copy }) => copy)], key.name, world, watch));
  return { key, published, known, probes, consumers };
}

/** Where the gateway's administration is not ours, by what the keys hear about themselves that somebody holds. */
function sightHeld(
  held: readonly Seen<Secret | undefined>[],
  name: string,
  world: Reach,
  watch: Looking,
): Promise<Seen<readonly GatewayKey[]>> {
  const gateway = gatewayIn(world);
  const keys = held.flatMap((each) => (each.seen && each.value ? [each.value] : []));
  const distinct = new Map(keys.map((key) => [gateway.hashOf(key), key]));
  return look(`what the gateway says of ${name}`, watch, async () => {
    const known = await Promise.all([...distinct.values()].map((key) => gateway.own(key, watch.signal)));
    return known.filter((each) => each !== undefined);
  });
}

interface Copy {
  readonly consumer: KeyHolder['consumer'];
  readonly copy: Seen<Secret | undefined>;
}

async function sightConsumer(consumer: KeyHolder['consumer'], world: Reach, watch: Looking): Promise<Copy> {
  const { cluster, namespace, secret, entry } = consumer;
  const copy = await look(`secret ${namespace}/${secret} in ${cluster}`, watch, () =>
    world.clusters.cluster(cluster).secret(namespace, secret, entry, watch.signal),
  );
  return { consumer, copy };
}

async function sightRotator(rotator: Rotator, { estate, clusters }: Reach, watch: Looking): Promise<RotatorStand> {
  const { name, cluster } = rotator;
  const stands = await look(`rotator ${name}`, watch, async (): Promise<RotatorState | undefined> => {
    const found = await clusters.cluster(cluster).rotator(rotator, watch.signal);
    const until = found?.breadcrumbs?.until;
    return found && { ...found, ...(until && { resumes: until }) };
  });
  return { name, cluster, keys: keysOf(rotator, estate), stands };
}

/** The names of the keys that a rotator replaces. */
export const keysOf = ({ keys }: Rotator, { gateway }: Reach['estate']): readonly string[] =>
  keys ?? (gateway?.kind === 'litellm' ? gateway.keys.map(({ name }) => name) : []);
