import type { ECRClient } from '@aws-sdk/client-ecr';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ecrHost, ecrRegion, type EcrRegion, type NewRepository } from '../../src/clients/ecr.ts';
import { clientFor } from '../../src/clients/ecr/api.ts';
import { registries } from '../../src/clients/registry.ts';
import type { Descriptor } from '../../src/core/manifest.ts';
import { hours, minutes } from '../../src/core/time.ts';
import type { ManifestHead, Repository } from '../../src/ports.ts';
import { startRegistry, type Manners, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { digestOf, smallImage } from '../../src/rehearsal/small-image.ts';
import { failureOf } from '../failure.ts';
import { refusal } from '../servers/aws-json.ts';
import { ACCOUNT, serveEcr, throttled, type EcrServer } from '../servers/ecr.ts';

const NAME = 'coder/coder-preview';
const HOST = `${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com`;
const IMAGE = smallImage('one');

interface Region {
  readonly registry: RegistryServer;
  readonly ecr: EcrServer;
  readonly repository: Repository;
  readonly open: (name: string) => Repository;
  /** The clock, ours and the registry's. */
  pass(milliseconds: number): void;
}

interface Circumstances {
  readonly manners?: Manners;
  readonly newRepository?: NewRepository;
  readonly unmade?: boolean;
  readonly maxAttempts?: number;
  readonly change?: Partial<EcrRegion>;
  readonly withinMs?: number;
}

/** One region's ECR: its registry, and its API beside. */
async function aRegion(circumstances: Circumstances = {}): Promise<Region> {
  const { manners, newRepository, unmade, maxAttempts, change, withinMs = 10_000 } = circumstances;
  let time = Date.parse('2026-09-14T09:00:00Z');
  const registry = await startRegistry({ manners: { kind: 'ecr', ...manners }, now: () => time });
  const ecr = await serveEcr(registry);
  onTestFinished(async () => {
    await registry.close();
    await ecr[Symbol.asyncDispose]();
  });
  if (!unmade) registry.createRepository(NAME);
  const now = () => new Date(time);
  const region = ecrRegion({ region: 'us-east-2', now, client: ecr.client(maxAttempts), withinMs });
  const open = registries({
    now,
    hosts: new Map([[HOST, registry.host]]),
    http: { backoffMs: 1, limitMs: 1 },
    ecr: () => ({ ...region, ...change }),
    ...(newRepository && { newRepository }),
  });
  const at = (repository: string): Repository => open({ registry: HOST, repository });
  return { registry, ecr, open: at, repository: at(NAME), pass: (ms) => void (time += ms) };
}

const blobOf = (text: string): Descriptor & { readonly bytes: Buffer } => {
  const bytes = Buffer.from(text);
  return { mediaType: 'application/octet-stream', digest: digestOf(bytes), size: bytes.length, bytes };
};

async function push(repository: Repository, blob: ReturnType<typeof blobOf>): Promise<void> {
  const writer = await repository.write(blob);
  await writer.write(blob.bytes);
  await writer.finish();
}

const tokensOf = ({ ecr }: Region): number => ecr.asked.filter((each) => each === 'GetAuthorizationToken').length;

/** Which host a client asks. */
async function askedHost({ config }: ECRClient): Promise<string> {
  const [Region, UseFIPS, UseDualStack] = await Promise.all([
    config.region(),
    config.useFipsEndpoint(),
    config.useDualstackEndpoint(),
  ]);
  return config.endpointProvider({ Region, UseFIPS, UseDualStack }).url.hostname;
}

describe('the host of a registry', () => {
  it.each([
    ['123456789012.dkr.ecr.us-east-2.amazonaws.com', 'us-east-2', {}, 'api.ecr.us-east-2.amazonaws.com'],
    [
      '123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com',
      'us-gov-west-1',
      { fips: true },
      'api.ecr-fips.us-gov-west-1.amazonaws.com',
    ],
    ['123456789012.dkr-ecr.eu-west-2.on.aws', 'eu-west-2', { dualStack: true }, 'ecr.eu-west-2.api.aws'],
    [
      '123456789012.dkr-ecr-fips.us-east-1.on.aws',
      'us-east-1',
      { fips: true, dualStack: true },
      'ecr-fips.us-east-1.api.aws',
    ],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'cn-north-1', {}, 'api.ecr.cn-north-1.amazonaws.com.cn'],
  ])('%s is an account and a region of ECR, with an API beside it', async (host, region, kind, api) => {
    const found = ecrHost(host);
    expect(found).toEqual({ account: ACCOUNT, region, fips: false, dualStack: false, ...kind });
    expect(await askedHost(clientFor(found ?? { region: '' }))).toBe(api);
  });

  it.each([
    'ghcr.io',
    'public.ecr.aws',
    'dkr.ecr.us-east-2.amazonaws.com',
    '123456789012.dkr.ecr.us-east-2.amazonaws.com.evil.example',
    'evil.example/123456789012.dkr.ecr.us-east-2.amazonaws.com',
    '123456789012.dkr.ecr.us-east-2.amazonaws.com:443',
  ])('%s is none', (host) => {
    expect(ecrHost(host)).toBeUndefined();
  });
});

