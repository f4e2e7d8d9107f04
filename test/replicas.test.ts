import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { httpClient } from '../src/clients/http.ts';
import { liteLlm } from '../src/clients/litellm.ts';
import { publishedKeysWork } from '../src/core/checks/published-keys-work.ts';
import type { LiteLlmGateway } from '../src/core/estate.ts';
import { addressesOf } from '../src/core/keys.ts';
import { Secret } from '../src/core/secret.ts';
import { hours, minutes, plus, seconds } from '../src/core/time.ts';
import { sightKeys } from '../src/observers/keys.ts';
import { classroom, type Classroom } from '../src/rehearsal/classroom.ts';
import { rehearseGateway, type RehearsedGateway } from '../src/rehearsal/litellm.ts';
import { podsOfGateway, throughDoor, type GatewayPods } from '../src/rehearsal/litellm/pods.ts';
import { servePods } from '../src/rehearsal/litellm/serve.ts';
import { memoryVault, type MemoryVault } from '../src/rehearsal/vault.ts';
import { replicasOf } from '../src/replicas.ts';
import { rotateSecret, STEPS } from '../src/rotate-secret.ts';
import { freshenKey } from '../src/steps/freshen-key.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const SECRET = 'ai.coder.com/litellm';
const FIRST = new Secret('sk-first-0123456789abcdef');
/** Long enough for whoever is well. */
const PATIENCE_MS = seconds(1.5);
const PLACE = { namespace: 'litellm', workload: 'litellm', port: 4000 };
const LITELLM: LiteLlmGateway = {
  kind: 'litellm',
  url: 'http://127.0.0.1',
  masterKey: 'master',
  replicas: { port: PLACE.port },
  keys: [{ name: 'ai-coder', secret: SECRET }],
};

let room: Classroom;
let gateway: RehearsedGateway;
let pods: GatewayPods;
let vault: MemoryVault;
/** Done once, after pods were listed and before the first of them is asked. */
let meanwhile: () => void;
let world: Awaited<ReturnType<typeof connected>>;

/** A gateway of four pods, whose pool is asked which of them serve; spoken to over HTTP. */
async function connected() {
  const server = await servePods(gateway, pods);
  const http = httpClient({ tries: 1, deadlineMs: PATIENCE_MS });
  onTestFinished(async () => (http.close(), server.close()));
  const estate = { ...room.estate, gateway: { ...LITELLM, url: server.url } };
  const ask = throughDoor(http.ask, server.url);
  return {
    ...room,
    estate,
    vault,
    gateway: liteLlm({
      url: server.url,
      masterKey: async () => new Secret(gateway.masterKey),
      replicas: (signal) => replicasOf(estate.gateway, room, signal),
      ask: (call) => {
        const first = call.url.pathname === '/v1/models' ? meanwhile : () => undefined;
        if (first === meanwhile) meanwhile = () => undefined;
        first();
        return ask(call);
      },
    }),
  };
}

beforeEach(async () => {
  room = classroom(NOON);
  scale(4);
  gateway = rehearseGateway(room.now, { replicas: 0 });
  pods = podsOfGateway(gateway, room.ohio, PLACE);
  vault = memoryVault();
  vault.put(SECRET, { id: 'first', text: FIRST });
  vault.rotateWith(SECRET, async () => undefined);
  meanwhile = () => undefined;
  world = await connected();
  await world.gateway.install(FIRST, { alias: 'ai-coder', lastingMs: hours(8), settings: {} });
});

/** And whoever has come is ready. */
function scale(to: number): void {
  const body = { spec: { minReplicas: to, maxReplicas: Math.max(to, 1) } };
  room.ohio.change('HorizontalPodAutoscaler', PLACE.namespace, PLACE.workload, body);
  room.ohio.change('Deployment', PLACE.namespace, PLACE.workload, { spec: { replicas: to } });
  room.pass(minutes(10));
}

