import { ECRClient } from '@aws-sdk/client-ecr';
import { parseDigest, type Digest } from '../../src/core/digest.ts';
import type { RegistryServer } from '../../src/rehearsal/registry.ts';
import { refusal, serveAwsJson, type AwsAnswer, type AwsServer } from './aws-json.ts';

export interface EcrServer extends AwsServer {
  client(maxAttempts?: number): ECRClient;
  /** The operations asked for, in order. */
  readonly asked: readonly string[];
  /** What a repository was made with, its lifecycle included. */
  settingsOf(repository: string): Readonly<Record<string, unknown>> | undefined;
  /** Blobs that are kept where nobody can pull them, until somebody pushes them again. */
  readonly archived: Set<Digest>;
  /** Answers one operation so, as often as there are answers, before it does its work again. */
  answerNext(operation: string, ...answers: readonly Instead[]): void;
}

type Instead = AwsAnswer | (() => AwsAnswer | undefined | Promise<AwsAnswer | undefined>);

export const ACCOUNT = '123456789012';
/** The most that ECR takes in one question. */
const BATCH = 100;

interface ImageId {
  readonly imageTag?: string;
  readonly imageDigest?: string;
}

interface Input {
  readonly registryId?: string;
  readonly repositoryName: string;
  readonly lifecyclePolicyText?: string;
  readonly layerDigests?: readonly string[];
  readonly imageIds?: readonly ImageId[];
  readonly acceptedMediaTypes?: readonly string[];
}

/** ECR's own API over a registry of the rehearsal, as far as a mirror uses it, in ECR's own shapes and words. */
export async function serveEcr(registry: RegistryServer): Promise<EcrServer> {
  const made = new Map<string, Readonly<Record<string, unknown>>>();
  const instead = new Map<string, Instead[]>();
  const asked: string[] = [];
  const archived = new Set<Digest>();

  const doing = (operation: string, work: (input: Input) => AwsAnswer) => async (input: Input) => {
    asked.push(operation);
    const next = instead.get(operation)?.shift();
    const answer = typeof next === 'function' ? await next() : next;
    if (answer) return answer;
    if ((input.registryId ?? ACCOUNT) !== ACCOUNT) return absent(input);
    return work(input);
  };
  const inRepository = (work: (input: Input) => AwsAnswer) => (input: Input) =>
    registry.hasRepository(input.repositoryName) ? work(input) : absent(input);

  const server = await serveAwsJson({
    GetAuthorizationToken: doing('GetAuthorizationToken', () => ({ body: authorization(registry) })),
    CreateRepository: doing('CreateRepository', (input) => {
      const { repositoryName, registryId: _, ...settings } = input;
      if (registry.hasRepository(repositoryName)) return alreadyThere(repositoryName);
      registry.createRepository(repositoryName);
      made.set(repositoryName, settings);
      return { body: { repository: { repositoryName, registryId: ACCOUNT, ...settings } } };
    }),
    PutLifecyclePolicy: doing(
      'PutLifecyclePolicy',
      inRepository(({ repositoryName, lifecyclePolicyText }) => {
        made.set(repositoryName, { ...made.get(repositoryName), lifecyclePolicyText });
        return { body: { registryId: ACCOUNT, repositoryName, lifecyclePolicyText } };
      }),
    ),
    BatchCheckLayerAvailability: doing(
      'BatchCheckLayerAvailability',
      inRepository((input) => availability(registry, archived, input)),
    ),
    BatchGetImage: doing(
      'BatchGetImage',
      inRepository((input) => gotten(registry, archived, input)),
    ),
    DescribeImages: doing(
      'DescribeImages',
      inRepository((input) => described(registry, input)),
    ),
    BatchDeleteImage: doing(
      'BatchDeleteImage',
      inRepository((input) => deleted(registry, input)),
    ),
  });
  return {
    ...server,
    client: (maxAttempts = 1) => new ECRClient({ ...server.connection, maxAttempts }),
    asked,
    archived,
    settingsOf: (repository) => made.get(repository),
    answerNext: (operation, ...answers) => void instead.set(operation, [...answers]),
  };
}

const absent = ({ repositoryName, registryId = ACCOUNT }: Input): AwsAnswer =>
  refusal(
    'RepositoryNotFoundException',
    `The repository with name '${repositoryName}' does not exist in the registry with id '${registryId}'`,
  );

