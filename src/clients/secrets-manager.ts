import { OutsideError } from '../core/outside-error.ts';
import { minutes, seconds } from '../core/time.ts';
import { askInJson, type AwsCaller } from './signed-post.ts';

export interface SecretsManagerSettings {
  readonly caller: AwsCaller;
  readonly now: () => Date;
  /** One request and all its retries. */
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
export function secretsManager(settings: SecretsManagerSettings): Secrets {
  const { now } = settings;
  const shelf = new Map<string, Shelf>();
  const shelfOf = (arn: string, stages: readonly Stage[]): Shelf => {
    const key = `${arn} ${stages.join(' ')}`;
    const kept = shelf.get(key) ?? shelfFor(() => readStages(settings, arn, stages), now);
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
  settings: SecretsManagerSettings,
  arn: string,
  stages: readonly Stage[],
): Promise<readonly string[]> {
  const texts = await Promise.all(stages.map((stage) => readStage(settings, arn, stage)));
  return [...new Set(texts.filter((text) => text !== undefined))];
}

const GET = {
  service: 'secretsmanager',
  name: 'secrets manager',
  target: 'secretsmanager.GetSecretValue',
} as const;

async function readStage(
  { caller, now, withinMs = seconds(2) }: SecretsManagerSettings,
  arn: string,
  stage: Stage,
): Promise<string | undefined> {
  const operation = `read ${stage} of ${arn}`;
  const input = { SecretId: arn, VersionStage: stage };
  try {
    const { SecretString: text } = await askInJson({ ...GET, operation, input, now: now(), withinMs }, caller);
    if (typeof text === 'string') return text;
  } catch (error) {
    const isAbsent = error instanceof OutsideError && error.code === 'ResourceNotFoundException';
    if (stage === 'AWSPREVIOUS' && isAbsent) return undefined;
    throw error;
  }
  throw new OutsideError({ service: GET.name, operation, trouble: 'refused', detail: 'it is binary, not text' });
}