const says = async (key = FIRST): Promise<string[]> => (await world.gateway.probe(key)).map(({ answer }) => answer);
const all = (count: number, answer = 'accepted'): string[] => Array.from({ length: count }, () => answer);
const sight = () => sightKeys(world, { log: () => undefined });
const judged = async () => publishedKeysWork.judge({ keys: await sight() }, room.now());
const step = (Step: string, ClientRequestToken: string): Promise<string> =>
  rotateSecret({ Step, SecretId: SECRET, ClientRequestToken }, world, { now: room.now });

describe('a gateway whose replicas are found by its pods', () => {
  it('is asked pod by pod, as many as serve at the moment', async () => {
    expect(await says()).toEqual(all(4));
    scale(8);
    expect(await says()).toEqual(all(8));
    scale(3);
    expect(await says()).toEqual(all(3));
  });

  it('is not asked at a pod that has not become ready, nor at one that leaves', async () => {
    room.ohio.kubelet.stuck.set('litellm/litellm', 'CrashLoopBackOff');
    scale(6);
    expect(await says()).toEqual(all(4));
    room.ohio.kubelet.leave = (_namespace, _pod, at) => plus(at, hours(1));
    scale(3);
    expect(room.ohio.store.list('Pod', 'litellm').length).toBeGreaterThan(3);
    expect(await says()).toEqual(all(3));
  });

  it('whose pods go between the list and the question is asked again, and lacks nothing', async () => {
    const before = await replicasOf(LITELLM, room);
    meanwhile = () => {
      scale(1);
      scale(4);
    };
    const after = (await world.gateway.probe(FIRST)).map(({ replica }) => replica);
    expect(await says()).toEqual(all(4));
    expect(after).toEqual(await replicasOf(LITELLM, room));
    expect(after.filter((at) => before.includes(at))).toHaveLength(1);
  });

  it('one of whose pods stays and does not answer is told of, by that pod', async () => {
    gateway.line.away = new Set([2]);
    const silent = (await world.gateway.probe(FIRST)).filter(({ answer }) => answer !== 'accepted');
    expect(silent).toMatchObject([
      { replica: expect.stringMatching(/^http:\/\/10\.0\.0\.\d+:4000$/), answer: 'unreachable' },
    ]);
  });

  it('of which nothing serves, or whose cluster is away, is asked nothing: nobody is taken for everybody', async () => {
    scale(0);
    await expect(says()).rejects.toThrow('no pod of the gateway serves');
    scale(4);
    room.ohio.away = true;
    await expect(says()).rejects.toThrow('ohio');
  });

  it('is asked at addresses as URLs spell them', () => {
    const found = addressesOf(
      [
        { name: 'a', address: '10.0.1.7' },
        { name: 'b', address: 'fd00:ec2::7' },
      ],
      4000,
    );
    expect(found.map((at) => new URL('/v1/models', at).href)).toEqual([
      'http://10.0.1.7:4000/v1/models',
      'http://[fd00:ec2::7]:4000/v1/models',
    ]);
    expect(() => addressesOf([{ name: 'a' }], 4000)).toThrow('a serves and has no address');
  });
});

describe('a look at such a gateway', () => {
  it('says that each serves and is asked, before a workshop and in it; a pod is called by its name', async () => {
    for (const count of [4, 8]) {
      scale(count);
      const found = await judged();
      expect([...new Set(found.map(({ status }) => status))]).toEqual(['ok']);
      expect(found.at(-1)?.evidence.have).toBe(`${count} serve, each is asked on port 4000`);
      const named = found.filter(({ subject }) => /^ai-coder on litellm-6c9f-\d+ \(10\.0\.0\.\d+\)$/.test(subject));
      expect(named).toHaveLength(count);
    }
  });

  it('lists the pods once, for all keys and for the one that nobody has', async () => {
    const before = room.ohio.requests;
    await sightKeys({ ...world, estate: { ...world.estate, rotators: [] } }, { log: () => undefined });
    const listed = room.ohio.requests - before;
    await room.ohio.port.pods(PLACE);
    expect(listed).toBe(room.ohio.requests - before - listed);
  });

  it('finds the one pod that refuses what the others take', async () => {
    const [forgetful, ...others] = pods.serving();
    for (const replica of others) gateway.answer(replica, { method: 'GET', path: '/v1/models', key: FIRST.reveal() });
    gateway.premises.database = 'down';
    expect(forgetful).toBe(0);
    const refusing = (await judged()).filter(
      ({ status, subject }) => status !== 'ok' && subject.startsWith('ai-coder on'),
    );
    expect(refusing).toMatchObject([{ status: 'unknown', evidence: { have: expect.stringContaining('503') } }]);
  });

  it('is unknown with a remedy while nothing serves, or the cluster is away', async () => {
    const unknown = async () =>
      (await judged())
        .filter((finding) => finding.status === 'unknown' && finding.remedy.by === 'person')
        .map(({ subject }) => subject);
    scale(0);
    const SUBJECTS = ['a key that nobody has', 'ai-coder on every replica', 'replicas of the model gateway'];
    expect(await unknown()).toEqual(expect.arrayContaining(SUBJECTS));
    scale(4);
    room.ohio.away = true;
    expect(await unknown()).toEqual(expect.arrayContaining(SUBJECTS));
  });
});

