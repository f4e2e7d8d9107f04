import { beforeEach, describe, expect, it } from 'vitest';
import { minutes } from '../src/core/time.ts';
import { rollOut, rolloutPlan, type Watching } from '../src/rollout.ts';
import { RehearsedCoder } from '../src/rehearsal/coder.ts';
import { workload } from '../src/rehearsal/kubernetes/objects.ts';
import { rehearse, type Rehearsal } from '../src/rehearsal/world.ts';
import { smallImage } from '../src/rehearsal/small-image.ts';
import { at } from './builders.ts';

const PLACE = { namespace: 'coder', workload: 'coder' };
const RUNS = [{ ...PLACE, image: 'coder-preview', tag: 'latest' }];
const CLUSTERS = [
  { name: 'london', region: 'eu-west-2', role: 'proxy', runs: RUNS },
  { name: 'ohio', region: 'us-east-2', role: 'control-plane', runs: RUNS },
  { name: 'oregon', region: 'us-west-2', role: 'proxy', runs: RUNS },
] as const;

let world: Rehearsal;
let coder: RehearsedCoder;
let said: string[];

/** Monday runs everywhere, and every region serves Tuesday. */
beforeEach(() => {
  coder = new RehearsedCoder({ version: 'tuesday' });
  said = [];
  world = rehearse({ begins: at('08:00'), clusters: CLUSTERS, coder });
  serve('monday');
  for (const { name, region, role } of CLUSTERS) {
    const cluster = world.clusterCalled(name);
    cluster.kubelet.pull = () => `registry/coder-preview@${world.copyIn(region).tagged.get('latest')}`;
    cluster.put(
      'Deployment',
      workload({ namespace: 'coder', name: 'coder', replicas: 2, image: 'registry/coder-preview:latest' }),
    );
    if (role === 'proxy') coder.proxies.set(name, { name, status: 'ok', version: 'tuesday', url: '' });
  }
  world.pass(minutes(2));
  serve('tuesday');
});

function serve(word: string): void {
  world.publish(word);
  for (const { region } of CLUSTERS) world.copyIn(region).shelve(smallImage(word), 'latest');
}

const watching = (): Watching => ({
  now: world.now,
  wait: async (milliseconds) => world.pass(milliseconds),
  log: (what, error) => world.logged.push({ what, error }),
  say: (line) => said.push(line),
});
const planned = () => rolloutPlan(world, watching());
const namesOf = (legs: readonly { cluster: { name: string } }[]) => legs.map(({ cluster }) => cluster.name);

describe('a rollout', () => {
  it('is planned for what runs another image than its region serves, the control plane first', async () => {
    const { legs, blocked, holds } = await planned();
    expect({ names: namesOf(legs), blocked, holds }).toEqual({
      names: ['ohio', 'london', 'oregon'],
      blocked: [],
      holds: [],
    });
    expect(CLUSTERS.map(({ name }) => world.clusterCalled(name).writes)).toEqual([0, 0, 0]);
  });

  it('restarts one after the other, and then there is nothing to do', async () => {
    const { done, stopped } = await rollOut((await planned()).legs, world, watching());
    expect({ names: namesOf(done), stopped }).toEqual({ names: ['ohio', 'london', 'oregon'], stopped: undefined });
    expect(said.map((line) => line.replace(/ to coder-preview:latest [0-9a-f]+/, ''))).toEqual(
      ['ohio', 'london', 'oregon'].flatMap((name) => [
        `coder/coder in ${name}: restarting`,
        `coder/coder in ${name}: done`,
      ]),
    );
    expect((await planned()).legs).toEqual([]);
  });

  it('stops at a control plane whose image cannot be pulled, and leaves the proxies alone', async () => {
    world.clusterCalled('ohio').kubelet.stuck.set('coder/coder', 'ErrImagePull');
    const { done, stopped } = await rollOut((await planned()).legs, world, watching());
    expect(done).toEqual([]);
    expect(stopped).toMatchObject({ leg: { cluster: { name: 'ohio' } }, why: 'ErrImagePull' });
    expect([world.clusterCalled('london').writes, world.clusterCalled('oregon').writes]).toEqual([0, 0]);
    expect(world.now().getTime()).toBeLessThan(at('08:05').getTime());
  });

  it('stops at a proxy that the control plane does not reach', async () => {
    coder.proxies.set('london', { name: 'london', status: 'unreachable', version: 'tuesday', url: '' });
    const { done, stopped } = await rollOut((await planned()).legs, world, watching());
    expect(namesOf(done)).toEqual(['ohio']);
    expect(stopped?.why).toContain('not well after 10 min: the proxy london is unreachable');
    expect(world.clusterCalled('oregon').writes).toBe(0);
  });

  it('stops where Coder itself does not answer, or the cluster does not', async () => {
    const { legs } = await planned();
    coder.away = true;
    expect((await rollOut(legs, world, watching())).stopped?.why).toContain('not well after 10 min');
    world.clusterCalled('ohio').away = true;
    expect((await rollOut(legs, world, watching())).stopped?.why).toContain('no answer');
  });

  it('says which holds stand in its way', async () => {
    const { now, journal } = world;
    await journal.hold({ id: 'w', scope: '*', since: now(), until: at('12:00'), by: 'calendar', why: 'Agents 101' });
    expect((await planned()).holds).toMatchObject([{ id: 'w' }]);
  });

  it('does not touch what it cannot see, and no proxy while the control plane cannot be seen', async () => {
    world.clusterCalled('london').away = true;
    expect(namesOf((await planned()).legs)).toEqual(['ohio', 'oregon']);
    world.clusterCalled('ohio').away = true;
    const { legs, blocked } = await planned();
    expect(legs).toEqual([]);
    expect(blocked.join()).toContain('ohio');
  });
});
