import { describe, expect, it, onTestFinished } from 'vitest';
import type { Breadcrumbs } from '../../src/core/kubernetes.ts';
import { FROZEN, type Lever } from '../../src/core/lever.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import type { Cluster } from '../../src/ports.ts';
import type { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { application, cronJob, hpa, nodePool, scaledObject, workload } from '../../src/rehearsal/kubernetes/objects.ts';

/** A cluster that a story lays hands on, and the port through which Greenroom sees it. */
export interface OpenCluster {
  readonly world: RehearsedCluster;
  readonly port: Cluster;
  close(): void | Promise<void>;
}

export const BEGINS = new Date('2026-09-14T12:00:00.000Z');
const PROVISIONERS = { namespace: 'coder-ws', workload: 'coder-provisioner' };
const GATEWAY = { namespace: 'litellm', workload: 'litellm' };
const SET: Lever = { kind: 'StatefulSet', namespace: 'coder-ws', name: 'coder-provisioner' };
const CRUMBS: Breadcrumbs = { was: 1, set: 6, until: plus(BEGINS, minutes(60)), why: 'Agents 101', edition: 3 };

const provisioners = (change: object = {}) =>
  workload({ namespace: 'coder-ws', name: 'coder-provisioner', replicas: 1, volume: 'cache', ...change });
const gateway = (change: object = {}) => workload({ namespace: 'litellm', name: 'litellm', replicas: 4, ...change });
const TARGET = { kind: 'Deployment', name: 'litellm' } as const;

/** What every cluster promises, whatever it is reached over. */
export function promisesOfACluster(open: () => OpenCluster | Promise<OpenCluster>): void {
  const opened = async (): Promise<OpenCluster> => {
    const cluster = await open();
    onTestFinished(() => cluster.close());
    return cluster;
  };
  describe('a pool', () => promisesAboutPools(opened));
  describe('a lever', () => promisesAboutLevers(opened));
  describe('a rotator', () => promisesAboutRotators(opened));
  describe('a node pool', () => promisesAboutNodePools(opened));
  describe('pods', () => promisesAboutPods(opened));
  describe('a secret', () => promisesAboutSecrets(opened));
}

type Opened = () => Promise<OpenCluster>;

function promisesAboutPools(opened: Opened): void {
  it('that is not there is an answer', async () => {
    const { port } = await opened();
    expect(await port.pool(PROVISIONERS)).toBeUndefined();
  });

  it('is found out to be a StatefulSet, and how it stands', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners({ replicas: 2 }));
    expect(await port.pool(PROVISIONERS)).toMatchObject({ workload: SET, desired: 2, ready: 0, ordered: true });
    world.advance(plus(BEGINS, seconds(40)));
    expect(await port.pool(PROVISIONERS)).toEqual({
      workload: SET,
      choice: { ok: true, lever: SET, value: 2, risks: [] },
      desired: 2,
      ready: 2,
      ordered: true,
    });
  });

  it('is found out to be a Deployment below an HPA', async () => {
    const { world, port } = await opened();
    world.put('Deployment', gateway());
    world.put(
      'HorizontalPodAutoscaler',
      hpa({ namespace: 'litellm', name: 'litellm', target: TARGET, min: 4, max: 8 }),
    );
    expect(await port.pool(GATEWAY, 8)).toMatchObject({
      workload: { kind: 'Deployment' },
      choice: { ok: true, lever: { kind: 'HorizontalPodAutoscaler', name: 'litellm' }, value: 4 },
      ordered: false,
    });
    expect(await port.pool(GATEWAY, 9)).toMatchObject({
      choice: { ok: false, why: expect.stringContaining('8 replicas at most') as unknown },
    });
  });

  it('is raised by the ScaledObject where KEDA scales it, and by no other workload’s', async () => {
    const { world, port } = await opened();
    world.put('Deployment', gateway());
    world.put(
      'ScaledObject',
      scaledObject({ namespace: 'litellm', name: 'by-queue', target: TARGET, min: 4, max: 20 }),
    );
    const other = { kind: 'Deployment', name: 'other' } as const;
    world.put('ScaledObject', scaledObject({ namespace: 'litellm', name: 'other', target: other, min: 1, max: 2 }));
    expect(await port.pool(GATEWAY, 8)).toMatchObject({
      choice: { ok: true, lever: { kind: 'ScaledObject', name: 'by-queue' } },
    });
  });

  it('of two workloads of one name is refused, not guessed', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    world.put('Deployment', provisioners());
    await expect(port.pool(PROVISIONERS)).rejects.toThrow(/a Deployment and a StatefulSet are called that/);
  });

  it('that Argo CD heals is refused; one that it only syncs by hand is raised at a risk', async () => {
    const { world, port } = await opened();
    const annotations = {
      'argocd.argoproj.io/tracking-id': 'ohio.coder-ws:apps/StatefulSet:coder-ws/coder-provisioner',
    };
    world.put('StatefulSet', provisioners({ annotations }));
    world.put('Application', application({ name: 'ohio.coder-ws', automated: true, selfHeal: true }));
    expect(await port.pool(PROVISIONERS)).toMatchObject({
      choice: {
        ok: false,
        remedy: expect.stringContaining('ignoreDifferences: [{group: apps, kind: StatefulSet') as unknown,
      },
    });
    world.put('Application', application({ name: 'ohio.coder-ws' }));
    expect(await port.pool(PROVISIONERS)).toMatchObject({
      choice: {
        ok: true,
        risks: [expect.stringMatching(/^a sync by hand sets it back: Application argocd\/ohio\.coder-ws declares/)],
      },
    });
  });

  it('whose release’s name stands where Argo CD may put its own is Helm’s, unless there is such an Application', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    expect(await port.pool(PROVISIONERS)).toMatchObject({ choice: { ok: true, risks: [] } });
    world.put('Application', application({ name: 'coder-ws', automated: true, selfHeal: true }));
    expect(await port.pool(PROVISIONERS)).toMatchObject({ choice: { ok: false } });
  });
}

