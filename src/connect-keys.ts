import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { httpClient } from './clients/http.ts';
import { liteLlm, type LiteLlmSettings } from './clients/litellm.ts';
import { secretsManagerVault } from './clients/vault.ts';
import type { LiteLlmGateway } from './core/estate.ts';
import type { Secret } from './core/secret.ts';
import { seconds } from './core/time.ts';
import type { World } from './ports.ts';
import { replicasOf } from './replicas.ts';

/** Shorter than a rotation's step may take by far: what does not answer is tried again by whoever asked. */
const PATIENCE = { tries: 3, deadlineMs: seconds(15), longestWaitMs: seconds(20) } as const;

/** The clusters are those in which the gateway's pods are found, where the estate does not list its replicas. */
type Surroundings = Pick<World, 'estate' | 'clusters'>;

/**
 * The vault and the gateway of an estate in AWS.
 *
 * Kept apart from `connectAws`, so that only functions that look at keys carry what speaks to them.
 */
export function awsKeys(world: Surroundings): Pick<World, 'vault' | 'gateway'> {
  const { home, gateway } = world.estate;
  const vault = secretsManagerVault({ client: new SecretsManagerClient({ region: home }) });
  if (gateway?.kind !== 'litellm') return { vault };
  const masterKey = async (signal?: AbortSignal): Promise<Secret> => {
    const version = await vault.read(gateway.masterKey, 'current', signal);
    if (!version) throw new Error(`the secret ${gateway.masterKey} holds nothing`);
    return version.text;
  };
  return { vault, gateway: liteLlm({ ...settingsOf(gateway, world), masterKey }) };
}

/** The same without the key that administers the gateway: keys are looked at by themselves, and rotated by asking for it. */
export function awsKeysWatched(world: Surroundings): Pick<World, 'vault' | 'gateway'> {
  const { home, gateway } = world.estate;
  const vault = secretsManagerVault({ client: new SecretsManagerClient({ region: home }) });
  return gateway?.kind === 'litellm' ? { vault, gateway: liteLlm(settingsOf(gateway, world)) } : { vault };
}

const settingsOf = (gateway: LiteLlmGateway, world: Surroundings): LiteLlmSettings => ({
  url: gateway.url,
  ask: httpClient(PATIENCE).ask,
  replicas: (signal) => replicasOf(gateway, world, signal),
});
