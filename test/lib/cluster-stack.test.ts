import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';
import { describe, expect, it } from 'vitest';
import type { Estate } from '../../src/core/estate.ts';
import { estate, inVpc, makeApp, resolved, resourcesOf, withPods } from './synthesized.ts';

const entriesOf = (of: Estate) =>
  makeApp(of).clusters.flatMap((stack) =>
    Object.values(resourcesOf(stack, 'AWS::EKS::AccessEntry')).map(({ Properties }) => ({
      ...Properties,
      in: stack.region,
    })),
  );
const entries = entriesOf(estate);

const LOOK_AT_KEYS = ['posture', 'credentials'];

const namesOfRoles = (of: Estate): string[] =>
  Object.values(resourcesOf(makeApp(of).home, 'AWS::IAM::Role')).flatMap(
    ({ Properties }) => (Properties['RoleName'] as string | undefined) ?? [],
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

  it('make them members of the groups that deploy/rbac.yaml gives its rights to, only those that look at keys of the one that opens secrets, and give them no policy of EKS’s own', () => {
    const rbac = parseAllDocuments(readFileSync('deploy/rbac.yaml', 'utf8')).map(
      (document) => document.toJS() as Binding,
    );
    const groups = new Set(rbac.flatMap(({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind} ${name}`)));
    expect(groups).toEqual(new Set(['Group greenroom', 'Group greenroom-keys', 'Group greenroom-gateway']));
    for (const { PrincipalArn, KubernetesGroups, AccessPolicies, Type } of entries) {
      const looksAtKeys = LOOK_AT_KEYS.some((label) => resolved(PrincipalArn).endsWith(`-${label}`));
      const member = looksAtKeys ? ['greenroom', 'greenroom-keys'] : ['greenroom'];
      expect([KubernetesGroups, AccessPolicies, Type]).toEqual([member, undefined, 'STANDARD']);
    }
  });

  it('let in what makes keys where the gateway’s pods are to be found, and only there and for nothing else', () => {
    const rotates = (of: Estate) =>
      entriesOf(of).filter(({ PrincipalArn }) => resolved(PrincipalArn).endsWith('-rotate'));
    expect(rotates(withPods).map((entry) => [entry.in, entry.KubernetesGroups])).toEqual([
      ['us-east-2', ['greenroom-gateway']],
    ]);
    expect(rotates(inVpc)).toEqual([]);
    const names = namesOfRoles(withPods);
    for (const { PrincipalArn } of entriesOf(withPods))
      expect(names).toContain(resolved(PrincipalArn).split('role/')[1]);
  });

  it('name roles that the home stack makes', () => {
    const names = namesOfRoles(estate);
    const wanted = new Set(entries.map(({ PrincipalArn }) => resolved(PrincipalArn).split('role/')[1]));
    expect(new Set(names)).toEqual(wanted);
  });
});
