import { describe, expect, it, onTestFinished } from 'vitest';
import { minutes, plus } from '../../src/core/time.ts';
import { servingPods } from '../../src/replicas.ts';
import type { ClusterAccess } from '../../src/clients/eks.ts';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { rulesAllowing } from '../../src/rehearsal/kubernetes/rbac.ts';
import { serveKubernetes, type KubernetesServer } from '../../src/rehearsal/kubernetes/serve.ts';
import { privateAuthority } from '../servers/authority.ts';
import { GATEWAY_VISITOR, KEYS_VISITOR, manifests, shippedRbac, VISITOR } from '../servers/rbac.ts';
import { BEGINS, CONSUMED, promisesOfACluster, secretObject } from './cluster.ts';

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
  const rbac = shippedRbac([...KEYS_VISITOR, ...GATEWAY_VISITOR]);
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
          rule.resources
            .filter((each) => each === request.resource)
            .map((resource) => `${request.verb} ${resource}${rule.resourceNames ? ` ${request.name}` : ''}`),
        ),
      ),
    );
    const granted = manifests().flatMap(({ rules = [] }) =>
      rules.flatMap(({ resources, verbs, resourceNames = [''] }) =>
        resources.flatMap((resource) =>
          verbs.flatMap((verb) => resourceNames.map((name) => `${verb} ${resource} ${name}`.trim())),
        ),
      ),
    );
    expect(granted.filter((each) => !needed.has(each))).toEqual([]);
  });
});

describe('secrets in a cluster', () => {
  const over = async (groups: readonly string[]) => {
    const world = aWorld();
    const authority = privateAuthority();
    for (const meta of [CONSUMED, { ...CONSUMED, name: 'another' }, { ...CONSUMED, namespace: 'coder' }])
      world.put('Secret', secretObject(meta, { key: 'sk-planted' }));
    const server = await serveKubernetes({ cluster: world, tls: authority, rbac: shippedRbac(groups) });
    onTestFinished(() => server.close());
    return kubernetesCluster({ name: 'ohio', access: accessTo(server.url, authority.ca), http: QUICK });
  };

  it('are opened by name to whoever looks at keys: not the others beside it, nor its namesake elsewhere', async () => {
    const port = await over(KEYS_VISITOR);
    expect((await port.secret('coder-ws', 'litellm-key', 'key'))?.reveal()).toBe('sk-planted');
    for (const [namespace, name] of [
      ['coder-ws', 'another'],
      ['coder', 'litellm-key'],
    ] as const) {
      const remedy = `resources: ["secrets"], resourceNames: ["${name}"], verbs: ["get"]`;
      await expect(port.secret(namespace, name, 'key')).rejects.toThrow(remedy);
    }
  });

  it('are closed to every other visitor', async () => {
    const port = await over(VISITOR);
    await expect(port.secret('coder-ws', 'litellm-key', 'key')).rejects.toThrow('for group greenroom-keys');
  });
});

describe('the gateway’s pods in a cluster', () => {
  const pool = {
    name: 'gateway',
    kind: 'gateway',
    cluster: 'ohio',
    namespace: 'litellm',
    workload: 'litellm',
  } as const;

  async function asWhatMakesKeys() {
    const world = aWorld();
    const authority = privateAuthority();
    for (const [namespace, name] of [
      ['litellm', 'litellm'],
      ['litellm', 'another'],
      ['coder', 'coder'],
    ] as const)
      world.put('Deployment', workload({ namespace, name, replicas: 2 }));
    world.advance(plus(BEGINS, minutes(1)));
    const server = await serveKubernetes({ cluster: world, tls: authority, rbac: shippedRbac(GATEWAY_VISITOR) });
    onTestFinished(() => server.close());
    const access = accessTo(server.url, authority.ca);
    return kubernetesCluster({ name: 'ohio', access, group: 'greenroom-gateway', http: QUICK });
  }

  it('are seen by what makes keys, with their addresses', async () => {
    const port = await asWhatMakesKeys();
    const pods = await servingPods({ estate: { pools: [pool] }, clusters: { cluster: () => port } });
    expect(pods.map(({ address }) => address)).toEqual(['10.0.0.1', '10.0.0.2']);
  });

  it('are all that it sees: no other workload, no other namespace, no secret, and it changes nothing', async () => {
    const port = await asWhatMakesKeys();
    const missing = 'for group greenroom-gateway';
    await expect(port.pods({ namespace: 'litellm', workload: 'another' })).rejects.toThrow(missing);
    await expect(port.pods({ namespace: 'coder', workload: 'coder' })).rejects.toThrow(missing);
    await expect(port.pool(pool)).rejects.toThrow(missing);
    await expect(port.restart(pool, BEGINS)).rejects.toThrow('verbs: ["patch"]');
    await expect(port.secret('litellm', 'litellm', 'key')).rejects.toThrow('403');
  });
});

describe('the shipped permissions', () => {
  it('open secrets by name and to be read alone, in one namespace and to a group of its own', () => {
    const roles = manifests().filter(({ rules = [] }) => rules.some(({ resources }) => resources.includes('secrets')));
    expect(roles.map(({ kind, rules }) => [kind, rules])).toEqual([
      ['Role', [{ apiGroups: [''], resources: ['secrets'], resourceNames: ['litellm-key'], verbs: ['get'] }]],
    ]);
    const bound = manifests().filter(({ roleRef }) => roleRef?.name === roles[0]?.metadata.name);
    expect(bound.map(({ kind, subjects }) => [kind, subjects?.map(({ name }) => name)])).toEqual([
      ['RoleBinding', ['greenroom-keys']],
    ]);
  });

  it('grant nothing that opens anything else', () => {
    const rules = manifests().flatMap(({ kind, rules = [] }) => (kind === 'Role' ? [] : rules));
    const words = rules.flatMap(({ apiGroups, resources, verbs }) => [...apiGroups, ...resources, ...verbs]);
    expect(
      words.filter((word) =>
        /\*|secret|proxy|exec|create|delete|update|escalate|impersonate|bind|node(?!pools)/.test(word),
      ),
    ).toEqual([]);
    expect(rules).toHaveLength(8);
  });

  it('are bound to our groups and to nobody else', () => {
    const bindings = manifests().filter(({ kind }) => kind.endsWith('Binding'));
    expect(bindings.flatMap(({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind} ${name}`))).toEqual(
      bindings.map(({ roleRef }) => `Group ${roleRef?.kind === 'Role' ? roleRef.name : 'greenroom'}`),
    );
    const roles = manifests().filter(({ kind }) => kind === 'Role');
    expect(roles.map(({ metadata }) => metadata.name)).toEqual(['greenroom-keys', 'greenroom-gateway']);
  });
});
