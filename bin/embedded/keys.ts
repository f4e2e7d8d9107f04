import { randomBytes, randomUUID } from 'node:crypto';
import { keyIn, USUAL_LIFE_MS, withKey } from '../../src/core/rotation.ts';
import { Secret } from '../../src/core/secret.ts';
import type { World } from '../../src/ports.ts';
import { liteLlmOf } from '../../src/rotate-secret.ts';

/** What a key of a workshop may do, so that its successors have something to take over. */
const SETTINGS = { models: ['claude'], max_budget: 500 };

/** Publishes a first key where there is none yet, and makes those that are published known to a gateway that is new. */
export async function handOutKeys({
  estate,
  gateway,
  vault,
}: Pick<World, 'estate' | 'gateway' | 'vault'>): Promise<void> {
  if (!gateway || !vault) return;
  for (const { name, secret, field } of liteLlmOf(estate)?.keys ?? []) {
    const text = (await vault.read(secret, 'current'))?.text.reveal() ?? '';
    const published = keyIn(text, field);
    const key = new Secret(published ?? `sk-${randomBytes(24).toString('base64url')}`);
    if (await gateway.find(gateway.hashOf(key))) continue;
    await gateway.install(key, { alias: name, lastingMs: USUAL_LIFE_MS, settings: SETTINGS });
    if (published !== undefined) continue;
    const id = randomUUID();
    await vault.propose(secret, id, new Secret(withKey(text, field, key.reveal())));
    await vault.finish(secret, id);
  }
}
