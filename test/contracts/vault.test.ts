import { describe, onTestFinished } from 'vitest';
import { secretsManagerVault } from '../../src/clients/vault.ts';
import { Secret } from '../../src/core/secret.ts';
import { memoryVault } from '../../src/rehearsal/vault.ts';
import { serveVault } from '../servers/vault.ts';
import { promisesNothingUnderTwoTexts, promisesOfAVault, promisesOneRotationAtOnce, type OpenVault } from './vault.ts';

describe('the vault of a rehearsal', () => {
  const open = async (): Promise<OpenVault> => {
    const vault = memoryVault();
    vault.put('litellm', { id: 'first', text: new Secret('first') });
    vault.rotateWith('litellm', async () => undefined);
    return { vault, secret: 'litellm' };
  };
  promisesOfAVault(open);
  promisesNothingUnderTwoTexts(open);
  promisesOneRotationAtOnce(open);
});

describe('the vault in Secrets Manager', () => {
  const open = async (): Promise<OpenVault> => {
    const server = await serveVault('first');
    onTestFinished(() => server[Symbol.asyncDispose]());
    return { vault: secretsManagerVault({ client: server.client }), secret: 'litellm' };
  };
  promisesOfAVault(open);
  promisesNothingUnderTwoTexts(open);
  promisesOneRotationAtOnce(open);
});
