import {
  BatchCheckLayerAvailabilityCommand,
  BatchDeleteImageCommand,
  CreateRepositoryCommand,
  DescribeImagesCommand,
  GetAuthorizationTokenCommand,
  PutLifecyclePolicyCommand,
  type CreateRepositoryCommandInput,
} from '@aws-sdk/client-ecr';
import type { Digest } from '../core/digest.ts';
import type { Descriptor } from '../core/manifest.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Reference } from '../core/reference.ts';
import { minutes } from '../core/time.ts';
import {
  ecrApi,
  NO_REPOSITORY,
  unlessCode,
  type EcrApi,
  type EcrApiSettings,
  type EcrEndpoint,
  type Place,
} from './ecr/api.ts';
import { together } from './ecr/together.ts';
import { pacer, unless, type Pacer } from './http/limits.ts';
import type { Adviser } from './http/refusal.ts';
import type { Credentials, Ways } from './oci.ts';

/** What a repository is made with where it is not there; usually a region stack has made it long before. */
export type NewRepository = Omit<CreateRepositoryCommandInput, 'repositoryName' | 'registryId'> & {
  readonly lifecyclePolicyText?: string;
};

const HOST =
  /^(\d{12})\.dkr(?:\.ecr(-fips)?\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?|-ecr(-fips)?\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn))$/;

/** What a registry's host name says: whose it is and where, and by which kind of endpoint its owner wants to be spoken to. */
export interface EcrHost extends EcrEndpoint {
  readonly account: string;
}

/** `undefined` where the host is no ECR registry's. */
export function ecrHost(registry: string): EcrHost | undefined {
  const [, account, fips, region, dualFips, dualRegion] = HOST.exec(registry) ?? [];
  if (account === undefined) return undefined;
  const dualStack = dualRegion !== undefined;
  return { account, region: region ?? dualRegion ?? '', fips: (fips ?? dualFips) !== undefined, dualStack };
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
  readonly api: EcrApi;
  readonly credentials: Credentials;
  readonly pace: Pacer;
}

