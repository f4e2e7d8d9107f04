import {
  BatchCheckLayerAvailabilityCommand,
  CreateRepositoryCommand,
  ECRClient,
  GetAuthorizationTokenCommand,
  type CreateRepositoryCommandInput,
} from '@aws-sdk/client-ecr';
import type { Digest } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Reference } from '../core/reference.ts';
import { minutes } from '../core/time.ts';
import { awsTrouble } from './aws-trouble.ts';
import { pacer } from './http/limits.ts';
import type { Credentials, Ways } from './oci.ts';

/** What a repository is made with where it is not there; usually a region stack has made it long before. */
export type NewRepository = Omit<CreateRepositoryCommandInput, 'repositoryName' | 'registryId'>;

const HOST = /^(\d{12})\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:on\.aws|amazonaws\.com(?:\.cn)?)$/;

/** The account and region that a host name stands for, where it is an ECR registry's. */
export function ecrHost(registry: string): { readonly account: string; readonly region: string } | undefined {
  const [, account, region] = HOST.exec(registry) ?? [];
  return account !== undefined && region !== undefined ? { account, region } : undefined;
}

/** ECR's default is 10 PutImage a second per region; a little below, because the children of an index count as well. */
const PUTS_PER_SECOND = 8;
const PUTS_AT_ONCE = 2;
const BATCH = 100;
/** Tokens live twelve hours. */
const RENEW_BEFORE_MS = minutes(30);

/** One region's ECR as far as several repositories share it: its token and its patience with manifest writes. */
export interface EcrRegion {
  readonly client: ECRClient;
  readonly credentials: Credentials;
  readonly pace: ReturnType<typeof pacer>;
}

export function ecrRegion(region: string, now: () => Date, client = new ECRClient({ region })): EcrRegion {
  let token: { readonly header: string; readonly until: number } | undefined;
  return {
    client,
    pace: pacer(PUTS_PER_SECOND, PUTS_AT_ONCE),
    credentials: {
      renewed: () => {
        token = undefined;
      },
      async header(_challenge, _push, signal) {
        if (!token || now().getTime() > token.until - RENEW_BEFORE_MS) token = await authorize(region, client, signal);
        return token.header;
      },
    },
  };
}

async function authorize(
  region: string,
  client: ECRClient,
  signal?: AbortSignal,
): Promise<{ header: string; until: number }> {
  const { authorizationData } = await named(region, 'get an authorization token', () =>
    client.send(new GetAuthorizationTokenCommand({}), { ...(signal && { abortSignal: signal }) }),
  );
  const [first] = authorizationData ?? [];
  if (!first?.authorizationToken)
    throw new OutsideError({
      service: `ecr ${region}`,
      operation: 'get an authorization token',
      trouble: 'broken',
      detail: 'the answer holds none',
    });
  return { header: `Basic ${first.authorizationToken}`, until: first.expiresAt?.getTime() ?? 0 };
}

/** ECR's own ways: its token, a hundred blobs in one question, repositories that have to be made, and slow manifests. */
export function ecrWays(
  { repository }: Reference,
  host: { readonly account: string; readonly region: string },
  { client, credentials, pace }: EcrRegion,
  settings: NewRepository,
): Omit<Ways, 'http'> {
  const known = { registryId: host.account, repositoryName: repository };
  return {
    credentials,
    pace,
    lacking: (blobs, signal) => lacking(client, host.region, known, blobs, signal),
    ensure: (signal) => ensure(client, host.region, { ...settings, ...known }, signal),
  };
}

type Known = { readonly registryId: string; readonly repositoryName: string };

async function lacking(
  client: ECRClient,
  region: string,
  known: Known,
  blobs: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const missing = new Set<Digest>();
  for (let at = 0; at < blobs.length; at += BATCH) {
    const batch = blobs.slice(at, at + BATCH);
    const ask = new BatchCheckLayerAvailabilityCommand({ ...known, layerDigests: batch.map(({ digest }) => digest) });
    const { layers = [] } = await named(region, `look for blobs in ${known.repositoryName}`, () =>
      client.send(ask, { ...(signal && { abortSignal: signal }) }),
    );
    const there = new Set(
      layers.filter((layer) => layer.layerAvailability === 'AVAILABLE').map((layer) => layer.layerDigest),
    );
    for (const { digest } of batch) if (!there.has(digest)) missing.add(digest);
  }
  return missing;
}

/** Asked as a question about one blob that is never there: the same right as every copy needs, and no other. */
async function ensure(
  client: ECRClient,
  region: string,
  wanted: Known & NewRepository,
  signal?: AbortSignal,
): Promise<void> {
  const options = { ...(signal && { abortSignal: signal }) };
  const { registryId, repositoryName } = wanted;
  const probe = new BatchCheckLayerAvailabilityCommand({
    registryId,
    repositoryName,
    layerDigests: [`sha256:${'0'.repeat(64)}`],
  });
  try {
    await client.send(probe, options);
  } catch (error) {
    if (nameOf(error) !== 'RepositoryNotFoundException') throw outside(region, `look at ${repositoryName}`, error);
    try {
      await client.send(new CreateRepositoryCommand(wanted), options);
    } catch (refused) {
      if (nameOf(refused) !== 'RepositoryAlreadyExistsException')
        throw outside(region, `make the repository ${repositoryName}, which is not there`, refused);
    }
  }
}

async function named<T>(region: string, operation: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    throw outside(region, operation, error);
  }
}

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

const outside = (region: string, operation: string, error: unknown): OutsideError =>
  awsTrouble(`ecr ${region}`, operation, error);