function promisesAboutLevers(opened: Opened): void {
  it('is set with its breadcrumbs in one write, and its last writer is us', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    const written = await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS });
    expect(written).toEqual({ outcome: 'set', reading: { value: 6, by: 'greenroom', breadcrumbs: CRUMBS } });
    expect(await port.read(SET)).toEqual({ value: 6, by: 'greenroom', breadcrumbs: CRUMBS });
    expect(await port.pool(PROVISIONERS)).toMatchObject({ desired: 6, breadcrumbs: CRUMBS });
    expect(world.writes).toBe(1);
  });

  it('is not written again where it stands already', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS });
    expect(await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS })).toMatchObject({ outcome: 'already' });
    expect(world.writes).toBe(1);
  });

  it('is put back, and the breadcrumbs are swept', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS });
    expect(await port.set(SET, 1, { ifWas: 6 })).toEqual({ outcome: 'set', reading: { value: 1, by: 'greenroom' } });
    expect(JSON.stringify(world.store.get('StatefulSet', 'coder-ws', 'coder-provisioner'))).not.toContain(
      'greenroom.coder.com',
    );
  });

  it('that somebody else has set is left alone, and whoever it was is named', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS });
    world.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 9 } }, 'kubectl-scale');
    const written = await port.set(SET, 1, { ifWas: 6 });
    expect(written).toMatchObject({ outcome: 'other', reading: { value: 9, by: 'kubectl-scale' } });
    expect(world.writes).toBe(1);
  });

  it('that somebody else has set to the same is not signed by us', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    world.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 6 } });
    expect(await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS })).toMatchObject({ outcome: 'already' });
    expect(world.writes).toBe(0);
  });

  it('that was written for a newer lease is left alone by whoever comes late with an older one', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, edition: 3, breadcrumbs: CRUMBS });
    expect(await port.set(SET, 1, { ifWas: 6, edition: 2 })).toMatchObject({ outcome: 'other', reading: { value: 6 } });
    const older = { ...CRUMBS, edition: 2, why: 'Another' };
    expect(await port.set(SET, 6, { ifWas: 1, edition: 2, breadcrumbs: older })).toMatchObject({ outcome: 'already' });
    expect(await port.set(SET, 6, { ifWas: 6, edition: 2 })).toMatchObject({ outcome: 'already' });
    expect((await port.read(SET))?.breadcrumbs).toEqual(CRUMBS);
    expect(world.writes).toBe(1);
    expect(await port.set(SET, 1, { ifWas: 6, edition: 4 })).toMatchObject({ outcome: 'set', reading: { value: 1 } });
  });

  it('that a newer lease is written for in between is left alone, although it stands as it did', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, edition: 3, breadcrumbs: CRUMBS });
    world.meddle = () => {
      world.meddle = () => undefined;
      world.change('StatefulSet', 'coder-ws', 'coder-provisioner', {
        metadata: { annotations: { 'greenroom.coder.com/edition': '5' } },
      });
    };
    expect(await port.set(SET, 1, { ifWas: 6, edition: 4 })).toMatchObject({ outcome: 'other', reading: { value: 6 } });
  });

  it('is swept of old breadcrumbs also where it was put back by hand', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS });
    world.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 1 } });
    await port.set(SET, 1, { ifWas: 6 });
    expect((await port.read(SET))?.breadcrumbs).toBeUndefined();
  });

  it('is tried again where the object changes underneath, and whose value it is decides', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    let hands = 2;
    world.meddle = () => {
      if (hands > 0)
        world.change('StatefulSet', 'coder-ws', 'coder-provisioner', {
          metadata: { labels: { touched: String(hands) } },
        });
      hands -= 1;
    };
    expect(await port.set(SET, 6, { ifWas: 1, breadcrumbs: CRUMBS })).toMatchObject({ outcome: 'set' });
    world.meddle = () => world.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 3 } });
    expect(await port.set(SET, 1, { ifWas: 6 })).toMatchObject({ outcome: 'other', reading: { value: 3 } });
  });

  it('that never stands still is given up', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    let hand = 0;
    world.meddle = () =>
      world.change('StatefulSet', 'coder-ws', 'coder-provisioner', {
        metadata: { labels: { touched: String((hand += 1)) } },
      });
    await expect(port.set(SET, 6, { ifWas: 1 })).rejects.toThrow(
      /could not set StatefulSet coder-ws\/coder-provisioner to 6: .*changed it 5 times/,
    );
  });

  it('costs one request to read, two to set, and five to find', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners());
    const costOf = async (ask: () => Promise<unknown>): Promise<number> => {
      const before = world.requests;
      await ask();
      return world.requests - before;
    };
    expect(await costOf(() => port.pool(PROVISIONERS))).toBe(5);
    expect(await costOf(() => port.read(SET))).toBe(1);
    expect(await costOf(() => port.set(SET, 6, { ifWas: 1 }))).toBe(2);
    expect(await costOf(() => port.set(SET, 6, { ifWas: 1 }))).toBe(1);
  });

  it('that is gone is an answer', async () => {
    const { port } = await opened();
    expect(await port.read(SET)).toBeUndefined();
    expect(await port.set(SET, 6, { ifWas: 1 })).toEqual({ outcome: 'absent' });
  });

  it.each([
    ['HorizontalPodAutoscaler', hpa],
    ['ScaledObject', scaledObject],
  ] as const)('on a %s raises what is below it, and is not undone', async (kind, make) => {
    const { world, port } = await opened();
    world.put('Deployment', gateway());
    world.put(kind, make({ namespace: 'litellm', name: 'litellm', target: TARGET, min: 4, max: 20 }));
    const lever: Lever = { kind, namespace: 'litellm', name: 'litellm' };
    await port.set(lever, 8, { ifWas: 4, breadcrumbs: { ...CRUMBS, was: 4, set: 8 } });
    world.advance(plus(BEGINS, minutes(10)));
    expect(await port.pool(GATEWAY)).toMatchObject({ desired: 8, ready: 8, breadcrumbs: { was: 4, set: 8 } });
  });

  it('that was not set at all is known as such', async () => {
    const { world, port } = await opened();
    world.put('CronJob', { metadata: { namespace: 'litellm', name: 'bare' }, spec: { schedule: '0 * * * *' } });
    const lever: Lever = { kind: 'CronJob', namespace: 'litellm', name: 'bare' };
    expect(await port.read(lever)).toEqual({ value: null });
    expect(await port.set(lever, true, { ifWas: null })).toMatchObject({ outcome: 'set', reading: { value: true } });
    expect(await port.set(lever, null, { ifWas: true })).toMatchObject({ outcome: 'set', reading: { value: null } });
  });
}

