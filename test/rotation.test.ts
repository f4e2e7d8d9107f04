import { describe, expect, it } from 'vitest';
import { liteLlm } from '../src/clients/litellm.ts';
import { keyIn, withKey } from '../src/core/rotation.ts';
import { Secret } from '../src/core/secret.ts';
import { hours, minutes, plus, seconds } from '../src/core/time.ts';
import type { Gateway, Vault } from '../src/ports.ts';
import { rehearseGateway, type GatewayManners } from '../src/rehearsal/litellm.ts';
import { memoryVault } from '../src/rehearsal/vault.ts';
import { createSecret, finishSecret, retire, setSecret, testSecret, type Rotating } from '../src/rotation.ts';
import { askOf, replicasOf } from './servers/litellm.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const SECRET = 'ai.coder.com/litellm';
const FIRST = new Secret('sk-first-0123456789abcdef');

/** 50 requests a second, spread over the replicas. */
const BETWEEN_REQUESTS_MS = 20;
/** How often a consumer reads the secret. */
const REFRESH_MS = minutes(1);
/** Each question to the gateway's administration or to the vault takes so long, in which consumers go on asking. */
const QUESTION_MS = 200;

class Killed extends Error {}

/** A room full of people who use the key while it is rotated, on a clock that only moves when somebody waits. */
async function aRoom(manners: GatewayManners = {}) {
  const clock = { now: NOON };
  const world = rehearseGateway(() => clock.now, manners);
  const shelf = memoryVault();
  const room = { failed: [] as string[], asked: 0, questions: 0, killAt: Infinity };
  const consumer = { key: FIRST, read: NOON };

  const pass = async (ms: number): Promise<void> => {
    for (const until = plus(clock.now, ms); clock.now < until; clock.now = plus(clock.now, BETWEEN_REQUESTS_MS)) {
      if (clock.now.getTime() - consumer.read.getTime() >= REFRESH_MS) {
        const text = (await shelf.read(SECRET, 'current'))?.text.reveal() ?? '';
        Object.assign(consumer, { key: new Secret(keyIn(text, 'key') ?? ''), read: clock.now });
      }
      const { status, body } = world.answer((room.asked += 1) % world.replicas, {
        method: 'GET',
        path: '/v1/models',
        key: consumer.key.reveal(),
      });
      if (status !== 200) room.failed.push(`${clock.now.toISOString()} ${JSON.stringify(body)}`);
    }
  };

  /** Every question takes time, and is where a run may die: before it was asked, or before the answer came. */
  const dangerous = async <T>(question: () => Promise<T>): Promise<T> => {
    room.questions += 1;
    if (room.questions === room.killAt) throw new Killed();
    await pass(QUESTION_MS);
    const answer = await question();
    room.questions += 1;
    if (room.questions === room.killAt) throw new Killed();
    return answer;
  };

  const ask = askOf(world);
  const gateway: Gateway = liteLlm({
    url: 'http://gateway',
    masterKey: async () => new Secret(world.masterKey),
    replicas: async () => replicasOf(world),
    ask: (call) => dangerous(() => ask(call)),
  });
  const vault: Vault = {
    ...shelf,
    read: (...given) => dangerous(() => shelf.read(...given)),
    propose: (...given) => dangerous(() => shelf.propose(...given)),
    finish: (...given) => dangerous(() => shelf.finish(...given)),
    withdraw: (...given) => dangerous(() => shelf.withdraw(...given)),
  };
  const rotating: Rotating = {
    vault,
    gateway,
    secret: SECRET,
    field: 'key',
    alias: 'ai-coder',
    lastingMs: hours(24),
    now: () => clock.now,
  };
  const settings = { models: ['claude'], max_budget: 100 };
  await gateway.install(FIRST, { alias: 'ai-coder', lastingMs: hours(8), settings });
  shelf.put(SECRET, { id: 'first', text: new Secret(withKey('{"url":"https://gateway"}', 'key', FIRST.reveal())) });
  Object.assign(room, { failed: [], questions: 0 });
  return { clock, world, shelf, room, rotating, gateway, pass, consumer };
}

type Room = Awaited<ReturnType<typeof aRoom>>;

async function rotate({ rotating }: Room, id: string): Promise<void> {
  for (const step of [createSecret, setSecret, testSecret, finishSecret]) await step(rotating, { id });
}

/** What happens in the minutes after a rotation: consumers read the secret, and looks retire what they have left. */
async function settle({ rotating, gateway, pass, consumer }: Room): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    await pass(minutes(4));
    await retire(rotating, [gateway.hashOf(consumer.key)]);
  }
}

async function currentKey({ shelf }: Room): Promise<string> {
  return keyIn((await shelf.read(SECRET, 'current'))?.text.reveal() ?? '', 'key') ?? '';
}

async function expectOneGeneration(room: Room): Promise<void> {
  expect(room.room.failed).toEqual([]);
  const current = new Secret(await currentKey(room));
  expect(room.world.live().map(({ hash }) => hash)).toEqual([room.gateway.hashOf(current)]);
  expect(room.consumer.key.reveal()).toBe(current.reveal());
  expect(current.reveal()).not.toBe(FIRST.reveal());
}

