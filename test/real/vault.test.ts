import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { endOfRotation } from '../../src/asked-rotation.ts';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import { Secret } from '../../src/core/secret.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { promisesOfAVault, type OpenVault } from '../contracts/vault.ts';
import { moto } from './moto.ts';

async function open(): Promise<OpenVault> {
  const client = new SecretsManagerClient(moto('us-east-2'));
  const secret = randomUUID();
  await client.send(new CreateSecretCommand({ Name: secret, SecretString: 'first' }));
  return { vault: secretsManagerVault({ client }), secret };
}

describe('the vault in moto’s Secrets Manager', () => {
  promisesOfAVault(open);

  // moto has no function to call here: it makes the version current at once, without a text, and turns no rotation on.
  it('is rotated into the version that is asked for, and how that ended is seen', async () => {
    const { vault, secret } = await open();
    const id = randomUUID();
    expect(await vault.rotate(secret, undefined, id)).toBe(id);
    expect((await vault.standing(secret)).stages.get(id)).toContain('current');
    const asked = { withinMs: 0, journal: memoryJournal(), now: new Date() };
    expect(await endOfRotation(vault, secret, id, asked)).toBe('published');
  });

  it('says of a secret that is not there that it is absent, whatever is asked of it', async () => {
    const { vault } = await open();
    const nobodys = randomUUID();
    const text = new Secret('x');
    const questions = [vault.standing, vault.rotate, (name: string) => vault.propose(name, nobodys, text)];
    for (const ask of questions) await expect(ask(nobodys)).rejects.toMatchObject({ trouble: 'absent' });
    expect(await vault.read(nobodys, 'current')).toBeUndefined();
  });
});