function promisesAboutRotators(opened: Opened): void {
  const ROTATOR = { namespace: 'litellm', workload: 'rotate-keys' };
  const rotating = (change: object = {}) =>
    cronJob({
      namespace: 'litellm',
      name: 'rotate-keys',
      schedule: '0 */4 * * *',
      timeZone: 'America/New_York',
      ...change,
    });

  it('that is a CronJob is suspended, and tells when it would fire', async () => {
    const { world, port } = await opened();
    world.put('CronJob', rotating());
    const lever: Lever = { kind: 'CronJob', namespace: 'litellm', name: 'rotate-keys' };
    expect(await port.rotator(ROTATOR)).toEqual({
      workload: lever,
      choice: { ok: true, lever, value: false, risks: [] },
      paused: false,
      running: 0,
      schedule: { cron: '0 */4 * * *', zone: 'America/New_York' },
    });
    await port.set(lever, true, { ifWas: false, breadcrumbs: { ...CRUMBS, was: false, set: true } });
    expect(await port.rotator(ROTATOR)).toMatchObject({ paused: true, breadcrumbs: { was: false, set: true } });
    world.advance(plus(BEGINS, minutes(24 * 60)));
    expect(world.cronJobs.fired('litellm', 'rotate-keys')).toEqual([]);
  });

  it('that is running is told: pausing does not end it', async () => {
    const { world, port } = await opened();
    world.put('CronJob', rotating({ schedule: '1 * * * *' }));
    world.advance(plus(BEGINS, seconds(90)));
    expect(await port.rotator(ROTATOR)).toMatchObject({ running: 1 });
  });

  it('that is a Deployment is taken to zero, and an HPA above it rests', async () => {
    const { world, port } = await opened();
    world.put('Deployment', workload({ namespace: 'litellm', name: 'rotate-keys', replicas: 1 }));
    const target = { kind: 'Deployment', name: 'rotate-keys' } as const;
    world.put('HorizontalPodAutoscaler', hpa({ namespace: 'litellm', name: 'rotate-keys', target, min: 1, max: 2 }));
    const lever: Lever = { kind: 'Deployment', namespace: 'litellm', name: 'rotate-keys' };
    expect(await port.rotator(ROTATOR)).toMatchObject({ choice: { ok: true, lever, value: 1 }, paused: false });
    await port.set(lever, 0, { ifWas: 1 });
    world.advance(plus(BEGINS, minutes(10)));
    expect(await port.rotator(ROTATOR)).toMatchObject({ paused: true, running: 0 });
  });

  it('that is not there is an answer', async () => {
    const { port } = await opened();
    expect(await port.rotator(ROTATOR)).toBeUndefined();
  });
}

