import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
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
import { pacer, unless, type Pacer } from './http/limits.ts';
import type { Credentials, Ways } from './oci.ts';

/** What a repository is made with where it is not there; usually a region stack has made it long before. */
export type NewRepository = Omit<CreateRepositoryCommandInput, 'repositoryName' | 'registryId'>;

const HOST =
  /^(\d{12})\.dkr(?:\.ecr(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|-ecr(?:-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** The account and region that a host name stands for, where it is an ECR registry's. */
export function ecrHost(registry: string): { readonly account: string; readonly region: string } | undefined {
  const [, account, single, dual] = HOST.exec(registry) ?? [];
  const region = single ?? dual;
  return account !== undefined && region !== undefined ? { account, region } : undefined;
}

/** ECR's default is 10 PutImage a second per region; a little below, because the children of an index count as well. */
const PUTS_PER_SECOND = 8;
const PUTS_AT_ONCE = 2;
/** The most that one BatchCheckLayerAvailability takes. */
const BATCH = 100;
/** Tokens live twelve hours. */
const RENEW_BEFORE_MS = minutes(30);

/** One region's ECR as far as several repositories share it: its token and its patience with manifest writes. */
export interface EcrRegion {
  readonly client: ECRClient;
  readonly credentials: Credentials;
  readonly pace: Pacer;
}

export function ecrRegion(region: string, now: () => Date, client = new ECRClient({ region })): EcrRegion {
  return {
    client,
    pace: pacer(PUTS_PER_SECOND, PUTS_AT_ONCE),
    credentials: credentials(now, () => authorize(region, client)),
  };
}

interface Token {
  readonly header: string;
  /** In milliseconds since the epoch, by AWS's clock. */
  readonly until: number;
}

/** One token for all, fetched once for all who want it at the same time. */
function credentials(now: () => Date, authorize: () => Promise<Token>): Credentials {
  let kept: Token | undefined;
  let coming: Promise<Token> | undefined;
  let doubted = false;
  /** The token that came after one was refused without a reason: what this one is refused is forbidden. */
  let proven: string | undefined;
  const fetch = async (): Promise<Token> => {
    coming ??= authorize().finally(() => (coming = undefined));
    return (kept = await coming);
  };
  return {
    async header(_challenge, _push, signal) {
      if (kept && now().getTime() < kept.until - RENEW_BEFORE_MS) return kept.header;
      const { header } = await unless(signal, fetch());
      if (doubted) proven = header;
      doubted = false;
      return header;
    },
    renewed(refused, certain) {
      if (refused === undefined || kept?.header !== refused || (!certain && refused === proven)) return;
      kept = undefined;
      doubted = !certain;
    },
  };
}

async function authorize(region: string, client: ECRClient): Promise<Token> {
  const operation = 'get an authorization token';
  const { authorizationData } = await named(region, operation, () => client.send(new GetAuthorizationTokenCommand({})));
  const [first] = authorizationData ?? [];
  if (!first?.authorizationToken)
    throw new OutsideError({ service: `ecr ${region}`, operation, trouble: 'broken', detail: 'the answer holds none' });
  return { header: `Basic ${first.authorizationToken}`, until: first.expiresAt?.getTime() ?? 0 };
}

/** ECR's own ways: its token, a hundred blobs in one question, repositories that have to be made, and slow manifests. */
export function ecrWays(
  { repository }: Reference,
  host: { readonly account: string; readonly region: string },
  { client, credentials, pace }: EcrRegion,
  settings: NewRepository,
): Pick<Ways, 'credentials' | 'pace' | 'own'> {
  const place = { client, region: host.region, known: { registryId: host.account, repositoryName: repository } };
  return {
    credentials,
    pace,
    own: {
      lacking: (blobs, signal) => lacking(place, blobs, signal),
      removeTag: (tag, signal) => removeTag(place, tag, signal),
      ensure: (signal) => ensure(place, settings, signal),
    },
  };
}

/** One repository of one region, as the API names it. */
interface Place {
  readonly client: ECRClient;
  readonly region: string;
  readonly known: { readonly registryId: string; readonly repositoryName: string };
}

type Signal = AbortSignal | undefined;

const during = (signal: Signal) => ({ ...(signal && { abortSignal: signal }) });

/**
 * Archived counts as lacking: it cannot be pulled, and pushing it again brings it back. Where there is no repository
 * there is no blob: that is an answer, as it is from any other registry.
 */
async function lacking(place: Place, blobs: readonly Descriptor[], signal: Signal): Promise<ReadonlySet<Digest>> {
  const { client, region, known } = place;
  const operation = `look for blobs in ${known.repositoryName}`;
  const digests = [...new Set(blobs.map(({ digest }) => digest))];
  const there = new Set<string | undefined>();
  for (let at = 0; at < digests.length; at += BATCH) {
    const ask = new BatchCheckLayerAvailabilityCommand({ ...known, layerDigests: digests.slice(at, at + BATCH) });
    const answer = await unlessNamed(NO_REPOSITORY, region, operation, () => client.send(ask, during(signal)), signal);
    for (const { layerDigest, layerAvailability } of answer?.layers ?? [])
      if (layerAvailability === 'AVAILABLE') there.add(layerDigest);
  }
  return new Set(digests.filter((digest) => !there.has(digest)));
}

const NO_REPOSITORY = 'RepositoryNotFoundException';
const NEVER_THERE = `sha256:${'0'.repeat(64)}`;

/** Asked as a question about one blob that is never there: the same right as every copy needs, and no other. */
async function ensure({ client, region, known }: Place, settings: NewRepository, signal: Signal): Promise<void> {
  const { repositoryName } = known;
  const probe = new BatchCheckLayerAvailabilityCommand({ ...known, layerDigests: [NEVER_THERE] });
  const make = new CreateRepositoryCommand({ ...settings, ...known });
  const look = `look at ${repositoryName}`;
  if (!(await unlessNamed(NO_REPOSITORY, region, look, () => client.send(probe, during(signal)), signal))) {
    const operation = `make the repository ${repositoryName}, which is not there`;
    const exists = 'RepositoryAlreadyExistsException';
    await unlessNamed(exists, region, operation, () => client.send(make, during(signal)), signal);
  }
}

/**
 * By the API, because the registry endpoint of ECR deletes no tags.
 *
 * With its last tag an image is deleted as a whole, and a tag is all that was to go: then it is `refused`.
 */
async function removeTag({ client, region, known }: Place, tag: string, signal: Signal): Promise<void> {
  const operation = `remove tag ${tag}`;
  const imageIds = [{ imageTag: tag }];
  const look = new DescribeImagesCommand({ ...known, imageIds });
  const found = await unlessNamed(
    'ImageNotFoundException',
    region,
    operation,
    () => client.send(look, during(signal)),
    signal,
  );
  const tags = found?.imageDetails?.[0]?.imageTags ?? [];
  if (!found || tags.length === 0) return;
  const service = `ecr ${region}`;
  if (tags.length === 1)
    throw new OutsideError({
      service,
      operation,
      trouble: 'refused',
      detail: 'it is the only tag of its image, and ECR would delete both',
    });
  const untag = new BatchDeleteImageCommand({ ...known, imageIds });
  const { failures = [] } = await named(region, operation, () => client.send(untag, during(signal)), signal);
  const [failed] = failures.filter(({ failureCode }) => failureCode !== 'ImageNotFound');
  if (failed)
    throw new OutsideError({
      service,
      operation,
      trouble: 'refused',
      code: failed.failureCode ?? 'unsaid',
      detail: failed.failureReason ?? '',
    });
}

/** `undefined` where the service answers with this one error. */
async function unlessNamed<T>(
  name: string,
  region: string,
  operation: string,
  ask: () => Promise<T>,
  signal: Signal,
): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (nameOf(error) === name) return undefined;
    throw outside(region, operation, error, signal);
  }
}

const named = async <T>(region: string, operation: string, ask: () => Promise<T>, signal?: AbortSignal): Promise<T> =>
  ask().catch((error: unknown) => {
    throw outside(region, operation, error, signal);
  });

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : '');

/** What the caller stopped keeps the caller's own reason. */
const outside = (region: string, operation: string, error: unknown, signal: Signal): unknown =>
  signal?.aborted ? signal.reason : awsTrouble(`ecr ${region}`, operation, error);
