import { ECRClient } from '@aws-sdk/client-ecr';
import { OutsideError } from '../../core/outside-error.ts';
import { seconds } from '../../core/time.ts';
import { awsTrouble, type Remedies } from '../aws-trouble.ts';

/** Where a region's API is asked: whoever names a FIPS or an IPv6 host of a registry wants no other for its API either. */
export interface EcrEndpoint {
  readonly region: string;
  readonly fips?: boolean;
  readonly dualStack?: boolean;
}

export interface EcrApiSettings extends EcrEndpoint {
  readonly client?: ECRClient;
  /** One question, the SDK's own retries included. The SDK itself would wait without end. */
  readonly withinMs?: number;
}

/** One repository of one region, as the API names it. */
export interface Place {
  readonly api: EcrApi;
  readonly known: { readonly registryId: string; readonly repositoryName: string };
}

export const NO_REPOSITORY = 'RepositoryNotFoundException';

type Question<T> = (client: ECRClient, options: { readonly abortSignal: AbortSignal }) => Promise<T>;

/** One region's API: every question has an end, and every failure says who was asked for what. */
export interface EcrApi {
  /** `ecr us-east-2` */
  readonly service: string;
  ask<T>(operation: string, question: Question<T>, signal?: AbortSignal): Promise<T>;
}

/** As often as the registry client tries: the calls beside pushes and pulls share low rates that AWS does not document. */
const ATTEMPTS = 6;

export function ecrApi(settings: EcrApiSettings): EcrApi {
  const { region, client = clientFor(settings), withinMs = seconds(60) } = settings;
  const service = `ecr ${region}`;
  return {
    service,
    async ask(operation, question, signal) {
      const abortSignal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]);
      try {
        return await question(client, { abortSignal });
      } catch (error) {
        // What the caller stopped keeps the caller's own reason.
        throw signal?.aborted ? signal.reason : awsTrouble(service, operation, error, REMEDIES);
      }
    },
  };
}

const REMEDIES: Remedies = {
  LimitExceededException: 'a quota of this account and region: raise it in Service Quotas, or remove what nobody needs',
};

/** Left out rather than false, so that what the environment says of endpoints holds for everything else. */
export const clientFor = ({ region, fips, dualStack }: EcrEndpoint): ECRClient =>
  new ECRClient({
    region,
    maxAttempts: ATTEMPTS,
    ...(fips && { useFipsEndpoint: true }),
    ...(dualStack && { useDualstackEndpoint: true }),
  });

/** `undefined` where the service answered with this one error. */
export const unlessCode = async <T>(code: string, asked: Promise<T>): Promise<T | undefined> =>
  asked.catch((error: unknown) => {
    if (error instanceof OutsideError && error.code === code) return undefined;
    throw error;
  });
