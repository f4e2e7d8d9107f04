import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import type { Rbac, Rule } from '../../src/rehearsal/kubernetes/rbac.ts';

interface Manifest {
  readonly kind: 'ClusterRole' | 'ClusterRoleBinding' | 'RoleBinding';
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly Rule[];
  readonly roleRef?: { readonly name: string };
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

export const manifests = (path = 'deploy/rbac.yaml'): Manifest[] =>
  parseAllDocuments(readFileSync(path, 'utf8')).map((document) => document.toJS() as Manifest);

/** What the shipped manifest grants to the group `greenroom`. */
export function shippedRbac(): Rbac {
  const all = manifests();
  const rulesOf = ({ roleRef }: Manifest): readonly Rule[] =>
    all.find(({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === roleRef?.name)?.rules ?? [];
  const ours = all.filter(({ subjects = [] }) =>
    subjects.some(({ kind, name }) => kind === 'Group' && name === 'greenroom'),
  );
  const within = new Map<string, Rule[]>();
  for (const binding of ours.filter(({ kind }) => kind === 'RoleBinding')) {
    const namespace = binding.metadata.namespace ?? '';
    within.set(namespace, [...(within.get(namespace) ?? []), ...rulesOf(binding)]);
  }
  return { everywhere: ours.filter(({ kind }) => kind === 'ClusterRoleBinding').flatMap(rulesOf), within };
}
