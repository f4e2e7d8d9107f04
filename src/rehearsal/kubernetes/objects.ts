import type { Json } from '../../core/json.ts';

/** What all objects of a rehearsal have, and what may be said of them besides. */
export interface Meta {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly owner?: { readonly kind: string; readonly name: string };
}

const metadata = ({ namespace, name, labels = {}, annotations = {}, owner }: Meta): Json => ({
  ...(namespace !== '' && { namespace }),
  name,
  labels,
  annotations,
  ...(owner && { ownerReferences: [{ ...owner, controller: true }] }),
});

export interface WorkloadOf extends Meta {
  readonly replicas: number;
  readonly image?: string;
  readonly container?: string;
  /** A volume for each pod, by the name of its template. */
  readonly volume?: string;
  readonly parallel?: boolean;
}

/** A Deployment or a StatefulSet; labelled as the Coder charts label theirs. */
export function workload(of: WorkloadOf): Json {
  const { replicas, image = 'busybox:latest', container = of.name, volume, parallel } = of;
  const selector = { 'app.kubernetes.io/name': of.name, 'app.kubernetes.io/instance': of.namespace };
  return {
    metadata: metadata({ ...of, labels: { ...selector, ...of.labels } }),
    spec: {
      replicas,
      selector: { matchLabels: selector },
      template: { metadata: { labels: selector }, spec: { containers: [{ name: container, image }] } },
      ...(volume !== undefined && { volumeClaimTemplates: [{ metadata: { name: volume } }] }),
      ...(parallel && { podManagementPolicy: 'Parallel' }),
    },
  };
}

export interface ScalerOf extends Meta {
  readonly target: { readonly kind: 'Deployment' | 'StatefulSet'; readonly name: string };
  readonly min: number;
  readonly max: number;
}

export const hpa = ({ target, min, max, ...meta }: ScalerOf): Json => ({
  metadata: metadata(meta),
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', ...target }, minReplicas: min, maxReplicas: max },
});

export const scaledObject = ({ target, min, max, ...meta }: ScalerOf): Json => ({
  metadata: metadata(meta),
  spec: { scaleTargetRef: target, minReplicaCount: min, maxReplicaCount: max },
});

export interface CronJobOf extends Meta {
  readonly schedule: string;
  readonly timeZone?: string;
  readonly suspend?: boolean;
}

export const cronJob = ({ schedule, timeZone, suspend = false, ...meta }: CronJobOf): Json => ({
  metadata: metadata(meta),
  spec: { schedule, suspend, ...(timeZone !== undefined && { timeZone }) },
});

export const nodePool = (name: string, budgets: readonly unknown[] = [{ nodes: '10%' }]): Json => ({
  metadata: metadata({ namespace: '', name }),
  spec: { disruption: { consolidationPolicy: 'WhenEmptyOrUnderutilized', consolidateAfter: '0s', budgets } },
});

export interface ApplicationOf {
  readonly name: string;
  readonly namespace?: string;
  readonly automated?: boolean;
  readonly selfHeal?: boolean;
  readonly ignoreDifferences?: readonly unknown[];
  readonly syncOptions?: readonly string[];
}

/** An Application of Argo CD. */
export const application = (of: ApplicationOf): Json => ({
  metadata: metadata({ namespace: of.namespace ?? 'argocd', name: of.name }),
  spec: {
    ...(of.ignoreDifferences && { ignoreDifferences: of.ignoreDifferences }),
    syncPolicy: {
      ...(of.automated && { automated: { prune: false, selfHeal: of.selfHeal ?? false } }),
      syncOptions: of.syncOptions ?? [],
    },
  },
});

/** The mark that Argo CD leaves on what it applies. */
export const trackedBy = (name: string): Record<string, string> => ({
  'argocd.argoproj.io/tracking-id': `${name}:apps/Deployment:x/x`,
});
