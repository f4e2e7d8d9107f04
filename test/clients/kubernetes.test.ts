import { describe, expect, it, onTestFinished } from 'vitest';
import type { ClusterAccess } from '../../src/clients/eks.ts';
import { kubernetesCluster } from '../../src/clients/kubernetes.ts';
import type { Cluster } from '../../src/ports.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { serveKubernetes, type KubernetesFault, type ServeSettings } from '../../src/rehearsal/kubernetes/serve.ts';
import { privateAuthority } from '../servers/authority.ts';
import { failureOf } from '../failure.ts';

const BEGINS = new Date('2026-09-14T12:00:00.000Z');
const PLACE = { namespace: 'coder-ws', workload: 'coder-provisioner' };
const LEVER = { kind: 'StatefulSet', namespace: 'coder-ws', name: 'coder-provisioner' } as const;

interface Access extends ClusterAccess {
  forgotten: number;
}

function accessTo(url: string, ca = '', tokens = ['first', 'second']): Access {
  const access: Access = {
    forgotten: 0,
    access: async () => ({ endpoint: new URL(url), ca }),
    token: async (afresh = false) => tokens[afresh ? 1 : 0] ?? '',
    forget: () => {
      access.forgotten += 1;
    },
  };
  return access;
}

async function opened(settings: Partial<ServeSettings> = {}, replicas = 1) {
  const world = new RehearsedCluster({ name: 'ohio', begins: BEGINS });
  world.put('StatefulSet', workload({ namespace: 'coder-ws', name: 'coder-provisioner', replicas, parallel: true }));
  const server = await serveKubernetes({ cluster: world, ...settings });
  onTestFinished(() => server.close());
  const access = accessTo(server.url);
  const port = kubernetesCluster({
    name: 'ohio',
    access,
    http: { backoffMs: 1, limitMs: 1, tries: 3, longestWaitMs: 1_500 },
  });
  return { world, server, access, port };
}

const fault = (status: number, times: number, change: Partial<KubernetesFault> = {}): KubernetesFault => ({
  on: ({ verb }) => verb !== 'create',
  status,
  times,
  ...change,
});

describe('a cluster that does not answer at once', () => {
  it.each([
    ['says 429 and when', 429, { retryAfterSeconds: 0 }],
    ['is broken for a moment', 500, {}],
    ['is being replaced', 503, {}],
    ['hangs up', 0, {}],
  ] as const)('and %s is asked again', async (_, status, change) => {
    const { server, port } = await opened();
    server.faults.push(fault(status, 2, change));
    expect(await port.read(LEVER)).toMatchObject({ value: 1 });
    expect(server.asked).toHaveLength(3);
  });

  it('and asks for more patience than we have is left alone', async () => {
    const { server, port } = await opened();
    server.faults.push(fault(429, 9, { retryAfterSeconds: 60, reason: 'TooManyRequests' }));
    expect((await failureOf(port.read(LEVER))).trouble).toBe('throttled');
    expect(server.asked).toHaveLength(1);
  });

  it('and stays broken is given up, and named', async () => {
    const { server, port } = await opened();
    server.faults.push(fault(500, 9, { reason: 'InternalError', message: 'etcd is down' }));
    const trouble = await failureOf(port.read(LEVER));
    expect(trouble.message).toBe(
      'ohio: could not get StatefulSet coder-ws/coder-provisioner: 500 InternalError etcd is down',
    );
  });

  it('to a write that it carried out is not written to twice', async () => {
    const { world, server, port } = await opened();
    server.faults.push(fault(504, 1, { on: ({ verb }) => verb === 'patch', afterwards: true }));
    expect(await port.set(LEVER, 6, { ifWas: 1 })).toMatchObject({
      outcome: 'already',
      reading: { value: 6, by: 'greenroom' },
    });
    expect(world.store.get('StatefulSet', 'coder-ws', 'coder-provisioner')).toMatchObject({ spec: { replicas: 6 } });
  });
});

