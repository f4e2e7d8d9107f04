import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import { makeApp, resolved, resourcesOf } from './synthesized.ts';

const { clusters } = makeApp();
const entries = clusters.flatMap((stack) =>
  Object.values(resourcesOf(stack, 'AWS::EKS::AccessEntry')).map(({ Properties }) => ({
    ...Properties,
    in: stack.region,
  })),
);

interface Binding {
  readonly kind: string;
  readonly subjects?: readonly { readonly kind: string; readonly name: string }[];
}

describe('the access entries', () => {
  it('let the four functions that look into clusters into each cluster of the estate, and nobody else', () => {
    const visitors = ['parity', 'posture', 'lift', 'credentials'].map(
      (label) => `arn:aws:iam::123456789012:role/greenroom-ai-coder-com-${label}`,
    );
    for (const region of ['us-east-2', 'us-west-2', 'eu-west-2']) {
      const there = entries.filter((entry) => entry.in === region);
      expect(there.map(({ PrincipalArn }) => resolved(PrincipalArn)).sort()).toEqual(visitors.toSorted());
      expect(new Set(there.map(({ ClusterName }) => ClusterName))).toEqual(new Set(['ai-coder-com']));
    }
    expect(entries).toHaveLength(12);
  });

  it('make them members of the group that deploy/rbac.yaml gives its rights to, and give them no policy of EKS’s own', () => {
    const rbac = parseAllDocuments(readFileSync('deploy/rbac.yaml', 'utf8')).map(
      (document) => document.toJS() as Binding,
    );
    const groups = new Set(rbac.flatMap(({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind} ${name}`)));
    expect(groups).toEqual(new Set(['Group greenroom']));
    for (const { KubernetesGroups, AccessPolicies, Type } of entries) {
      expect([KubernetesGroups, AccessPolicies, Type]).toEqual([['greenroom'], undefined, 'STANDARD']);
    }
  });

  it('name roles that the home stack makes', () => {
    const { home } = makeApp();
    const names = Object.values(resourcesOf(home, 'AWS::IAM::Role')).flatMap(
      ({ Properties }) => Properties['RoleName'] ?? [],
    );
    const wanted = new Set(entries.map(({ PrincipalArn }) => resolved(PrincipalArn).split('role/')[1]));
    expect(new Set(names)).toEqual(wanted);
  });
});