function promisesAboutNodePools(opened: Opened): void {
  it('is frozen and thawed to exactly what it was', async () => {
    const { world, port } = await opened();
    const budgets = [{ nodes: '10%' }, { nodes: '0', schedule: '0 9 * * *', duration: '8h' }];
    world.put('NodePool', nodePool('coder-provisioner', budgets));
    const lever: Lever = { kind: 'NodePool', namespace: '', name: 'coder-provisioner' };
    const was = JSON.stringify(budgets);
    expect(await port.nodePool('coder-provisioner')).toEqual({
      choice: { ok: true, lever, value: was, risks: [] },
      frozen: false,
    });
    await port.set(lever, FROZEN, { ifWas: was, breadcrumbs: { ...CRUMBS, was, set: FROZEN } });
    expect(await port.nodePool('coder-provisioner')).toMatchObject({ frozen: true, breadcrumbs: { was } });
    await port.set(lever, was, { ifWas: FROZEN });
    expect(await port.read(lever)).toMatchObject({ value: was });
  });

  it('where there is no Karpenter is an answer', async () => {
    const { port } = await opened();
    expect(await port.nodePool('coder-provisioner')).toBeUndefined();
  });
}

function promisesAboutPods(opened: Opened): void {
  const DIGEST = `sha256:${'a'.repeat(64)}`;

  it('are those of the workload, with what each runs', async () => {
    const { world, port } = await opened();
    world.kubelet.pull = (image) => `${image.split(':')[0]}@${DIGEST}`;
    world.put(
      'Deployment',
      workload({ namespace: 'coder', name: 'coder', replicas: 2, image: 'registry/coder-preview:latest' }),
    );
    world.put('Deployment', workload({ namespace: 'coder', name: 'other', replicas: 1 }));
    world.advance(plus(BEGINS, seconds(20)));
    const pods = await port.pods({ namespace: 'coder', workload: 'coder' });
    expect(pods).toHaveLength(2);
    expect(new Set(pods?.map(({ address }) => address)).size).toBe(2);
    expect(pods?.[0]).toMatchObject({
      address: expect.stringMatching(/^10\.(?:\d+\.){2}\d+$/) as unknown,
      ready: true,
      leaving: false,
      since: BEGINS,
      containers: [{ name: 'coder', image: 'registry/coder-preview:latest', digest: DIGEST }],
    });
    expect(await port.pods({ namespace: 'coder', workload: 'nothing' })).toBeUndefined();
  });

  it('are all of them, however many', async () => {
    const { world, port } = await opened();
    world.put(
      'StatefulSet',
      workload({ namespace: 'coder-ws', name: 'coder-provisioner', replicas: 603, parallel: true }),
    );
    const pods = await port.pods(PROVISIONERS);
    expect(new Set(pods?.map(({ name }) => name)).size).toBe(603);
  });

  it('that do not get ready say why', async () => {
    const { world, port } = await opened();
    world.kubelet.stuck.set('coder-ws/coder-provisioner', 'ErrImagePull');
    world.put('StatefulSet', provisioners());
    world.advance(plus(BEGINS, minutes(10)));
    expect(await port.pods(PROVISIONERS)).toMatchObject([
      { name: 'coder-provisioner-0', ready: false, why: 'ErrImagePull' },
    ]);
  });

  it('of a StatefulSet come one after the other, go from the top, and leave their volumes behind', async () => {
    const { world, port } = await opened();
    world.put('StatefulSet', provisioners({ replicas: 3 }));
    world.advance(plus(BEGINS, seconds(39)));
    expect((await port.pods(PROVISIONERS))?.map(({ name, ready }) => [name, ready])).toEqual([
      ['coder-provisioner-0', true],
      ['coder-provisioner-1', false],
    ]);
    world.advance(plus(BEGINS, seconds(60)));
    await port.set(SET, 1, { ifWas: 3 });
    world.advance(plus(BEGINS, seconds(61)));
    expect((await port.pods(PROVISIONERS))?.map(({ name }) => name)).toEqual(['coder-provisioner-0']);
    expect(await port.leftovers(PROVISIONERS)).toEqual(['cache-coder-provisioner-1', 'cache-coder-provisioner-2']);
  });

  it('are restarted one after the other, once for one instant', async () => {
    const { world, port } = await opened();
    world.put('Deployment', workload({ namespace: 'coder', name: 'coder', replicas: 2 }));
    world.advance(plus(BEGINS, minutes(1)));
    const names = async () => (await port.pods({ namespace: 'coder', workload: 'coder' }))?.map(({ name }) => name);
    const before = await names();
    expect(await port.restart({ namespace: 'coder', workload: 'coder' }, plus(BEGINS, minutes(1)))).toBe(true);
    world.advance(plus(BEGINS, minutes(5)));
    const after = await names();
    expect(after).toHaveLength(2);
    expect(after?.filter((name) => before?.includes(name))).toEqual([]);
    await port.restart({ namespace: 'coder', workload: 'coder' }, plus(BEGINS, minutes(1)));
    world.advance(plus(BEGINS, minutes(10)));
    expect(await names()).toEqual(after);
    expect(await port.restart({ namespace: 'coder', workload: 'nothing' }, BEGINS)).toBe(false);
  });

  it('cannot be seen while nobody answers, and an abort keeps its own name', async () => {
    const { world, port } = await opened();
    world.away = true;
    await expect(port.pods(PROVISIONERS)).rejects.toBeInstanceOf(OutsideError);
    await expect(port.pods(PROVISIONERS, AbortSignal.abort(new Error('time is up')))).rejects.toThrow('time is up');
  });
}