describe('a token of ECR', () => {
  it('is sent as it came, and costs no refusal', async () => {
    const region = await aRegion();
    await region.repository.head('latest');
    expect(region.registry.traffic.requests.map(({ status }) => status)).toEqual([404]);
    expect(region.ecr.asked).toEqual(['GetAuthorizationToken']);
  });

  it('is fetched once for all repositories of the region and all who ask at the same time', async () => {
    const region = await aRegion();
    const names = Array.from({ length: 8 }, (_, i) => region.open(`coder/${i}`));
    await Promise.all([...names, ...names].map((repository) => repository.head('latest')));
    expect(tokensOf(region)).toBe(1);
  });

  it('is kept until half an hour before its end, and replaced before anybody is refused', async () => {
    const region = await aRegion();
    await region.repository.head('latest');
    region.pass(hours(11.5) - 1);
    await region.repository.head('latest');
    expect(tokensOf(region)).toBe(1);
    region.pass(1);
    await Promise.all([1, 2, 3].map(() => region.repository.head('latest')));
    expect(tokensOf(region)).toBe(2);
    expect(region.registry.traffic.requests.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
  });

  it.each<[string, (repository: Repository) => Promise<unknown>, number]>([
    ['a HEAD, which gets no reason', (repository) => repository.head('latest'), 404],
    ['a GET, which gets one', (repository) => repository.manifest('latest'), 404],
    ['a write', (repository) => push(repository, blobOf('a few bytes')), 201],
  ])('that ended early after all is replaced at %s', async (_, verb, status) => {
    const region = await aRegion();
    await region.repository.head('latest');
    // The registry counts less time than the token says: as when the role behind it is gone sooner.
    region.registry.manners = { ...region.registry.manners, tokenSeconds: 60 };
    region.pass(minutes(2));
    await verb(region.repository);
    expect(tokensOf(region)).toBeGreaterThan(1);
    expect(region.registry.traffic.requests.at(-1)?.status).toBe(status);
  });

  it('is not doubted for ever where a HEAD is forbidden: one new token shows it', async () => {
    const region = await aRegion();
    region.registry.faults = [{ on: { method: 'HEAD' }, do: { kind: 'status', status: 403 } }];
    for (let i = 0; i < 5; i += 1) {
      expect(await failureOf(region.repository.head('latest'))).toMatchObject({ trouble: 'unauthorized' });
    }
    expect(tokensOf(region)).toBe(2);
  });

  it.each([
    [
      'refused',
      refusal('AccessDeniedException', 'User: x is not authorized to perform: ecr:GetAuthorizationToken'),
      'unauthorized',
    ],
    ['throttled', throttled(), 'throttled'],
    ['empty', { body: { authorizationData: [] } }, 'broken'],
    ['garbled', { body: '{"authorizationData":[{"authorizationToken":hunter2' }, 'corrupt'],
  ])('that is %s is an error, not shown, and asked for again next time', async (_, answer, trouble) => {
    const { ecr, repository } = await aRegion();
    ecr.answerNext('GetAuthorizationToken', answer);
    const failure = await failureOf(repository.head('latest'));
    expect(failure).toMatchObject({ service: 'ecr us-east-2', operation: 'get an authorization token', trouble });
    expect(inspect(failure, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
    expect(await repository.head('latest')).toBeUndefined();
  });

  it('without an end is used, and asked for again', async () => {
    const region = await aRegion();
    const { username, password } = region.registry.issueCredentials();
    const authorizationToken = Buffer.from(`${username}:${password}`).toString('base64');
    region.ecr.answerNext('GetAuthorizationToken', { body: { authorizationData: [{ authorizationToken }] } });
    await region.repository.head('latest');
    await region.repository.head('latest');
    expect(tokensOf(region)).toBe(2);
  });

  it('is fetched again by the SDK when ECR is busy', async () => {
    const { ecr, repository } = await aRegion({ maxAttempts: 3 });
    ecr.answerNext('GetAuthorizationToken', throttled(), refusal('ServerException', 'sorry', 500));
    expect(await repository.head('latest')).toBeUndefined();
  });

  it('is not waited for by whoever gave up, and is still there for the others', async () => {
    const region = await aRegion();
    const come = Promise.withResolvers<undefined>();
    region.ecr.answerNext('GetAuthorizationToken', () => come.promise);
    const controller = new AbortController();
    const [first, second] = [region.repository.head('latest', controller.signal), region.repository.head('latest')];
    while (tokensOf(region) === 0) await new Promise(setImmediate);
    controller.abort(new Error('interrupted'));
    await expect(first).rejects.toThrow('interrupted');
    come.resolve(undefined);
    expect(await second).toBeUndefined();
    expect(tokensOf(region)).toBe(1);
  });
});

describe('manifests in ECR that are looked at together', () => {
  const looks = ({ ecr }: Region): number => ecr.asked.filter((each) => each === 'BatchGetImage').length;
  const headOf = ({ digest, mediaType, size }: ManifestHead): ManifestHead => ({ digest, mediaType, size });

  async function shelved(): Promise<Region> {
    const region = await aRegion();
    for (const { bytes } of IMAGE.blobs) await region.registry.putBlob(NAME, Buffer.from(bytes));
    for (const { bytes, mediaType } of IMAGE.manifests)
      region.registry.putManifest(NAME, Buffer.from(bytes), mediaType);
    region.registry.setTag(NAME, 'latest', IMAGE.root.digest);
    return region;
  }
  const both = ({ repository }: Region) =>
    Promise.all([repository.head('latest'), repository.head('v0'), repository.manifest(IMAGE.root.digest)]);
  const known = [headOf(IMAGE.root), undefined, IMAGE.root];

  it('are one question, by tag and by digest, without a token for the registry', async () => {
    const region = await shelved();
    expect(await both(region)).toEqual(known);
    expect([region.ecr.asked, region.registry.traffic.requests]).toEqual([['BatchGetImage'], []]);
  });

  it('are asked for a hundred at a time, each once', async () => {
    const region = await shelved();
    const many = Array.from({ length: 201 }, (_, i) => `v${i}`);
    expect(new Set(await Promise.all([...many, ...many].map((tag) => region.repository.head(tag))))).toEqual(
      new Set([undefined]),
    );
    expect(looks(region)).toBe(3);
  });

  it('are asked for one after the other where one is looked at after the other, as everywhere', async () => {
    const region = await shelved();
    for (const { digest } of IMAGE.manifests) await region.repository.head(digest);
    expect([looks(region), region.registry.traffic.requests.length]).toEqual([0, IMAGE.manifests.length]);
  });

  const said = { repositoryName: NAME, imageId: { imageDigest: IMAGE.root.digest, imageTag: 'latest' } };
  const words = Buffer.from(IMAGE.root.bytes).toString('utf8');
  const plain = { ...said, imageManifest: words, imageManifestMediaType: IMAGE.root.mediaType };
  it.each([
    ['says nothing', { images: [], failures: [] }],
    ['has no access to', { failures: [{ imageId: { imageTag: 'latest' }, failureCode: 'ImageInaccessible' }] }],
    ['says under another digest', { images: [{ ...plain, imageManifest: words.replaceAll(' ', '') + ' ' }] }],
    ['says without its words', { images: [said] }],
    ['says, and is no manifest', { images: [{ ...plain, imageManifest: '[]' }] }],
  ])('are asked of the registry, each alone, where the API %s', async (_, body) => {
    const region = await shelved();
    region.ecr.answerNext('BatchGetImage', { body });
    expect(await both(region)).toEqual(known);
    expect(region.registry.traffic.requests).toHaveLength(3);
  });

  it('that may not be looked at are an error, and none that is absent', async () => {
    const { ecr, repository } = await shelved();
    ecr.answerNext('BatchGetImage', refusal('AccessDeniedException', 'not authorized'));
    const [first, second] = await Promise.all(['latest', 'v0'].map((tag) => failureOf(repository.head(tag))));
    expect(first).toMatchObject({ trouble: 'unauthorized', service: 'ecr us-east-2', code: 'AccessDeniedException' });
    expect(first?.message).toContain(`look at 2 manifests in ${NAME}`);
    expect(second).toBe(first);
  });

  it('are absent where there is no repository', async () => {
    const { repository } = await aRegion({ unmade: true });
    expect(await Promise.all(['latest', 'v0'].map((tag) => repository.head(tag)))).toEqual([undefined, undefined]);
  });

  it('are no question of those who gave up meanwhile, nor ended by them', async () => {
    const region = await shelved();
    const controller = new AbortController();
    region.ecr.answerNext('BatchGetImage', () => new Promise(() => undefined));
    // Begun in the same turn, and each group asked for by itself.
    const given = ['latest', 'v0'].map((tag) => region.repository.head(tag, controller.signal));
    const others = both(region);
    while (looks(region) < 2) await new Promise(setImmediate);
    controller.abort(new Error('interrupted'));
    for (const look of given) await expect(look).rejects.toThrow('interrupted');
    expect(await others).toEqual(known);
  });
});

describe('a blob in ECR', () => {
  it('is asked for a hundred at a time, each once', async () => {
    const { ecr, repository } = await aRegion();
    const many = Array.from({ length: 201 }, (_, i) => blobOf(String(i)));
    expect((await repository.lacking([...many, ...many])).size).toBe(201);
    expect(ecr.asked.filter((each) => each === 'BatchCheckLayerAvailability')).toHaveLength(3);
  });

  it('that is archived counts as lacking, because nobody can pull it', async () => {
    const { ecr, repository } = await aRegion();
    const blob = blobOf('cold');
    await push(repository, blob);
    expect((await repository.lacking([blob])).size).toBe(0);
    ecr.archived.add(blob.digest);
    expect([...(await repository.lacking([blob]))]).toEqual([blob.digest]);
  });

  it('that may not be asked for is an error, and not a blob that is lacking', async () => {
    const { ecr, repository } = await aRegion();
    ecr.answerNext('BatchCheckLayerAvailability', refusal('AccessDeniedException', 'not authorized'));
    const failure = await failureOf(repository.lacking([blobOf('x')]));
    expect(failure).toMatchObject({ trouble: 'unauthorized', service: 'ecr us-east-2', code: 'AccessDeniedException' });
    expect(failure.message).toContain(`look for blobs in ${NAME}`);
  });
});

describe('a repository in ECR', () => {
  const settings: NewRepository = {
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'latest' }],
    imageScanningConfiguration: { scanOnPush: true },
    encryptionConfiguration: { encryptionType: 'KMS', kmsKey: 'alias/greenroom' },
  };

  it('that is not there is made with the estate’s settings', async () => {
    const { ecr, repository } = await aRegion({ unmade: true, newRepository: settings });
    await repository.ensure();
    expect(ecr.asked).toEqual(['BatchCheckLayerAvailability', 'CreateRepository']);
    expect(ecr.settingsOf(NAME)).toEqual(settings);
  });

  it('that is there is left as it is, and nobody needs the right to make one', async () => {
    const { ecr, repository } = await aRegion({ newRepository: settings });
    await repository.ensure();
    expect(ecr.asked).toEqual(['BatchCheckLayerAvailability']);
    expect(ecr.settingsOf(NAME)).toBeUndefined();
  });

  it('that another made in the meantime is there', async () => {
    const { ecr, registry, repository } = await aRegion({ unmade: true });
    ecr.answerNext('CreateRepository', () => {
      registry.createRepository(NAME);
      return undefined;
    });
    await repository.ensure();
    expect(registry.hasRepository(NAME)).toBe(true);
  });

  it.each([
    [
      'may not be made',
      refusal('AccessDeniedException', 'not authorized to perform: ecr:CreateRepository'),
      'unauthorized',
    ],
    [
      'cannot be made because there are too many',
      refusal('LimitExceededException', 'the quota of repositories'),
      'refused',
    ],
    ['cannot be made with such a name', refusal('InvalidParameterException', 'Invalid parameter'), 'refused'],
  ])('that %s is an error which says what was tried', async (_, answer, trouble) => {
    const { ecr, repository } = await aRegion({ unmade: true });
    ecr.answerNext('CreateRepository', answer);
    const failure = await failureOf(repository.ensure());
    expect(failure).toMatchObject({ trouble, service: 'ecr us-east-2' });
    expect(failure.message).toContain(`make the repository ${NAME}, which is not there`);
  });

  it('that is one too many is an error which says what to do about it, though waiting would not help', async () => {
    const { ecr, repository } = await aRegion({ unmade: true });
    ecr.answerNext('CreateRepository', refusal('LimitExceededException', 'the quota of repositories'));
    expect((await failureOf(repository.ensure())).message).toMatch(/: a quota of this account .* Service Quotas, or/);
  });

  it('that cannot be looked at is not made', async () => {
    const { ecr, registry, repository } = await aRegion({ unmade: true });
    ecr.answerNext('BatchCheckLayerAvailability', throttled());
    expect(await failureOf(repository.ensure())).toMatchObject({ trouble: 'throttled' });
    expect(registry.hasRepository(NAME)).toBe(false);
  });

  it('that is not there refuses a push in ECR’s own words', async () => {
    const { repository } = await aRegion({ unmade: true });
    const failure = await failureOf(push(repository, blobOf('too early')));
    expect(failure).toMatchObject({ trouble: 'absent', code: 'NAME_UNKNOWN' });
    expect(failure.message).toContain(`The repository with name '${NAME}' does not exist`);
  });

  it('of a service that never answers is a time-out', async () => {
    const { ecr, repository } = await aRegion({ withinMs: 40 });
    ecr.answerNext('BatchCheckLayerAvailability', () => new Promise(() => undefined));
    expect(await failureOf(repository.lacking([blobOf('x')]))).toMatchObject({ trouble: 'timeout' });
  });

  it('is left alone at once by whoever gives up', async () => {
    const { ecr, repository } = await aRegion();
    ecr.answerNext('BatchCheckLayerAvailability', () => new Promise(() => undefined));
    const controller = new AbortController();
    const lacking = repository.lacking([blobOf('x')], controller.signal);
    while (ecr.asked.length === 0) await new Promise(setImmediate);
    const reason = new Error('interrupted');
    controller.abort(reason);
    await expect(lacking).rejects.toBe(reason);
  });
});

describe('a tag in ECR', () => {
  async function shelved(): Promise<Region> {
    const region = await aRegion();
    for (const blob of IMAGE.blobs) await push(region.repository, blobOf(Buffer.from(blob.bytes).toString('utf8')));
    for (const manifest of IMAGE.manifests) await region.repository.putManifest(manifest.digest, manifest);
    await region.repository.putManifest('latest', IMAGE.root);
    return region;
  }

  it('that is the only one of its image is not taken away, since ECR would delete both', async () => {
    const { registry, repository } = await shelved();
    expect((await failureOf(repository.removeTag('latest'))).message).toContain('it is the only tag of its image');
    expect(registry.tagsOf(NAME).get('latest')).toBe(IMAGE.root.digest);
  });

  it('that cannot be taken away is an error with ECR’s reason', async () => {
    const { ecr, repository } = await shelved();
    await repository.putManifest('other', IMAGE.root);
    const failures = [{ failureCode: 'ImageReferencedByManifestList', failureReason: 'a list refers to it' }];
    ecr.answerNext('BatchDeleteImage', { body: { imageIds: [], failures } });
    expect(await failureOf(repository.removeTag('other'))).toMatchObject({ code: 'ImageReferencedByManifestList' });
  });

  it('that another took away in the meantime is gone', async () => {
    const { ecr, registry, repository } = await shelved();
    await repository.putManifest('other', IMAGE.root);
    ecr.answerNext('BatchDeleteImage', () => {
      registry.dropTag(NAME, 'other');
      return undefined;
    });
    await repository.removeTag('other');
    expect([...registry.tagsOf(NAME).keys()]).toEqual(['latest']);
  });

  it('that a repository refuses to move is refused in its own words', async () => {
    const { registry, repository } = await shelved();
    registry.manners = { kind: 'ecr', immutableTags: true };
    const [child] = IMAGE.manifests;
    if (!child) throw new Error('an image without children');
    const failure = await failureOf(repository.putManifest('latest', child));
    expect(failure).toMatchObject({ trouble: 'refused', status: 400, code: 'TAG_INVALID' });
    expect(failure.message).toContain(`stands for ${IMAGE.root.digest}, not for ${child.digest}`);
    await repository.putManifest('latest', IMAGE.root);
  });
});

describe('manifests in ECR', () => {
  it('are written no faster than it takes them, and none is refused for haste', async () => {
    const { registry, repository } = await aRegion({ manners: { manifestPutsPerSecond: 10 } });
    for (const blob of IMAGE.blobs) await push(repository, blobOf(Buffer.from(blob.bytes).toString('utf8')));
    for (const manifest of IMAGE.manifests.slice(0, 2)) await repository.putManifest(manifest.digest, manifest);
    await Promise.all(Array.from({ length: 14 }, (_, i) => repository.putManifest(`v${i}`, IMAGE.root)));
    const puts = registry.traffic.requests.filter(
      ({ method, path }) => method === 'PUT' && path.includes('/manifests/'),
    );
    expect(puts.map(({ status }) => status)).toEqual(Array.from({ length: 16 }, () => 201));
  });

  it('that ECR refuses for haste all the same are written a little later', async () => {
    const { registry, repository } = await aRegion({
      change: { pace: async () => undefined },
    });
    for (const blob of IMAGE.blobs) await push(repository, blobOf(Buffer.from(blob.bytes).toString('utf8')));
    registry.faults = [
      {
        on: { method: 'PUT', path: /manifests/ },
        times: 3,
        do: { kind: 'status', status: 429, code: 'TOOMANYREQUESTS', message: 'Rate exceeded' },
      },
    ];
    for (const manifest of IMAGE.manifests) await repository.putManifest(manifest.digest, manifest);
    expect((await repository.head(IMAGE.root.digest))?.digest).toBe(IMAGE.root.digest);
  });

  const IMAGES = `The repository with name '${NAME}' in registry with id '${ACCOUNT}' already has the maximum allowed number of images which is '100000'`;
  const TAGS = `Adding tag 'latest' to an image in the repository with name '${NAME}' exceeds the maximum allowed number of tags per image which is '1000'.`;
  const JSON_SYNTAX = `Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'`;

  it.each([
    ['of which there are too many', 403, 'DENIED', IMAGES, /raise the quota in Service Quotas, or remove images/],
    ['that have too many tags', 403, 'DENIED', TAGS, /AWS fixes this quota: take tags away/],
    ['whose descriptors it does not like', 405, 'UNSUPPORTED', JSON_SYNTAX, /ECR knows no manifest of this kind/],
  ])('%s are refused in its own words, and with a remedy', async (_, status, code, message, remedy) => {
    const region = await aRegion();
    region.registry.faults = [
      { on: { method: 'PUT', path: /manifests/ }, do: { kind: 'status', status, code, message } },
    ];
    const failure = await failureOf(region.repository.putManifest('latest', IMAGE.root));
    expect(failure).toMatchObject({ trouble: 'refused', status, code });
    expect(failure.message).toContain(message);
    expect(failure.message).toMatch(remedy);
    expect(tokensOf(region)).toBe(1);
  });
});
