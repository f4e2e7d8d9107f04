import { Stack, type StackProps } from 'aws-cdk-lib';
import { CfnAccessEntry } from 'aws-cdk-lib/aws-eks';
import type { Construct } from 'constructs';
import type { EksCluster, Estate } from '../src/core/estate.ts';
import { nameFor, roleArn } from './names.ts';
import { clustersOfPods, powers, type Powers } from './powers.ts';

export interface ClusterStackProps extends StackProps {
  readonly estate: Estate;
  /** Those of one region. */
  readonly clusters: readonly EksCluster[];
}

/** What `deploy/rbac.yaml` gives its rights to. */
const GROUP = 'greenroom';
/** And to those that look at keys: the secrets of the gateway's consumers, by name. */
const KEYS_GROUP = 'greenroom-keys';
/** Of what makes keys: to see the gateway's pods, each of which has to take a key before it is published. */
const PODS_GROUP = 'greenroom-gateway';

/**
 * Lets the functions that look into clusters into those of a region.
 *
 * As members of a group that each cluster gives rights to by itself, and with no policy of EKS's own: every one that
 * may scale may read secrets too.
 */
export class ClusterStack extends Stack {
  readonly #estate: Estate;

  constructor(scope: Construct, id: string, { estate, clusters, ...props }: ClusterStackProps) {
    super(scope, id, props);
    this.#estate = estate;
    const visitors = Object.entries<Powers>(powers).filter(([, may]) => may.clusters);
    const withPods = clustersOfPods(estate);
    for (const cluster of clusters) {
      for (const [label, { keys }] of visitors) this.#letIn(cluster, label, keys ? [GROUP, KEYS_GROUP] : [GROUP]);
      if (withPods.includes(cluster)) this.#letIn(cluster, 'rotate', [PODS_GROUP]);
    }
  }

  #letIn({ name, eks = name }: EksCluster, label: string, kubernetesGroups: string[]): void {
    const principalArn = roleArn(this, nameFor(this.#estate), label);
    new CfnAccessEntry(this, `${name}-${label}`, {
      clusterName: eks,
      principalArn,
      kubernetesGroups,
      type: 'STANDARD',
    });
  }
}

/** An estate's clusters by their region. */
export const clustersByRegion = ({ clusters = [] }: Pick<Estate, 'clusters'>): ReadonlyMap<string, EksCluster[]> =>
  Map.groupBy(clusters, ({ region }) => region);