const alreadyThere = (name: string): AwsAnswer =>
  refusal(
    'RepositoryAlreadyExistsException',
    `The repository with name '${name}' already exists in the registry with id '${ACCOUNT}'`,
  );

export const throttled = (): AwsAnswer => refusal('ThrottlingException', 'Rate exceeded');

function authorization(registry: RegistryServer): unknown {
  const { username, password, expiresAt } = registry.issueCredentials();
  const authorizationToken = Buffer.from(`${username}:${password}`).toString('base64');
  const proxyEndpoint = `https://${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com`;
  return { authorizationData: [{ authorizationToken, expiresAt: expiresAt.getTime() / 1_000, proxyEndpoint }] };
}

function availability(registry: RegistryServer, archived: ReadonlySet<Digest>, input: Input): AwsAnswer {
  const { repositoryName, layerDigests = [] } = input;
  if (layerDigests.length === 0 || layerDigests.length > BATCH)
    return refusal('InvalidParameterException', `Invalid parameter at 'layerDigests': 1 to ${BATCH} are allowed`);
  const layers = [];
  const failures = [];
  for (const layerDigest of layerDigests) {
    const digest = parseDigest(layerDigest);
    if (!digest.ok) failures.push({ layerDigest, failureCode: 'InvalidLayerDigest', failureReason: 'invalid' });
    else if (!registry.blobPresent(repositoryName, digest.value))
      layers.push({ layerDigest, layerAvailability: 'UNAVAILABLE' });
    else layers.push({ layerDigest, layerAvailability: archived.has(digest.value) ? 'ARCHIVED' : 'AVAILABLE' });
  }
  return { body: { layers, failures } };
}

/** What is archived is there and cannot be pulled. How ECR says so is not known; it does not say that it is absent. */
function gotten(registry: RegistryServer, archived: ReadonlySet<Digest>, input: Input): AwsAnswer {
  const { repositoryName, imageIds = [], acceptedMediaTypes = [] } = input;
  if (imageIds.length === 0 || imageIds.length > BATCH)
    return refusal('InvalidParameterException', `Invalid parameter at 'imageIds': 1 to ${BATCH} are allowed`);
  const images = [];
  const failures = [];
  for (const imageId of imageIds) {
    const found = registry.manifestOf(repositoryName, imageId.imageDigest ?? imageId.imageTag ?? '');
    if (!found) failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
    else if (archived.has(found.digest))
      failures.push({ imageId, failureCode: 'ImageInaccessible', failureReason: 'The image is archived' });
    else if (!acceptedMediaTypes.includes(found.mediaType))
      return refusal('InvalidParameterException', `a rehearsal converts nothing into ${acceptedMediaTypes.join()}`);
    else
      images.push({
        registryId: ACCOUNT,
        repositoryName,
        imageId: { ...imageId, imageDigest: found.digest },
        imageManifest: found.bytes.toString('utf8'),
        imageManifestMediaType: found.mediaType,
      });
  }
  return { body: { images, failures } };
}

function described(registry: RegistryServer, { repositoryName, imageIds = [] }: Input): AwsAnswer {
  const tags = registry.tagsOf(repositoryName);
  const imageTag = imageIds[0]?.imageTag ?? '';
  const imageDigest = tags.get(imageTag);
  if (!imageDigest)
    return refusal(
      'ImageNotFoundException',
      `The image with imageId {imageDigest:'null', imageTag:'${imageTag}'} does not exist within the repository`,
    );
  const imageTags = [...tags].flatMap(([tag, digest]) => (digest === imageDigest ? [tag] : []));
  return { body: { imageDetails: [{ registryId: ACCOUNT, repositoryName, imageDigest, imageTags }] } };
}

/** By tag: untags, and with its last tag the image is gone. */
function deleted(registry: RegistryServer, { repositoryName, imageIds = [] }: Input): AwsAnswer {
  const [gone, failures] = [[] as unknown[], [] as unknown[]];
  for (const imageId of imageIds) {
    const digest = registry.tagsOf(repositoryName).get(imageId.imageTag ?? '');
    if (!digest) failures.push({ imageId, failureCode: 'ImageNotFound', failureReason: 'Requested image not found' });
    else {
      registry.dropTag(repositoryName, imageId.imageTag ?? '');
      if (![...registry.tagsOf(repositoryName).values()].includes(digest))
        registry.dropManifest(repositoryName, digest);
      gone.push({ ...imageId, imageDigest: digest });
    }
  }
  return { body: { imageIds: gone, failures } };
}
