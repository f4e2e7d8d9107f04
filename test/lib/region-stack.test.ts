import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ecrRegion } from '../../src/clients/ecr.ts';
import { copyRepository } from '../../src/clients/ecr/copy-repository.ts';
import { registries } from '../../src/clients/registry.ts';
import { historyTag } from '../../src/core/promotion.ts';
import { matches, type Image } from '../../src/core/estate.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { startRegistry } from '../../src/rehearsal/registry.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { aDigest } from '../builders.ts';
import { ACCOUNT, serveEcr } from '../servers/ecr.ts';
import { estate, makeApp, resourcesOf } from './synthesized.ts';

const { regions } = makeApp();

/** What ECR was asked for, when a release came to a region that had no repository for it. */
async function madeByMirroring({ repository, moving }: Image): Promise<Readonly<Record<string, unknown>>> {
  const [source, copy] = [await startRegistry(), await startRegistry({ manners: { kind: 'ecr' } })];
  const ecr = await serveEcr(copy);
  onTestFinished(async () => {
    await Promise.all([source.close(), copy.close()]);
    await ecr[Symbol.asyncDispose]();
  });
  const { digest } = await seedImage(source, { repository, tag: 'latest', version: 'v1' });
  const host = `${ACCOUNT}.dkr.ecr.us-east-2.amazonaws.com`;
  const now = (): Date => new Date();
  const open = registries({
    now,
    hosts: new Map([[host, copy.host]]),
    newRepository: copyRepository(moving),
    ecr: (where) => ecrRegion({ ...where, now, client: ecr.client() }),
  });
  const outcome = await mirror({
    release: { image: repository, tag: 'latest' },
    endpoints: {
      source: open({ registry: source.host, repository }),
      copies: new Map([['us-east-2', open({ registry: host, repository })]]),
    },
    journal: memoryJournal(),
    id: 'one',
    by: 'test',
    why: 'a test',
    now,
    history: true,
  });
  expect(outcome).toMatchObject({ result: 'promoted', digest });
  return ecr.settingsOf(repository) ?? {};
}

describe.each(regions.map((stack) => [stack.region, stack] as const))('the copies in %s', (_, stack) => {
  const [[, repository] = []] = Object.entries(resourcesOf(stack, 'AWS::ECR::Repository'));
  const properties = repository?.Properties ?? {};

  it('are one repository for each image', () => {
    expect(Object.values(resourcesOf(stack, 'AWS::ECR::Repository'))).toHaveLength(estate.images.length);
    expect(properties['RepositoryName']).toBe('coder-preview');
  });

  it('are scanned when they arrive, and encrypted by ECR itself', () => {
    expect(properties['ImageScanningConfiguration']).toEqual({ ScanOnPush: true });
    // AES-256 is what ECR does where nothing is said; KMS would have to be.
    expect(properties['EncryptionConfiguration']).toBeUndefined();
  });

  it('keep every tag as it was written, but for those that move', () => {
    expect(properties['ImageTagMutability']).toBe('IMMUTABLE_WITH_EXCLUSION');
    const filters: Readonly<Record<string, string>>[] = properties['ImageTagMutabilityExclusionFilters'];
    const moves = (tag: string): boolean =>
      filters.some(({ ImageTagMutabilityExclusionFilterValue: filter = '' }) => matches(filter, tag));
    expect(['latest', 'v2.31.0', historyTag(aDigest('a'))].map(moves)).toEqual([true, false, false]);
  });

  it('lose nothing that was ever promoted: only what no tag has named for two weeks', () => {
    const { rules } = JSON.parse(properties['LifecyclePolicy'].LifecyclePolicyText) as { rules: unknown[] };
    expect(rules).toEqual([
      expect.objectContaining({
        selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: 14, countUnit: 'days' },
        action: { type: 'expire' },
      }),
    ]);
  });

  it('are made no different by the mirror, where a stack is not deployed yet', async () => {
    const { imageTagMutability, imageTagMutabilityExclusionFilters, imageScanningConfiguration, ...made } =
      await madeByMirroring(estate.images[0]!);
    expect({ imageTagMutability, imageScanningConfiguration }).toEqual({
      imageTagMutability: properties['ImageTagMutability'],
      imageScanningConfiguration: { scanOnPush: properties['ImageScanningConfiguration'].ScanOnPush },
    });
    expect(imageTagMutabilityExclusionFilters).toEqual(
      properties['ImageTagMutabilityExclusionFilters'].map((filter: Record<string, string>) => ({
        filterType: filter['ImageTagMutabilityExclusionFilterType'],
        filter: filter['ImageTagMutabilityExclusionFilterValue'],
      })),
    );
    expect(made['encryptionConfiguration']).toEqual({ encryptionType: 'AES256' });
    const ruled = (text: unknown): unknown => (JSON.parse(String(text)) as { rules: unknown }).rules;
    expect(ruled(made['lifecyclePolicyText'])).toEqual(ruled(properties['LifecyclePolicy'].LifecyclePolicyText));
  });

  it('stay when the stack goes', () => {
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});
