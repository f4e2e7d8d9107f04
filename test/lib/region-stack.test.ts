import { Template } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { historyTag } from '../../src/core/promotion.ts';
import { matches } from '../../src/core/estate.ts';
import { aDigest } from '../builders.ts';
import { estate, makeApp, resourcesOf } from './synthesized.ts';

const { regions } = makeApp();

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

  it('stay when the stack goes', () => {
    Template.fromStack(stack).hasResource('AWS::ECR::Repository', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });
});
