import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { httpClient } from './clients/http.ts';
import { liteLlm } from './clients/litellm.ts';
import { secretsManagerVault } from './clients/vault.ts';
import type { Estate } from './core/estate.ts';
import { seconds } from './core/time.ts';
import type { World } from './ports.ts';

/** Shorter than a rotation's step may take by far: what does not answer is tried again by whoever asked. */
const PATIENCE = { tries: 3, deadlineMs: seconds(15), longestWaitMs: seconds(20) } as const;

/**
 * The vault and the gateway of an estate in AWS.
 *
 * Kept apart from `connectAws`, so that only functions that look at keys carry what speaks to them.
 */
export function awsKeys({ home, gateway }: Estate): Pick<World, 'vault' | 'gateway'> {
  const vault = secretsManagerVault({ client: new SecretsManagerClient({ region: home }) });
  if (gateway?.kind !== 'litellm') return { vault };
  const { url, masterKey, replicas = [] } = gateway;
  return {
    vault,
    gateway: liteLlm({
      url,
      ask: httpClient(PATIENCE).ask,
      replicas: async () => replicas,
      masterKey: async (signal) => {
        const version = await vault.read(masterKey, 'current', signal);
        if (!version) throw new Error(`the secret ${masterKey} holds nothing`);
        return version.text;
      },
    }),
  };
}
