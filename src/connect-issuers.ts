import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { issuers } from './clients/issuers.ts';
import { EXPIRY_TAG } from './core/credential.ts';
import type { Estate } from './core/estate.ts';
import type { Issuers } from './ports.ts';

/** Whoever issued what ends in an estate in AWS. Apart from `connect-keys`, so that a rotation does not carry it. */
export const awsIssuers = ({ home }: Estate): Issuers =>
  issuers({ client: new SecretsManagerClient({ region: home }), tag: EXPIRY_TAG });
