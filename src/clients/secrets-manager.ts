import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  type GetSecretValueResponse,
} from '@aws-sdk/client-secrets-manager';
import { OutsideError } from '../core/outside-error.ts';
import { minutes, seconds } from '../core/time.ts';
import { awsTrouble } from './aws-trouble.ts';

export interface SecretsManagerSettings {
  readonly client?: SecretsManagerClient;
  readonly now: () => Date;
  /** One request, the SDK's own retries included. */
  readonly withinMs?: number;
}

export interface Secrets {
  /** The current version's text. */
  read(arn: string): Promise<string>;
  /**
   * The current version's text and, where there is one, the previous one's, so that both fit while a secret is rotated.
   * A secret that leaked is therefore rotated twice. `afresh` asks past the cache, once a minute at the most: a forger
   * decides how often a signature does not fit.
   */
  readVersions(arn: string, afresh?: boolean): Promise<readonly string[]>;
}

const KEEP_MS = minutes(5);
const ASK_AGAIN_MS = minutes(1);
const FORGIVE_MS = seconds(5);

/** Secrets from AWS Secrets Manager, kept in memory for five minutes. */
export function secretsManager({
  client = new SecretsManagerClient({}),
  now,
  withinMs = seconds(2),
}: SecretsManagerSettings): Secrets {
  const shelf = new Map<string, Shelf>();
  const shelfOf = (arn: string, stages: readonly Stage[]): Shelf => {
    const key = `${arn} ${stages.join(' ')}`;
    const kept = shelf.get(key) ?? shelfFor(() => readStages(client, arn, stages, withinMs), now);
    shelf.set(key, kept);
    return kept;
  };
  return {
    read: async (arn) => (await shelfOf(arn, ['AWSCURRENT'])(false))[0] ?? '',
    readVersions: (arn, afresh = false) => shelfOf(arn, ['AWSCURRENT', 'AWSPREVIOUS'])(afresh),
  };
}

type Shelf = (afresh: boolean) => Promise<readonly string[]>;

/** Asks once for all who wait; a failure is remembered for a moment, and takes nothing from the shelf. */
function shelfFor(fetch: () => Promise<readonly string[]>, now: () => Date): Shelf {
  let kept: { readonly values: readonly string[]; readonly at: number } | undefined;
  let failed: { readonly error: unknown; readonly at: number } | undefined;
  let asking: Promise<readonly string[]> | undefined;

  const ask = async (): Promise<readonly string[]> => {
    try {
      const values = await fetch();
      kept = { values, at: now().getTime() };
      return values;
    } catch (error) {
      failed = { error, at: now().getTime() };
      throw error;
    } finally {
      asking = undefined;
    }
  };

  return async (afresh) => {
    const time = now().getTime();
    const asked = Math.max(kept?.at ?? -Infinity, failed?.at ?? -Infinity);
    const wanted = afresh && time - asked >= ASK_AGAIN_MS;
    if (kept && time - kept.at < KEEP_MS && !wanted) return kept.values;
    if (failed && time - failed.at < FORGIVE_MS) throw failed.error;
    return (asking ??= ask());
  };
}

type Stage = 'AWSCURRENT' | 'AWSPREVIOUS';

async function readStages(
  client: SecretsManagerClient,
  arn: string,
  stages: readonly Stage[],
  withinMs: number,
): Promise<readonly string[]> {
  const texts = await Promise.all(stages.map((stage) => readStage(client, arn, stage, withinMs)));
  return [...new Set(texts.filter((text) => text !== undefined))];
}

async function readStage(
  client: SecretsManagerClient,
  arn: string,
  stage: Stage,
  withinMs: number,
): Promise<string | undefined> {
  const operation = `read ${stage} of ${arn}`;
  try {
    const abortSignal = AbortSignal.timeout(withinMs);
    const response = await client.send(new GetSecretValueCommand({ SecretId: arn, VersionStage: stage }), {
      abortSignal,
    });
    return textOf(response, operation);
  } catch (error) {
    if (stage === 'AWSPREVIOUS' && error instanceof ResourceNotFoundException) return undefined;
    throw awsTrouble('secrets manager', operation, error);
  }
}

function textOf({ SecretString }: GetSecretValueResponse, operation: string): string {
  if (SecretString !== undefined) return SecretString;
  throw new OutsideError({
    service: 'secrets manager',
    operation,
    trouble: 'refused',
    detail: 'it is binary, not text',
  });
}