describe('a rotation at such a gateway', () => {
  it('proves the new key on every pod that serves when it is tested: also where four have become eight', async () => {
    const version = await vault.rotate(SECRET);
    await step('createSecret', version);
    await step('setSecret', version);
    scale(8);
    const before = gateway.replicas;
    expect(await step('testSecret', version)).toContain('every replica takes the new key');
    expect([before, gateway.replicas, pods.serving().length]).toEqual([4, 8, 8]);
    await step('finishSecret', version);
    expect((await vault.read(SECRET, 'current'))?.id).toBe(version);
  });

  it('does not publish a key that one of the new pods refuses', async () => {
    const version = await vault.rotate(SECRET);
    await step('createSecret', version);
    await step('setSecret', version);
    scale(8);
    gateway.line.away = new Set([pods.serving().at(-1) ?? 0]);
    await expect(step('testSecret', version)).rejects.toThrow(
      /does not work everywhere: http:\/\/10\.0\.0\.\d+:4000 says/,
    );
    expect((await vault.read(SECRET, 'current'))?.id).toBe('first');
  });

  it('does not publish a key to which they say nothing at all: it is given up in time', async () => {
    const version = await vault.rotate(SECRET);
    await step('createSecret', version);
    await step('setSecret', version);
    gateway.line.delayMs = minutes(10);
    await expect(step('testSecret', version)).rejects.toThrow(/says unreachable \(.*no answer in 1\.5 s/);
    expect((await vault.read(SECRET, 'current'))?.id).toBe('first');
  });

  it('is done where pods are replaced while they are asked', async () => {
    const version = await vault.rotate(SECRET);
    await step('createSecret', version);
    await step('setSecret', version);
    meanwhile = () => {
      scale(1);
      scale(4);
    };
    await step('testSecret', version);
  });

  it('refuses where nothing serves, or nobody can see who does, and the key that works stays', async () => {
    const version = await vault.rotate(SECRET);
    for (const each of STEPS.slice(0, 2)) await step(each, version);
    room.ohio.away = true;
    await expect(step('testSecret', version)).rejects.toThrow('ohio');
    room.ohio.away = false;
    scale(0);
    await expect(step('testSecret', version)).rejects.toThrow('no pod of the gateway serves');
    expect((await vault.read(SECRET, 'current'))?.id).toBe('first');
    scale(4);
    for (const each of STEPS) await step(each, version);
    expect((await vault.read(SECRET, 'current'))?.id).toBe(version);
  });

  it('is asked for by posture likewise: what it lets last longer is proven on every pod', async () => {
    const until = plus(room.now(), hours(40));
    const hash = world.gateway.hashOf(FIRST);
    const wish = {
      kind: 'freshen-key',
      key: 'ai-coder',
      rotate: false,
      extend: [hash],
      until,
      atLeast: until,
    } as const;
    scale(8);
    gateway.line.away = new Set([pods.serving().at(-1) ?? 0]);
    await expect(freshenKey(wish, world, { now: room.now() })).rejects.toThrow('does not work everywhere');
    gateway.line.away = new Set();
    expect(await freshenKey(wish, world, { now: room.now() })).toContain('proven on every replica');
  });
});
