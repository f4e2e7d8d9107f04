import { clusterOver, type ClusterSettings } from '../cluster.ts';
import type { Cluster } from '../ports.ts';
import type { ClusterAccess } from './eks.ts';
import type { HttpSettings } from './http/settings.ts';
import { kubernetesDesk } from './kubernetes/desk.ts';
import { verbsAt } from './kubernetes/verbs.ts';

export interface KubernetesSettings extends ClusterSettings {
  readonly access: ClusterAccess;
  /** The Kubernetes group that our access entry names, for whoever reads what is missing. Left out: `greenroom`. */
  readonly group?: string;
  readonly http?: HttpSettings;
}

/** A cluster over the Kubernetes API. Its connections trust the cluster's own authority, and nobody else's do. */
export const kubernetesCluster = ({
  access,
  group = 'greenroom',
  http = {},
  ...settings
}: KubernetesSettings): Cluster =>
  clusterOver(verbsAt(kubernetesDesk({ service: settings.name, group }, access, http)), settings);