describe('a list', () => {
  it('that expires between two pages is begun again, and has nothing twice', async () => {
    const { server, port } = await opened({}, 600);
    server.asked.length = 0;
    let pages = 0;
    server.faults.push(
      fault(410, 1, {
        reason: 'Expired',
        on: ({ verb, resource }) => verb === 'list' && resource === 'pods' && (pages += 1) === 2,
      }),
    );
    const pods = await port.pods(PLACE);
    expect([pods?.length, new Set(pods?.map(({ name }) => name)).size]).toEqual([600, 600]);
    expect(server.asked.filter(({ resource }) => resource === 'pods')).toHaveLength(2 + 3);
  });

  it('that always expires is given up', async () => {
    const { server, port } = await opened({}, 600);
    server.faults.push(fault(410, 99, { on: ({ resource }) => resource === 'pods' }));
    expect((await failureOf(port.pods(PLACE))).message).toContain('the list expired 4 times');
  });

  it('of what is not installed is empty', async () => {
    const { port } = await opened({ lacks: ['ScaledObject', 'NodePool'] });
    expect(await port.pool(PLACE)).toMatchObject({ choice: { ok: true } });
    expect(await port.nodePool('coder-provisioner')).toBeUndefined();
  });
});

describe('a refusal', () => {
  it('for want of a permission names the rule that is missing', async () => {
    const { port } = await opened({ rbac: { everywhere: [], within: new Map() } });
    const trouble = await failureOf(port.read(LEVER));
    expect(trouble.trouble).toBe('unauthorized');
    expect(trouble.message).toContain(
      'ohio: could not get StatefulSet coder-ws/coder-provisioner: 403 Forbidden statefulsets.apps',
    );
    expect(trouble.message).toContain(
      '{apiGroups: ["apps"], resources: ["statefulsets"], verbs: ["get"]}; deploy/rbac.yaml grants it',
    );
  });

  it('of a token is met with another one, once', async () => {
    const { server, port } = await opened({ knows: (token) => token === 'second' });
    expect(await port.read(LEVER)).toMatchObject({ value: 1 });
    expect(server.asked.map(({ token }) => token)).toEqual(['first', 'second']);
  });

  it('of the other one too names the access entry, and no token', async () => {
    const { server, port } = await opened({ knows: () => false });
    const trouble = await failureOf(port.read(LEVER));
    expect(server.asked).toHaveLength(2);
    expect(trouble.message).toContain('EKS access entry with the Kubernetes group greenroom');
    expect([trouble.message, trouble.stack, String(trouble.cause)].join()).not.toMatch(/first|second/);
  });

  it('of a value is in the API server’s words', async () => {
    const { server, port } = await opened();
    server.faults.push(
      fault(422, 1, {
        reason: 'Invalid',
        message: 'spec.replicas: Invalid value: -1',
        on: ({ verb }) => verb === 'patch',
      }),
    );
    const trouble = await failureOf(port.set(LEVER, -1, { ifWas: 1 }));
    expect([trouble.trouble, trouble.message]).toEqual([
      'refused',
      'ohio: could not patch StatefulSet coder-ws/coder-provisioner: 422 Invalid spec.replicas: Invalid value: -1',
    ]);
  });

  it('to read Applications is no trouble, but a lever that is not chosen', async () => {
    const rule = { apiGroups: ['apps', 'autoscaling', 'keda.sh'], resources: ['*'], verbs: ['get', 'list'] };
    const { world, port } = await opened({ rbac: { everywhere: [rule], within: new Map() } });
    const annotations = { 'argocd.argoproj.io/tracking-id': 'ohio:apps/StatefulSet:coder-ws/coder-provisioner' };
    world.change('StatefulSet', 'coder-ws', 'coder-provisioner', { metadata: { annotations } });
    expect(await port.pool(PLACE)).toMatchObject({
      choice: { ok: false, why: expect.stringContaining('cannot be told') as unknown },
    });
  });
});

describe('trust', () => {
  const over = async (ca: string): Promise<{ port: Cluster; access: Access }> => {
    const authority = privateAuthority();
    const world = new RehearsedCluster({ name: 'ohio', begins: BEGINS });
    const server = await serveKubernetes({ cluster: world, tls: authority });
    onTestFinished(() => server.close());
    const access = accessTo(server.url, ca);
    return { access, port: kubernetesCluster({ name: 'ohio', access, http: { tries: 1 } }) };
  };

  it.each([
    ['the public authorities', ''],
    ['another cluster’s authority', privateAuthority().ca],
  ])('in %s opens no cluster, and its address is looked up again', async (_, ca) => {
    const { port, access } = await over(ca);
    const trouble = await failureOf(port.read(LEVER));
    expect([trouble.trouble, trouble.code]).toEqual(['broken', expect.stringMatching(/UNABLE_TO|SELF_SIGNED|CERT/)]);
    expect(access.forgotten).toBe(1);
  });
});
