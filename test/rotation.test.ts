import { describe, expect, it } from 'vitest';
import { keyIn, withKey } from '../src/core/rotation.ts';
import { Secret } from '../src/core/secret.ts';
import { hours, minutes, seconds } from '../src/core/time.ts';
import type { GatewayManners } from '../src/rehearsal/litellm.ts';
import { createSecret, finishSecret, retire, setSecret, testSecret } from '../src/rotation.ts';
import { aRoom, currentKey, expectOneGeneration, FIRST, Killed, SECRET, settle, type Room } from './full-room.ts';

async function rotate({ rotating }: Room, id: string): Promise<void> {
  for (const step of [createSecret, setSecret, testSecret, finishSecret]) await step(rotating, { id });
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

  it('lets an old key end by itself once nobody holds it, and never takes away one that lives', async () => {
    const room = await aRoom();
    const used = async () => retire(room.rotating, [room.gateway.hashOf(new Secret(await currentKey(room)))]);
    await rotate(room, 'second');
    await room.pass(minutes(2));
    expect(await used()).toEqual(['ai-coder (ends in 3 min)']);
    expect(room.world.live()).toHaveLength(2);
    expect(await used()).toEqual([]);
    await room.pass(minutes(3));
    expect(await used()).toEqual(['ai-coder (removed)']);
    expect((await room.gateway.keys()).map(({ alias }) => alias)).toEqual(['ai-coder-g1']);
  });

  it('is no prey of the look that retires: the key that is not published yet lives on', async () => {
    const room = await aRoom();
    await createSecret(room.rotating, { id: 'second' });
    await setSecret(room.rotating, { id: 'second' });
    expect(await retire(room.rotating, [room.gateway.hashOf(FIRST)])).toEqual([]);
    await room.pass(minutes(5));
    await rotate(room, 'second');
    await settle(room);
    await expectOneGeneration(room);
  });

  it('gives a secret that holds nothing yet its first key', async () => {
    const { gateway, rotating, shelf, world } = await aRoom();
    const empty = { ...rotating, secret: 'ai.coder.com/new', alias: 'new' };
    for (const step of [createSecret, setSecret, testSecret, finishSecret]) await step(empty, { id: 'first' });
    const key = keyIn((await shelf.read('ai.coder.com/new', 'current'))?.text.reveal() ?? '', 'key') ?? '';
    expect(world.live().map(({ hash }) => hash)).toContain(gateway.hashOf(new Secret(key)));
    await expect(createSecret({ ...empty, secret: 'another' }, { id: 'second' }, true)).rejects.toThrow(
      'holds nothing',
    );
  });

  it('that is over is repeated without a change', async () => {
    const room = await aRoom();
    await rotate(room, 'second');
    const key = await currentKey(room);
    await rotate(room, 'second');
    expect(await currentKey(room)).toBe(key);
    expect(room.world.live()).toHaveLength(2);
  });

  it('of a version that was never created, or that holds no key, publishes nothing', async () => {
    const room = await aRoom();
    await expect(finishSecret(room.rotating, { id: 'never' })).rejects.toThrow('has no version never that is pending');
    await room.shelf.propose(SECRET, 'broken', new Secret('{"url":"https://gateway"}'));
    await expect(finishSecret(room.rotating, { id: 'broken' })).rejects.toThrow('has no version broken');
    expect(await currentKey(room)).toBe(FIRST.reveal());
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

  it('because one replica of four does not take the new key, publishes nothing', async () => {
    const room = await aRoom();
    await createSecret(room.rotating, { id: 'second' });
    await setSecret(room.rotating, { id: 'second' });
    const key = keyIn((await room.shelf.read(SECRET, 'pending'))?.text.reveal() ?? '', 'key') ?? '';
    // Three have heard of it before the database went away.
    for (const replica of [0, 1, 2]) room.world.answer(replica, { method: 'GET', path: '/v1/models', key });
    room.world.premises.database = 'down';
    await expect(testSecret(room.rotating, { id: 'second' })).rejects.toThrow(/everywhere: [^;]*$/);
  });

  it.each([4, 1])('because the gateway of %i lets everybody in, publishes nothing', async (replicas) => {
    const room = await aRoom({ replicas });
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
