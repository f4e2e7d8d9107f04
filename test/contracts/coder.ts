import { expect, it, onTestFinished } from 'vitest';
import { queuesOf } from '../../src/core/coder.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import type { Coder } from '../../src/ports.ts';
import { RehearsedCoder } from '../../src/rehearsal/coder.ts';
import { RehearsedCluster } from '../../src/rehearsal/kubernetes/cluster.ts';
import { workload } from '../../src/rehearsal/kubernetes/objects.ts';

export interface OpenCoder {
  readonly world: RehearsedCoder;
  readonly port: Coder;
  close(): void | Promise<void>;
}

const BEGINS = new Date('2026-09-14T12:00:00.000Z');
const after = (n: number): Date => plus(BEGINS, seconds(n));
const PROVISIONERS = { namespace: 'coder-ws', workload: 'coder-provisioner' };
const DEMO = { namespace: 'coder-ws-demo', workload: 'coder-provisioner' };

/** Two organizations, whose pods have the same names. */
export function aCoder(replicas = 2): { coder: RehearsedCoder; cluster: RehearsedCluster } {
  const cluster = new RehearsedCluster({ name: 'ohio', begins: BEGINS });
  const coder = new RehearsedCoder();
  coder.follow(cluster, PROVISIONERS, 'coder');
  coder.follow(cluster, DEMO, 'demo', { region: 'ohio' });
  cluster.put('StatefulSet', workload({ namespace: 'coder-ws', name: 'coder-provisioner', replicas, parallel: true }));
  cluster.put('StatefulSet', workload({ namespace: 'coder-ws-demo', name: 'coder-provisioner', replicas: 1 }));
  return { coder, cluster };
}

/** What every Coder promises, whatever it is reached over. */
export function promisesOfACoder(open: (world: RehearsedCoder) => OpenCoder | Promise<OpenCoder>): void {
  const opened = async (replicas?: number) => {
    const { coder, cluster } = aCoder(replicas);
    const { port, close } = await open(coder);
    onTestFinished(() => close());
    return { coder, cluster, port };
  };

  it('tells its version and its organizations', async () => {
    const { port } = await opened();
    expect(await port.version()).toBe('v2.30.0+abc1234');
    expect(await port.organizations()).toEqual(['coder', 'demo']);
  });

  it('has a daemon for each ready pod, some moments later, and keeps organizations apart', async () => {
    const { cluster, port } = await opened();
    cluster.advance(after(20));
    expect(await port.daemons('coder')).toEqual([]);
    cluster.advance(after(22));
    const daemons = await port.daemons('coder');
    expect(daemons.map(({ name, status }) => [name, status])).toEqual([
      ['coder-provisioner-0', 'idle'],
      ['coder-provisioner-1', 'idle'],
    ]);
    expect((await port.daemons('demo')).map(({ name, organization, tags }) => [name, organization, tags])).toEqual([
      ['coder-provisioner-0', 'demo', { scope: 'organization', owner: '', region: 'ohio' }],
    ]);
  });

  it('knows which daemon builds, what waits, and what waits for nobody', async () => {
    const { coder, cluster, port } = await opened(1);
    cluster.advance(after(30));
    const first = coder.build({ organization: 'coder', takesMs: minutes(2) }, after(30));
    coder.build({ organization: 'coder', takesMs: minutes(2), prebuild: true }, after(31));
    coder.build({ organization: 'coder', takesMs: minutes(2) }, after(32));
    cluster.advance(after(40));
    expect(await port.daemons('coder')).toMatchObject([{ status: 'busy', job: first, lastSeen: after(40) }]);
    const jobs = await port.jobs('coder');
    expect(jobs.map(({ status }) => status).toSorted()).toEqual(['pending', 'pending', 'running']);
    expect(jobs.find(({ id }) => id === first)).toMatchObject({ created: after(30), started: after(30) });
    expect(queuesOf(jobs)).toEqual([
      { tags: { scope: 'organization', owner: '' }, waiting: 1, prebuilds: 1, oldest: after(32) },
    ]);
    expect(await port.jobs('demo')).toEqual([]);
  });

  it('knows how long the builds took that came through, the newest first', async () => {
    const { coder, cluster, port } = await opened(1);
    cluster.advance(after(30));
    for (const takesMs of [seconds(40), seconds(90)]) {
      coder.build({ organization: 'coder', takesMs }, cluster.now);
      cluster.advance(plus(cluster.now, seconds(100)));
    }
    coder.build({ organization: 'coder', takesMs: minutes(60) }, cluster.now);
    cluster.advance(plus(cluster.now, seconds(10)));
    expect(await port.builds('coder')).toEqual([
      { started: after(130), ended: after(220) },
      { started: after(30), ended: after(70) },
    ]);
    expect(await port.builds('demo')).toEqual([]);
  });

  it('builds what people wait for before what nobody waits for', async () => {
    const { coder, cluster, port } = await opened(1);
    coder.build({ organization: 'coder', takesMs: minutes(1), prebuild: true }, after(1));
    const person = coder.build({ organization: 'coder', takesMs: minutes(1) }, after(2));
    cluster.advance(after(30));
    expect(await port.daemons('coder')).toMatchObject([{ job: person }]);
  });

  it('has all jobs, however many wait', async () => {
    const { coder, cluster, port } = await opened(0);
    for (let i = 0; i < 75; i += 1) coder.build({ organization: 'coder', takesMs: 1 }, after(i));
    cluster.advance(after(100));
    expect(await port.jobs('coder')).toHaveLength(75);
  });

  it('counts a daemon as there for a while after its pod has gone, and as offline then', async () => {
    const { cluster, port } = await opened();
    cluster.advance(after(30));
    cluster.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 1 } });
    cluster.advance(after(60));
    const statuses = async () => (await port.daemons('coder')).map(({ status }) => status);
    expect(await statuses()).toEqual(['idle', 'idle']);
    cluster.advance(after(30 + 91));
    expect(await statuses()).toEqual(['idle', 'offline']);
  });

  it('lets a pod finish its build before it goes, and loses one that outlasts its grace', async () => {
    const { coder, cluster } = await opened(2);
    cluster.advance(after(30));
    const [short, long] = [minutes(5), minutes(30)].map((takesMs) =>
      coder.build({ organization: 'coder', takesMs }, after(30)),
    );
    cluster.advance(after(31));
    cluster.change('StatefulSet', 'coder-ws', 'coder-provisioner', { spec: { replicas: 0 } });
    cluster.advance(after(3_600));
    expect([coder.finished, coder.lost]).toEqual([[short], [long]]);
  });

  it('knows its workspace proxies, and is none of them itself', async () => {
    const { coder, port } = await opened();
    const london = { name: 'london', status: 'ok', version: 'v2.30.0+abc1234', url: 'https://london.example.com' };
    coder.proxies.set('london', london);
    expect(await port.proxies()).toEqual([london]);
  });

  it('cannot be seen while nobody answers, nor an organization that is not there; an abort keeps its own name', async () => {
    const { coder, port } = await opened();
    await expect(port.daemons('nobody')).rejects.toMatchObject({ trouble: 'absent', status: 404 });
    coder.away = true;
    await expect(port.jobs('coder')).rejects.toBeInstanceOf(OutsideError);
    await expect(port.proxies(AbortSignal.abort(new Error('time is up')))).rejects.toThrow('time is up');
  });
}