export function ecrRegion(settings: EcrApiSettings & { readonly now: () => Date }): EcrRegion {
  const api = ecrApi(settings);
  return {
    api,
    pace: pacer(PUTS_PER_SECOND, PUTS_AT_ONCE),
    credentials: credentials(settings.now, () => authorize(api)),
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

async function authorize({ ask, service }: EcrApi): Promise<Token> {
  const operation = 'get an authorization token';
  const { authorizationData } = await ask(operation, (client, options) =>
    client.send(new GetAuthorizationTokenCommand({}), options),
  );
  const [first] = authorizationData ?? [];
  if (!first?.authorizationToken)
    throw new OutsideError({ service, operation, trouble: 'broken', detail: 'the answer holds none' });
  return { header: `Basic ${first.authorizationToken}`, until: first.expiresAt?.getTime() ?? 0 };
}

/** ECR's own ways: its token, a hundred blobs or manifests in one question, repositories to be made, slow manifests. */
export function ecrWays(
  { repository }: Reference,
  { account }: { readonly account: string },
  { api, credentials, pace }: EcrRegion,
  settings: NewRepository,
): Pick<Ways, 'credentials' | 'pace' | 'advise' | 'own'> {
  const place = { api, known: { registryId: account, repositoryName: repository } };
  return {
    credentials,
    pace,
    advise,
    own: (shared) => ({
      ...together(place, shared),
      listsAll: true,
      lacking: (blobs, signal) => lacking(place, blobs, signal),
      removeTag: (tag, signal) => removeTag(place, tag, signal),
      ensure: (signal) => ensure(place, settings, signal),
    }),
  };
}

/**
 * A quota that is used up is a 403, as if somebody were not allowed to push (aws/containers-roadmap#2159), and a manifest
 * that its parser does not know is "invalid JSON" (aws/containers-roadmap#2783).
 */
const advise: Adviser = ({ body }) => {
  const said = body.toString('utf8');
  const [, ofWhat] = /maximum allowed number of (\w+)/i.exec(said) ?? [];
  if (ofWhat === 'tags') return { trouble: 'refused', remedy: 'AWS fixes this quota: take tags away from that image' };
  if (ofWhat !== undefined)
    return { trouble: 'refused', remedy: `raise the quota in Service Quotas, or remove ${ofWhat} that nobody needs` };
  if (!/Invalid JSON syntax/i.test(said)) return undefined;
  return { remedy: 'ECR knows no manifest of this kind: publish it without attestations that name a subject' };
};

type Signal = AbortSignal | undefined;

/** What is there of up to a hundred blobs; `undefined` where there is no repository. */
function availability({ api, known }: Place, operation: string, layerDigests: string[], signal: Signal) {
  const question = new BatchCheckLayerAvailabilityCommand({ ...known, layerDigests });
  return unlessCode(
    NO_REPOSITORY,
    api.ask(operation, (client, options) => client.send(question, options), signal),
  );
}

/**
 * Archived counts as lacking: it cannot be pulled, and pushing it again brings it back. Where there is no repository
 * there is no blob: that is an answer, as it is from any other registry.
 */
async function lacking(place: Place, blobs: readonly Descriptor[], signal: Signal): Promise<ReadonlySet<Digest>> {
  const operation = `look for blobs in ${place.known.repositoryName}`;
  const digests = [...new Set(blobs.map(({ digest }) => digest))];
  const there = new Set<string | undefined>();
  for (let at = 0; at < digests.length; at += BATCH) {
    const answer = await availability(place, operation, digests.slice(at, at + BATCH), signal);
    for (const { layerDigest, layerAvailability } of answer?.layers ?? [])
      if (layerAvailability === 'AVAILABLE') there.add(layerDigest);
  }
  return new Set(digests.filter((digest) => !there.has(digest)));
}

const NEVER_THERE = `sha256:${'0'.repeat(64)}`;

/** Asked as a question about one blob that is never there: the same right as every copy needs, and no other. */
async function ensure(place: Place, settings: NewRepository, signal: Signal): Promise<void> {
  const { api, known } = place;
  const { repositoryName } = known;
  if (await availability(place, `look at ${repositoryName}`, [NEVER_THERE], signal)) return;
  const operation = `make the repository ${repositoryName}, which is not there`;
  const { lifecyclePolicyText, ...rest } = settings;
  const make = new CreateRepositoryCommand({ ...rest, ...known });
  const made = api.ask(operation, (client, options) => client.send(make, options), signal);
  const isOurs = (await unlessCode('RepositoryAlreadyExistsException', made)) !== undefined;
  if (!isOurs || lifecyclePolicyText === undefined) return;
  const policy = new PutLifecyclePolicyCommand({ ...known, lifecyclePolicyText });
  const setting = `set the lifecycle of ${repositoryName}, which was made just now`;
  await api.ask(setting, (client, options) => client.send(policy, options), signal);
}

/**
 * By the API, because the registry endpoint of ECR deletes no tags.
 *
 * With its last tag an image is deleted as a whole, and a tag is all that was to go: then it is `refused`.
 */
async function removeTag({ api, known }: Place, tag: string, signal: Signal): Promise<void> {
  const operation = `remove tag ${tag}`;
  const imageIds = [{ imageTag: tag }];
  const look = new DescribeImagesCommand({ ...known, imageIds });
  const looked = api.ask(operation, (client, options) => client.send(look, options), signal);
  const found = await unlessCode('ImageNotFoundException', looked);
  const tags = found?.imageDetails?.[0]?.imageTags ?? [];
  if (tags.length === 0) return;
  const refused = (code: string | undefined, detail: string): OutsideError =>
    new OutsideError({ service: api.service, operation, trouble: 'refused', ...(code && { code }), detail });
  if (tags.length === 1) throw refused(undefined, 'it is the only tag of its image, and ECR would delete both');
  const untag = new BatchDeleteImageCommand({ ...known, imageIds });
  const { failures = [] } = await api.ask(operation, (client, options) => client.send(untag, options), signal);
  const [failed] = failures.filter(({ failureCode }) => failureCode !== 'ImageNotFound');
  if (failed) throw refused(failed.failureCode, failed.failureReason ?? '');
}
