import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { Construct } from 'constructs';
import type { EksCluster, Estate } from '../src/core/estate.ts';
import { nameFor, roleArn } from './names.ts';
import { powers, type Powers } from './powers.ts';

export interface ClusterStackProps extends StackProps {
  readonly estate: Estate;
  /** Those of one region. */
  readonly clusters: readonly EksCluster[];
}

/** What `deploy/rbac.yaml` gives its rights to. */
const GROUP = 'greenroom';
/** And to those that look at keys: the secrets of the gateway's consumers, by name. */
const KEYS_GROUP = 'greenroom-keys';

/**
 * Lets the functions that look into clusters into those of a region.
 *
 * As members of a group that each cluster gives rights to by itself, and with no policy of EKS's own: every one that
 * may scale may read secrets too.
 */
export class ClusterStack extends Stack {
  constructor(scope: Construct, id: string, { estate, clusters, ...props }: ClusterStackProps) {
    super(scope, id, props);
    const visitors = Object.entries<Powers>(powers).filter(([, may]) => may.clusters);
    for (const { name, eks = name } of clusters) {
      for (const [label, { keys }] of visitors) {
        new CfnAccessEntry(this, `${name}-${label}`, {
          clusterName: eks,
          principalArn: roleArn(this, nameFor(estate), label),
          kubernetesGroups: keys ? [GROUP, KEYS_GROUP] : [GROUP],
          type: 'STANDARD',
        });
      }
    }
  }
}

/** An estate's clusters by their region. */
export const clustersByRegion = ({ clusters = [] }: Pick<Estate, 'clusters'>): ReadonlyMap<string, EksCluster[]> =>
  Map.groupBy(clusters, ({ region }) => region);
