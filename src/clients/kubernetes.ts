import { clusterOver, type ClusterSettings } from '../cluster.ts';
import type { Cluster } from '../ports.ts';
import type { ClusterAccess } from './eks.ts';
import type { HttpSettings } from './http/settings.ts';
import { kubernetesDesk } from './kubernetes/desk.ts';
import { verbsAt } from './kubernetes/verbs.ts';

export interface KubernetesSettings extends ClusterSettings {
  readonly access: ClusterAccess;
  readonly http?: HttpSettings;
}

/** A cluster over the Kubernetes API. Its connections trust the cluster's own authority, and nobody else's do. */
export const kubernetesCluster = ({ access, http = {}, ...settings }: KubernetesSettings): Cluster =>
  clusterOver(verbsAt(kubernetesDesk(settings.name, access, http)), settings);
