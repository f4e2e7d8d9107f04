import { UNTAGGED_DAYS } from '../../core/copy-settings.ts';
import type { NewRepository } from '../ecr.ts';

/** As the region stacks make them (`lib/region-stack.ts`), for an image that was added to the estate and is not yet deployed. */
export const copyRepository = (moving: readonly string[]): NewRepository => ({
  imageTagMutability: moving.length > 0 ? 'IMMUTABLE_WITH_EXCLUSION' : 'IMMUTABLE',
  ...(moving.length > 0 && {
    imageTagMutabilityExclusionFilters: moving.map((filter) => ({ filterType: 'WILDCARD' as const, filter })),
  }),
  imageScanningConfiguration: { scanOnPush: true },
  encryptionConfiguration: { encryptionType: 'AES256' },
  lifecyclePolicyText: JSON.stringify({ rules: [UNTAGGED_GOES] }),
});

const UNTAGGED_GOES = {
  rulePriority: 1,
  description: 'What no promotion ever tagged; children of an index and referrers live as long as it does',
  selection: { tagStatus: 'untagged', countType: 'sinceImagePushed', countNumber: UNTAGGED_DAYS, countUnit: 'days' },
  action: { type: 'expire' },
};