/** As a consumer of the gateway's key has it: the name is one that `deploy/rbac.yaml` names. */
export const CONSUMED = { namespace: 'coder-ws', name: 'litellm-key' } as const;

export const secretObject = (meta: { namespace: string; name: string }, data: Readonly<Record<string, string>>) => ({
  metadata: meta,
  data: Object.fromEntries(Object.entries(data).map(([entry, text]) => [entry, Buffer.from(text).toString('base64')])),
});

function promisesAboutSecrets(opened: Opened): void {
  it('is read by its name and entry, decoded, and printed nowhere', async () => {
    const { world, port } = await opened();
    world.put('Secret', secretObject(CONSUMED, { key: 'sk-ünlike-any', other: 'x' }));
    const found = await port.secret(CONSUMED.namespace, CONSUMED.name, 'key');
    expect(found?.reveal()).toBe('sk-ünlike-any');
    expect(`${String(found)} ${JSON.stringify(found)}`).not.toContain('ünlike');
  });

  it('that is not there is an answer, and so is an entry that is not in it', async () => {
    const { world, port } = await opened();
    expect(await port.secret(CONSUMED.namespace, CONSUMED.name, 'key')).toBeUndefined();
    world.put('Secret', secretObject(CONSUMED, { other: 'x' }));
    expect(await port.secret(CONSUMED.namespace, CONSUMED.name, 'key')).toBeUndefined();
  });
}
