import { readConfig } from '../../src/config.ts';
import { connectAwsWithoutImages } from '../../src/connect-aws.ts';
import { awsClusters } from '../../src/connect-clusters.ts';
import { awsKeys } from '../../src/connect-keys.ts';
import type { Surroundings } from '../../src/reconcile.ts';

let world: Surroundings | undefined;

const now = (): Date => new Date();

/**
 * With the vault, the gateway and the clusters in which its pods are found; with nobody to tell or to set going: whoever
 * rotates a key is heard by Secrets Manager.
 */
export const connectedToKeys = (): Surroundings => (world ??= connect());

function connect(): Surroundings {
  const config = readConfig(process.env, ['table']);
  const { clusters } = awsClusters(config.estate, now, 'greenroom-gateway');
  const seen = { ...connectAwsWithoutImages(config, now), clusters };
  return { ...seen, ...awsKeys(seen) };
}