describe('a rotation in a full room, 50 requests a second', () => {
  it.each<GatewayManners>([{}, { memory: 'sliding' }, { expiredStatus: 400 }, { replicas: 1 }])(
    'fails nobody, and leaves exactly one generation (%o)',
    async (manners) => {
      const room = await aRoom(manners);
      await rotate(room, 'second');
      await settle(room);
      await expectOneGeneration(room);
      expect(room.room.asked).toBeGreaterThan(24_000);
    },
  );

  it('gives the new key what the old one may do, and leaves what stands beside it in the secret', async () => {
    const room = await aRoom();
    await rotate(room, 'second');
    const [made] = (await room.gateway.keys()).filter(({ alias }) => alias === 'ai-coder-g1');
    expect(made).toMatchObject({ budget: 100, settings: { models: ['claude'], max_budget: 100 } });
    const text = (await room.shelf.read(SECRET, 'current'))?.text.reveal() ?? '';
    expect(JSON.parse(text)).toEqual({ url: 'https://gateway', key: await currentKey(room) });
  });

  it('keeps an old key for as long as one consumer holds it', async () => {
    const room = await aRoom();
    await rotate(room, 'second');
    await room.pass(minutes(10));
    await retire(room.rotating, [room.gateway.hashOf(FIRST)]);
    await room.pass(minutes(10));
    expect(room.world.live()).toHaveLength(2);
  });

  it('takes nobody else’s key away', async () => {
    const room = await aRoom();
    const theirs = { alias: 'ai-coder-guests', lastingMs: hours(99), settings: {} };
    await room.gateway.install(new Secret('sk-theirs-0123456789'), theirs);
    await rotate(room, 'second');
    await settle(room);
    expect(room.world.live().map(({ alias }) => alias)).toEqual(['ai-coder-guests', 'ai-coder-g1']);
  });
});

describe('a rotation that dies', () => {
  it('anywhere, and is repeated, fails nobody and leaves exactly one generation', async () => {
    const whole = await aRoom();
    await rotate(whole, 'second');
    const last = whole.room.questions;
    for (let killAt = 1; killAt <= last; killAt += 1) {
      const room = await aRoom();
      room.room.killAt = killAt;
      await expect(rotate(room, 'second')).rejects.toThrow(Killed);
      room.room.killAt = Infinity;
      await room.pass(seconds(30));
      await rotate(room, 'second');
      await settle(room);
      await expectOneGeneration(room);
    }
    expect(last).toBeGreaterThan(20);
  }, 120_000);

  it('anywhere, and is given up for another one, leaves none of its own behind', async () => {
    const whole = await aRoom();
    await rotate(whole, 'second');
    for (let killAt = 1; killAt <= whole.room.questions; killAt += 3) {
      const room = await aRoom();
      room.room.killAt = killAt;
      await expect(rotate(room, 'second')).rejects.toThrow(Killed);
      room.room.killAt = Infinity;
      await rotate(room, 'third');
      await settle(room);
      await expectOneGeneration(room);
    }
  }, 120_000);

  it('because the gateway’s answers are lost, finishes when it is repeated', async () => {
    const room = await aRoom();
    await createSecret(room.rotating, { id: 'second' });
    room.world.loses = 1;
    await expect(setSecret(room.rotating, { id: 'second' })).rejects.toThrow();
    room.world.loses = 0;
    await rotate(room, 'second');
    await settle(room);
    await expectOneGeneration(room);
  });

  it('because the gateway is away half way through, leaves everybody with the key that works', async () => {
    const room = await aRoom();
    await createSecret(room.rotating, { id: 'second' });
    await setSecret(room.rotating, { id: 'second' });
    room.world.premises.database = 'down';
    await expect(testSecret(room.rotating, { id: 'second' })).rejects.toThrow('does not work everywhere');
    room.world.premises.database = 'up';
    expect(await currentKey(room)).toBe(FIRST.reveal());
    expect(room.room.failed).toEqual([]);
  });

  it('because the gateway lets everybody in, publishes nothing', async () => {
    const room = await aRoom();
    await createSecret(room.rotating, { id: 'second' });
    await setSecret(room.rotating, { id: 'second' });
    Object.assign(room.world.premises, { database: 'down', open: true });
    await expect(testSecret(room.rotating, { id: 'second' })).rejects.toThrow('let in a key that nobody has');
  });
});

describe('the historic rotator', () => {
  /** As it ran during the incident: take the key away by its alias, make another one, store it. */
  async function deleteThenGenerate({ world, shelf, pass, gateway }: Room): Promise<void> {
    await gateway.remove(gateway.hashOf(FIRST));
    await pass(seconds(2));
    const key = new Secret('sk-historic-0123456789abc');
    await gateway.install(key, { alias: 'ai-coder', lastingMs: hours(8), settings: {} });
    shelf.put(SECRET, { id: 'historic', text: new Secret(withKey('{}', 'key', key.reveal())) });
    expect(world.live()).toHaveLength(1);
  }

  it('fails people in the same room, so the drill can fail', async () => {
    const room = await aRoom();
    await deleteThenGenerate(room);
    await settle(room);
    expect(room.room.failed.length).toBeGreaterThan(100);
  });
});

describe('a secret’s text', () => {
  it('is the key alone, or holds it in a field beside others', () => {
    expect(keyIn('sk-alone\n', undefined)).toBe('sk-alone');
    expect(keyIn('{"key":"sk-field"}', 'key')).toBe('sk-field');
    expect([keyIn('', undefined), keyIn('no json', 'key'), keyIn('{"key":""}', 'key'), keyIn('[]', 'key')]).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
