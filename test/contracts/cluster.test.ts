import { describe, expect, it } from 'vitest';
import type { ClusterAccess } from '../../src/clients/eks.ts';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { rulesAllowing } from '../../src/rehearsal/kubernetes/rbac.ts';
import { serveKubernetes, type KubernetesServer } from '../../src/rehearsal/kubernetes/serve.ts';
import { privateAuthority } from '../servers/authority.ts';
import { manifests, shippedRbac } from '../servers/rbac.ts';
import { BEGINS, promisesOfACluster } from './cluster.ts';

const aWorld = () => new RehearsedCluster({ name: 'ohio', begins: BEGINS });
const QUICK = { backoffMs: 1, limitMs: 1, tries: 3 };

const accessTo = (url: string, ca: string): ClusterAccess => ({
  access: async () => ({ endpoint: new URL(url), ca }),
  token: async () => 'k8s-aws-v1.token',
  forget: () => undefined,
});

describe('a cluster in memory', () => {
  promisesOfACluster(() => {
    const world = aWorld();
    return { world, port: world.port, close: () => undefined };
  });
});

describe('a cluster over HTTPS, with its own authority and the shipped permissions', () => {
  const rbac = shippedRbac();
  const authority = privateAuthority();
  const asked: KubernetesServer['asked'] = [];

  promisesOfACluster(async () => {
    const world = aWorld();
    const server = await serveKubernetes({
      cluster: world,
      tls: authority,
      rbac,
      knows: (token) => token === 'k8s-aws-v1.token',
    });
    const port = kubernetesCluster({ name: 'ohio', access: accessTo(server.url, authority.ca), http: QUICK });
    const close = async () => {
      asked.push(...server.asked);
      await server.close();
    };
    return { world, port, close };
  });

  it('is granted nothing that none of these stories needed', () => {
    // Told last, when all stories have been told: a permission that no request of theirs needed is one too many.
    const needed = new Set(
      asked.flatMap((request) =>
        rulesAllowing(rbac, request).flatMap((rule) =>
          rule.resources.filter((each) => each === request.resource).map((resource) => `${request.verb} ${resource}`),
        ),
      ),
    );
    const granted = manifests().flatMap(({ rules = [] }) =>
      rules.flatMap(({ resources, verbs }) =>
        resources.flatMap((resource) => verbs.map((verb) => `${verb} ${resource}`)),
      ),
    );
    expect(granted.filter((each) => !needed.has(each))).toEqual([]);
  });
});

describe('the shipped permissions', () => {
  it('grant nothing that opens anything else', () => {
    const rules = manifests().flatMap(({ rules = [] }) => rules);
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    expect(
      words.filter((word) =>
        /\*|secret|proxy|exec|create|delete|update|escalate|impersonate|bind|node(?!pools)/.test(word),
      ),
    ).toEqual([]);
    expect(rules).toHaveLength(8);
  });

  it('are bound to our group and to nobody else', () => {
    const bindings = manifests().filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings.flatMap(({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind} ${name}`))).toEqual(
      bindings.map(() => 'Group greenroom'),
    );
  });
});
