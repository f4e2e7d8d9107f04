import { randomBytes, randomUUID } from 'node:crypto';
import { keyIn, USUAL_LIFE_MS, withKey } from '../../src/core/rotation.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Vault, World } from '../../src/ports.ts';
import { secretText } from '../../src/rehearsal/secrets.ts';
import { liteLlmOf } from '../../src/rotate-secret.ts';

/** What a key of a workshop may do, so that its successors have something to take over. */
const SETTINGS = { models: ['claude'], max_budget: 500 };

type Reach = Pick<World, 'estate' | 'gateway' | 'vault'>;

/** Publishes a first key where there is none yet, and makes those that are published known to a gateway that is new. */
export async function handOutKeys({ estate, gateway, vault }: Reach): Promise<void> {
  if (!gateway || !vault) return;
  for (const { name, secret, field } of liteLlmOf(estate)?.keys ?? []) {
    const text = (await vault.read(secret, 'current'))?.text.reveal() ?? '';
    const published = keyIn(text, field);
    const key = new Secret(published ?? `sk-${randomBytes(24).toString('base64url')}`);
    if (await gateway.find(gateway.hashOf(key))) continue;
    await gateway.install(key, { alias: name, lastingMs: USUAL_LIFE_MS, settings: SETTINGS });
    if (published === undefined) await publish(vault, secret, withKey(text, field, key.reveal()));
  }
}

/** Puts a token where one is looked for. */
export async function handOutTokens({ estate, vault }: Reach): Promise<void> {
  for (const { secret } of estate.tokens ?? []) {
    if (vault && !(await vault.read(secret, 'current'))) await publish(vault, secret, secretText());
  }
}

async function publish(vault: Vault, secret: string, text: string): Promise<void> {
  const id = randomUUID();
  await vault.propose(secret, id, new Secret(text));
  await vault.finish(secret, id);
}
