import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Rbac, Rule } from '../../src/rehearsal/kubernetes/rbac.ts';

export interface Manifest {
  readonly kind: 'ClusterRole' | 'Role' | 'ClusterRoleBinding' | 'RoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly kind: string; readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

export const manifests = (path = 'deploy/rbac.yaml'): Manifest[] =>
  parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Manifest);

/** The groups of a function that looks into clusters, and of one that looks at keys there as well. */
export const VISITOR = ['greenroom'];
export const KEYS_VISITOR = ['greenroom', 'greenroom-keys'];
/** Of what makes keys, and looks into clusters for the gateway's pods alone. */
export const GATEWAY_VISITOR = ['greenroom-gateway'];

/** What the shipped manifest grants to whoever is in these groups. */
export const shippedRbac = (groups: readonly string[] = KEYS_VISITOR): Rbac => grantedBy(manifests(), groups);

/** What manifests grant to whoever is in these groups. A Role is found in its binding's namespace alone. */
export function grantedBy(all: readonly Manifest[], groups: readonly string[]): Rbac {
  const rulesOf = ({ roleRef, metadata: { namespace } }: Manifest): readonly Rule[] =>
    all.find(
      ({ kind, metadata }) =>
        kind === roleRef?.kind &&
        metadata.name === roleRef.name &&
        (kind !== 'Role' || metadata.namespace === namespace),
    )?.rules ?? [];
  const ours = all.filter(({ subjects = [] }) =>
    subjects.some(({ kind, name }) => kind === 'Group' && groups.includes(name)),
  );
  const within = new Map<string, Rule[]>();
  for (const binding of ours.filter(({ kind }) => kind === 'RoleBinding')) {
    const namespace = binding.metadata.namespace ?? '';
    within.set(namespace, [...(within.get(namespace) ?? []), ...rulesOf(binding)]);
  }
  return { everywhere: ours.filter(({ kind }) => kind === 'ClusterRoleBinding').flatMap(rulesOf), within };
}
