import { CfnOutput, Duration, RemovalPolicy, Stack, type StackProps } from 'aws-cdk-lib';
import {
  ImageTagMutabilityExclusionFilter,
  Repository,
  RepositoryEncryption,
  TagMutability,
  TagStatus,
} from 'aws-cdk-lib/aws-ecr';
import type { Construct } from 'constructs';
import { UNTAGGED_DAYS } from '../src/core/copy-settings.ts';
import type { Estate, Image } from '../src/core/estate.ts';

export interface RegionStackProps extends StackProps {
  readonly estate: Estate;
}

/** What a region holds: a copy of every image. */
export class RegionStack extends Stack {
  constructor(scope: Construct, id: string, { estate, ...props }: RegionStackProps) {
    super(scope, id, props);
    for (const image of estate.images) {
      const copy = repositoryOf(this, image);
      new CfnOutput(this, `${image.name}-uri`, { value: copy.repositoryUri });
    }
  }
}

/** ECR takes at most so many exceptions from immutability. */
const MOST_FILTERS = 5;

function repositoryOf(scope: Construct, { name, repository, moving }: Image): Repository {
  if (moving.length > MOST_FILTERS) {
    throw new Error(`${name}: ECR knows at most ${MOST_FILTERS} patterns of moving tags, not ${moving.length}`);
  }
  return new Repository(scope, name, {
    repositoryName: repository,
    ...(moving.length > 0
      ? {
          imageTagMutability: TagMutability.IMMUTABLE_WITH_EXCLUSION,
          imageTagMutabilityExclusionFilters: moving.map((tag) => ImageTagMutabilityExclusionFilter.wildcard(tag)),
        }
      : { imageTagMutability: TagMutability.IMMUTABLE }),
    // Because the registry-level setting that AWS would rather see is one per account and region: it is the account
    // owner's, and a stack of ours would overwrite it. Where they have set it, theirs wins over this one.
    imageScanOnPush: true,
    // Because with AES-256 a pull asks nobody else: under KMS every layer of every pull would be a call to a service
    // with a quota of its own, in the minute in which a room full of people starts its workspaces.
    encryption: RepositoryEncryption.AES_256,
    removalPolicy: RemovalPolicy.RETAIN,
    lifecycleRules: [
      {
        // Because a rule that counts cannot see what runs: history tags (gr-…) keep every digest that was ever
        // promoted, and dropping the oldest of them would drop the one a pin or a slow node still needs.
        description: 'What no promotion ever tagged; children of an index and referrers live as long as it does',
        tagStatus: TagStatus.UNTAGGED,
        maxImageAge: Duration.days(UNTAGGED_DAYS),
      },
    ],
  });
}
