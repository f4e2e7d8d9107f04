import { randomUUID } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  ResourceNotFoundException,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { OutsideError } from '../core/outside-error.ts';
import { Secret } from '../core/secret.ts';
import { seconds } from '../core/time.ts';
import type { Stage, Vault } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface VaultSettings {
  readonly client: SecretsManagerClient;
  /** One request, the SDK's own retries included. */
  readonly withinMs?: number;
}

const LABELS = { current: 'AWSCURRENT', previous: 'AWSPREVIOUS', pending: 'AWSPENDING' } as const satisfies Record<
  Stage,
  string
>;

type Send = <T>(
  operation: string,
  request: (abortSignal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
) => Promise<T>;

/** Secrets Manager's versions and their labels. Nothing is kept in memory: a rotation wants to know how it is now. */
export function secretsManagerVault({ client, withinMs = seconds(10) }: VaultSettings): Vault {
  const send = senderWithin(withinMs);
  const { standing, find, move } = labelsOf(client, send);
  return {
    read: (secret, stage, signal) => readVersion(client, send, secret, stage, signal),
    propose: async (secret, id, text, pass, signal) => {
      const put = new PutSecretValueCommand({
        SecretId: secret,
        ClientRequestToken: id,
        SecretString: text.reveal(),
        VersionStages: [LABELS.pending],
        ...(pass && { RotationToken: pass.reveal() }),
      });
      await send(`propose a version of ${secret}`, (abortSignal) => client.send(put, { abortSignal }), signal);
    },
    finish: async (secret, id, signal) => {
      const current = await find(secret, 'current', signal);
      if (current !== id) await move(secret, 'current', { to: id, from: current }, signal);
      // Pending and current on one version is finished too, but a reader of pending would find the current one.
      if ((await find(secret, 'pending', signal)) === id) await move(secret, 'pending', { from: id }, signal);
    },
    withdraw: async (secret, signal) => {
      const pending = await find(secret, 'pending', signal);
      if (pending !== undefined) await move(secret, 'pending', { from: pending }, signal);
    },
    standing,
    rotate: async (secret, signal, id = randomUUID()) => {
      const rotate = new RotateSecretCommand({ SecretId: secret, ClientRequestToken: id });
      const told = await send(`rotate ${secret}`, (abortSignal) => client.send(rotate, { abortSignal }), signal);
      return told.VersionId ?? id;
    },
  };
}

const senderWithin =
  (withinMs: number): Send =>
  async (operation, request, signal) => {
    try {
      return await request(AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]));
    } catch (error) {
      signal?.throwIfAborted();
      throw awsTrouble('secrets manager', operation, error);
    }
  };

const stagesIn = (labels: readonly string[]): Stage[] =>
  Object.entries(LABELS).flatMap(([stage, label]) => (labels.includes(label) ? [stage as Stage] : []));

interface Move {
  readonly to?: string;
  readonly from?: string | undefined;
}

/** Where the labels are, and the way to move them: each is on one version at the most. */
function labelsOf(client: SecretsManagerClient, send: Send) {
  const standing: Vault['standing'] = async (secret, signal) => {
    const describe = new DescribeSecretCommand({ SecretId: secret });
    const told = await send(`describe ${secret}`, (abortSignal) => client.send(describe, { abortSignal }), signal);
    const versions = Object.entries(told.VersionIdsToStages ?? {});
    return { rotates: told.RotationEnabled === true, stages: new Map(versions.map(([id, on]) => [id, stagesIn(on)])) };
  };
  return {
    standing,
    find: async (secret: string, stage: Stage, signal?: AbortSignal): Promise<string | undefined> => {
      const { stages } = await standing(secret, signal);
      return [...stages].find(([, on]) => on.includes(stage))?.[0];
    },
    move: async (secret: string, stage: Stage, { to, from }: Move, signal?: AbortSignal): Promise<void> => {
      const update = new UpdateSecretVersionStageCommand({
        SecretId: secret,
        VersionStage: LABELS[stage],
        ...(to !== undefined && { MoveToVersionId: to }),
        ...(from !== undefined && { RemoveFromVersionId: from }),
      });
      await send(`move ${LABELS[stage]} of ${secret}`, (abortSignal) => client.send(update, { abortSignal }), signal);
    },
  };
}

async function readVersion(
  client: SecretsManagerClient,
  send: Send,
  secret: string,
  stage: Stage,
  signal?: AbortSignal,
): Promise<{ id: string; text: Secret } | undefined> {
  const operation = `read ${LABELS[stage]} of ${secret}`;
  const get = new GetSecretValueCommand({ SecretId: secret, VersionStage: LABELS[stage] });
  const absent = (error: unknown): undefined => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  };
  const told = await send(operation, (abortSignal) => client.send(get, { abortSignal }).catch(absent), signal);
  if (!told) return undefined;
  if (told.SecretString === undefined || told.VersionId === undefined) {
    throw new OutsideError({
      service: 'secrets manager',
      operation,
      trouble: 'refused',
      detail: 'it is binary, not text',
    });
  }
  return { id: told.VersionId, text: new Secret(told.SecretString) };
}
