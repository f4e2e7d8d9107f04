import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { randomUUID } from 'node:crypto';
import { describe } from 'vitest';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import { promisesOfAVault } from '../contracts/vault.ts';
import { moto } from './moto.ts';

describe('the vault in moto’s Secrets Manager', () => {
  promisesOfAVault(async () => {
    const client = new SecretsManagerClient(moto('us-east-2'));
    const secret = randomUUID();
    await client.send(new CreateSecretCommand({ Name: secret, SecretString: 'first' }));
    return { vault: secretsManagerVault({ client }), secret };
  });
});
