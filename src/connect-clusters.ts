import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { coderApi } from './clients/coder.ts';
import { eksAccess } from './clients/eks.ts';
import { kubernetesCluster } from './clients/kubernetes.ts';
import { secretsManager } from './clients/secrets-manager.ts';
import { clustersOf } from './cluster.ts';
import type { Estate } from './core/estate.ts';
import type { World } from './ports.ts';

/**
 * The clusters and the Coder of an estate in AWS.
 *
 * Kept apart from `connectAws`, so that only functions that look into clusters carry what speaks to them. `group`: as whose
 * member they are let in, where that is another one than most are in.
 */
export function awsClusters(estate: Estate, now: () => Date, group?: string): Pick<World, 'clusters' | 'coder'> {
  const client = new SecretsManagerClient({ region: estate.home });
  const { credentials } = client.config;
  const clusters = clustersOf(estate, ({ name, eks = name, region, argocd }) =>
    kubernetesCluster({
      name,
      access: eksAccess({ cluster: eks, region, now, credentials }),
      ...(argocd !== undefined && { argocd }),
      ...(group !== undefined && { group }),
    }),
  );
  if (!estate.coder) return { clusters };
  const secrets = secretsManager({ now, client });
  const { url, token } = estate.coder;
  return { clusters, coder: coderApi({ url, token: async () => (await secrets.read(token)).trim() }) };
}
