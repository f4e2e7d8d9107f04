import { describe, expect, it } from 'vitest';
import { automations } from '../../src/automations.ts';
import type { Digest } from '../../src/core/digest.ts';
import type { Finding } from '../../src/core/finding.ts';
import { minutes } from '../../src/core/time.ts';
import { reconcile } from '../../src/reconcile.ts';
import { RehearsedCoder } from '../../src/rehearsal/coder.ts';
import { workload } from '../../src/rehearsal/kubernetes/objects.ts';
import { rehearse, type Rehearsal } from '../../src/rehearsal/world.ts';
import { at } from '../builders.ts';

const RUNS = [{ namespace: 'coder', workload: 'coder', image: 'coder-preview', tag: 'latest' }];
const PLACE = { namespace: 'coder', workload: 'coder' };

/** A control plane in Ohio and a proxy in London, each running what its own region serves. */
function aWorld() {
  const coder = new RehearsedCoder({ version: 'monday' });
  coder.proxies.set('london', { name: 'london', status: 'ok', version: 'monday', url: 'https://london.example.com' });
  const clusters = [
    { name: 'ohio', region: 'us-east-2', role: 'control-plane', runs: RUNS },
    { name: 'london', region: 'eu-west-2', role: 'proxy', runs: RUNS },
  ] as const;
  const world = rehearse({ begins: at('08:00'), clusters, coder });
  for (const { name, region } of clusters) {
    const cluster = world.clusterCalled(name);
    // A node pulls what its region's tag means when the pod is made.
    cluster.kubelet.pull = () => `registry/coder-preview@${servedIn(world, region)}`;
  }
  return { world, coder };
}

const servedIn = (world: Rehearsal, region: string): Digest | undefined =>
  world.served()[world.estate.regions.findIndex(({ name }) => name === region)];

const deploy = (world: Rehearsal): void => {
  for (const name of ['ohio', 'london']) {
    const image = 'registry.example.com/coder-preview:latest';
    world.clusterCalled(name).put('Deployment', workload({ ...PLACE, name: 'coder', replicas: 2, image }));
  }
  world.pass(minutes(1));
};

async function parity(world: Rehearsal): Promise<readonly Finding[]> {
  const log = (what: string, error: unknown): void => void world.logged.push({ what, error });
  return (await reconcile(automations.parity, world, { now: world.now(), log })).findings;
}

const linksOf = (findings: readonly Finding[]): string[] =>
  findings
    .filter(({ check }) => check !== 'images-match-their-source')
    .map(({ status, subject }) => `${status} ${subject}`);

describe('the whole chain, from the source to what an attendee runs', () => {
  it('is in step when every pod runs what its region serves, and every proxy the control plane’s version', async () => {
    const { world } = aWorld();
    world.publish('monday');
    await parity(world);
    deploy(world);
    const findings = await parity(world);
    expect(findings.every(({ status }) => status === 'ok')).toBe(true);
    expect(linksOf(findings)).toEqual([
      'ok coder-preview:latest in ohio, coder/coder',
      'ok coder-preview:latest in london, coder/coder',
      'ok proxy london',
    ]);
  });

  it('is broken in every cluster by a release that nobody rolled out, and mended where somebody does', async () => {
    const { world, coder } = aWorld();
    world.publish('monday');
    await parity(world);
    deploy(world);
    world.publish('tuesday');
    expect(linksOf(await parity(world))).toEqual([
      'fail coder-preview:latest in ohio, coder/coder',
      'fail coder-preview:latest in london, coder/coder',
      'ok proxy london',
    ]);
    await world.clusters.cluster('ohio').restart(PLACE, world.now());
    coder.version = 'tuesday';
    world.pass(minutes(5));
    expect(linksOf(await parity(world))).toEqual([
      'ok coder-preview:latest in ohio, coder/coder',
      'fail coder-preview:latest in london, coder/coder',
      'fail proxy london',
    ]);
  });

  it('is unknown where a cluster or Coder does not answer, and the other links are still judged', async () => {
    const { world, coder } = aWorld();
    world.publish('monday');
    await parity(world);
    deploy(world);
    world.clusterCalled('london').away = true;
    coder.away = true;
    expect(linksOf(await parity(world))).toEqual([
      'ok coder-preview:latest in ohio, coder/coder',
      'unknown coder-preview:latest in london, coder/coder',
      'unknown proxies',
    ]);
    expect(world.logged.map(({ what }) => what)).toContain('could not look at the pods of coder/coder in london');
  });
});

describe('a month in a cluster', () => {
  it('is one step: all that falls due happens at its own instant', () => {
    const { world } = aWorld();
    const cluster = world.clusterCalled('ohio');
    cluster.put('CronJob', { metadata: { namespace: 'litellm', name: 'rotate' }, spec: { schedule: '0 */4 * * *' } });
    world.pass(minutes(30 * 24 * 60));
    expect(cluster.cronJobs.fired('litellm', 'rotate')).toHaveLength(180);
    expect(cluster.cronJobs.fired('litellm', 'rotate').every((fired) => fired.getUTCHours() % 4 === 0)).toBe(true);
  });

  it('makes up once for what was missed, when a CronJob is resumed', () => {
    const { world } = aWorld();
    const cluster = world.clusterCalled('ohio');
    cluster.put('CronJob', {
      metadata: { namespace: 'litellm', name: 'rotate' },
      spec: { schedule: '0 * * * *', suspend: true },
    });
    world.pass(minutes(5 * 60 + 30));
    expect(cluster.cronJobs.fired('litellm', 'rotate')).toEqual([]);
    cluster.change('CronJob', 'litellm', 'rotate', { spec: { suspend: false } });
    expect(cluster.cronJobs.fired('litellm', 'rotate')).toEqual([at('13:30')]);
  });

  it('has Argo CD put back what Git declares, five seconds later, and not what it is told to leave alone', () => {
    const { world } = aWorld();
    const cluster = world.clusterCalled('ohio');
    const app = (more: object) => ({
      metadata: { namespace: 'argocd', name: 'coder' },
      spec: { syncPolicy: { automated: { selfHeal: true } }, ...more },
    });
    const replicas = (): unknown => cluster.store.get('Deployment', 'coder', 'coder')?.['spec'];
    cluster.put('Application', app({}));
    cluster.put('Deployment', workload({ ...PLACE, name: 'coder', replicas: 2 }));
    cluster.argo.declare('coder', 'Deployment', { metadata: PLACE_OF, spec: { replicas: 2 } });
    cluster.change('Deployment', 'coder', 'coder', { spec: { replicas: 5 } });
    world.pass(4_999);
    expect(replicas()).toMatchObject({ replicas: 5 });
    world.pass(1);
    expect(replicas()).toMatchObject({ replicas: 2 });
    cluster.put('Application', app({ ignoreDifferences: [{ kind: 'Deployment', jsonPointers: ['/spec/replicas'] }] }));
    cluster.change('Deployment', 'coder', 'coder', { spec: { replicas: 5 } });
    world.pass(60_000);
    expect(replicas()).toMatchObject({ replicas: 5 });
  });
});

const PLACE_OF = { namespace: 'coder', name: 'coder' };
