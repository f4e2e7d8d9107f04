import { readConfig } from '../../src/config.ts';
import { connectAws } from '../../src/connect-aws.ts';
import { awsKeys } from '../../src/connect-keys.ts';
import type { Surroundings } from '../../src/reconcile.ts';

let world: Surroundings | undefined;

/** With the vault and the gateway, and nobody to tell or to set going: whoever rotates a key is heard by Secrets Manager. */
export function connectedToKeys(): Surroundings {
  if (world) return world;
  const config = readConfig(process.env, ['account', 'table']);
  return (world = { ...connectAws(config, () => new Date()), ...awsKeys(config.estate) });
}
