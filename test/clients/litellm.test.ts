import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpClient } from '../../src/clients/http.ts';
import { liteLlm, withoutKeys } from '../../src/clients/litellm.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Gateway } from '../../src/ports.ts';
import { rehearseGateway, type GatewayManners, type RehearsedGateway } from '../../src/rehearsal/litellm.ts';
import { askOf, replicasOf, serveGateway } from '../servers/litellm.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const OURS = new Secret('sk-ours-0123456789abcdef');
const wish = { alias: 'ai-coder-g1', lastingMs: hours(8), settings: {} };

function opened(manners: GatewayManners = {}): { world: RehearsedGateway; gateway: Gateway; pass(ms: number): void } {
  const clock = { now: NOON };
  const world = rehearseGateway(() => clock.now, manners);
  const gateway = liteLlm({
    url: 'http://gateway',
    masterKey: async () => new Secret(world.masterKey),
    replicas: async () => replicasOf(world),
    ask: askOf(world),
  });
  const pass = (ms: number): void => {
    clock.now = plus(clock.now, ms);
  };
  return { world, gateway, pass };
}

const answers = async (gateway: Gateway, key = OURS): Promise<string[]> =>
  (await gateway.probe(key)).map(({ answer }) => answer);
const on = (count: number, answer: string): string[] => Array.from({ length: count }, () => answer);

describe('a new key', () => {
  it('works on every replica at once, and is what the gateway made of it', async () => {
    const { gateway } = opened();
    const made = await gateway.install(OURS, {
      ...wish,
      settings: { models: ['claude'], max_budget: 50, team_id: 'crew' },
    });
    expect(made).toEqual({
      hash: gateway.hashOf(OURS),
      alias: 'ai-coder-g1',
      expires: plus(NOON, hours(8)),
      blocked: false,
      spend: 0,
      budget: 50,
      settings: { models: ['claude'], max_budget: 50, team_id: 'crew' },
    });
    expect(await answers(gateway)).toEqual(on(4, 'accepted'));
  });

  it('ends when the gateway says, which may be earlier than it was asked for', async () => {
    const { gateway } = opened({ longestMs: hours(2) });
    expect(await gateway.install(OURS, wish)).toMatchObject({ expires: plus(NOON, hours(2)) });
  });

  it('may be made again, because the first answer may have been lost', async () => {
    const { gateway, world } = opened();
    await gateway.install(OURS, wish);
    await gateway.install(OURS, wish);
    expect(world.live()).toHaveLength(1);
  });

  it('is refused an alias that another key has, also one that has expired', async () => {
    const { gateway, pass } = opened();
    await gateway.install(new Secret('sk-another-0123456789'), wish);
    pass(days(3));
    await expect(gateway.install(OURS, wish)).rejects.toThrow("alias 'ai-coder-g1' already exists");
  });
});

describe('an old key', () => {
  it.each([400, 401] as const)(
    'that expired is expired on every replica in the same second (status %i)',
    async (expiredStatus) => {
      const { gateway, pass } = opened({ expiredStatus });
      await gateway.install(OURS, wish);
      await gateway.probe(OURS);
      pass(hours(8) + 1);
      expect(await answers(gateway)).toEqual(on(4, 'expired'));
    },
  );

  it('that was removed is gone, and still works for a minute on replicas that remember it', async () => {
    const { gateway, pass } = opened();
    await gateway.install(OURS, wish);
    await gateway.probe(OURS);
    await gateway.remove(gateway.hashOf(OURS));
    expect((await answers(gateway)).filter((answer) => answer === 'accepted')).toHaveLength(3);
    pass(minutes(1));
    expect(await answers(gateway)).toEqual(on(4, 'unknown-key'));
  });

  it('may be removed twice', async () => {
    const { gateway } = opened();
    await gateway.install(OURS, wish);
    await gateway.remove(gateway.hashOf(OURS));
    await expect(gateway.remove(gateway.hashOf(OURS))).resolves.toBeUndefined();
  });

  it('can be extended, and even revived', async () => {
    const { gateway, pass } = opened();
    await gateway.install(OURS, wish);
    pass(hours(9));
    expect(await gateway.extend(gateway.hashOf(OURS), hours(4))).toMatchObject({ expires: plus(NOON, hours(13)) });
    pass(minutes(1));
    expect(await answers(gateway)).toEqual(on(4, 'accepted'));
  });

  it('that spent its budget says so', async () => {
    const { gateway, world } = opened();
    const { hash } = await gateway.install(OURS, { ...wish, settings: { max_budget: 1 } });
    world.spend(hash, 2);
    expect(await answers(gateway)).toEqual(on(4, 'over-budget'));
  });
});

describe('a key that asks about itself', () => {
  const alone = (world: RehearsedGateway): Gateway =>
    liteLlm({ url: 'http://gateway', replicas: async () => replicasOf(world), ask: askOf(world) });

  it('hears what the administrator hears', async () => {
    const { gateway, world } = opened();
    const made = await gateway.install(OURS, { ...wish, settings: { models: ['claude'], max_budget: 50 } });
    expect(await alone(world).own(OURS)).toEqual(made);
  });

  it.each([400, 401] as const)('hears when it expired, by what it is turned away with (%i)', async (expiredStatus) => {
    const { gateway, world, pass } = opened({ expiredStatus });
    await gateway.install(OURS, wish);
    pass(days(1));
    expect(await alone(world).own(OURS)).toMatchObject({ expires: plus(NOON, hours(8)), blocked: false });
  });

  it('hears that it is blocked, that its budget is spent, or that nobody knows it', async () => {
    const { gateway, world } = opened({ memoryMs: 0 });
    const { hash } = await gateway.install(OURS, { ...wish, settings: { max_budget: 1 } });
    world.spend(hash, 2);
    expect(await alone(world).own(OURS)).toMatchObject({ budget: 0, spend: 0 });
    const body = JSON.stringify({ key: hash, blocked: true });
    world.answer(0, { method: 'POST', path: '/key/update', key: world.masterKey, body });
    expect(await alone(world).own(OURS)).toMatchObject({ blocked: true });
    expect(await alone(world).own(new Secret('sk-nobodys-0123456789'))).toBeUndefined();
  });

  it('that may not ask is not taken for one that is unknown: what would let it is said', async () => {
    const gateway = liteLlm({
      url: 'http://gateway',
      replicas: async () => [],
      ask: async ({ url }) => ({ status: 403, headers: {}, url, moved: false, body: Buffer.from('{}') }),
    });
    await expect(gateway.own(OURS)).rejects.toThrow('allowed_routes with /key/info');
  });

  it('is no answer while the database is away, and changes nothing without the administrator’s key', async () => {
    const { gateway, world } = opened();
    const { hash } = await gateway.install(OURS, wish);
    const watcher = alone(world);
    expect([gateway.administered, watcher.administered]).toEqual([true, false]);
    for (const question of [watcher.keys(), watcher.extend(hash, hours(1)), watcher.remove(hash)])
      await expect(question).rejects.toThrow('the key for that is not here');
    world.premises.database = 'down';
    await expect(watcher.own(OURS)).rejects.toThrow(OutsideError);
  });
});

describe('all keys', () => {
  it('are listed page by page, each once', async () => {
    const { gateway } = opened();
    for (let index = 0; index < 230; index += 1) {
      await gateway.install(new Secret(`sk-number-${index}-0123456789`), { ...wish, alias: `key-${index}` });
    }
    const keys = await gateway.keys();
    expect(new Set(keys.map(({ alias }) => alias)).size).toBe(230);
  });
});

describe('a gateway in trouble', () => {
  it('that lets everybody in is found out by a key that nobody has', async () => {
    const { gateway, world } = opened();
    Object.assign(world.premises, { database: 'down', open: true });
    expect(await answers(gateway, new Secret('sk-bogus-0123456789abcd'))).toEqual(on(4, 'accepted'));
  });

  it('without its database is no answer about a key', async () => {
    const { gateway, world } = opened();
    world.premises.database = 'down';
    expect(await answers(gateway)).toEqual(on(4, 'unreachable'));
    await expect(gateway.keys()).rejects.toThrow(OutsideError);
  });

  it('with one replica away is told replica by replica', async () => {
    const world = rehearseGateway(() => NOON);
    const server = await serveGateway(world);
    const http = httpClient({ tries: 1 });
    onTestFinished(async () => (http.close(), server.close()));
    const [first = ''] = server.urls;
    const gateway = liteLlm({
      url: first,
      masterKey: async () => new Secret(world.masterKey),
      replicas: async () => [...server.urls, 'http://127.0.0.1:1'],
      ask: http.ask,
    });
    await gateway.install(OURS, wish);
    expect(await answers(gateway)).toEqual([...on(4, 'accepted'), 'unreachable']);
  });

  it('whose answers are lost is asked again over HTTP, and makes one key of it', async () => {
    const world = rehearseGateway(() => NOON);
    const server = await serveGateway(world);
    const http = httpClient({ backoffMs: 1 });
    onTestFinished(async () => (http.close(), server.close()));
    const [url = ''] = server.urls;
    const gateway = liteLlm({
      url,
      masterKey: async () => new Secret(world.masterKey),
      replicas: async () => [],
      ask: http.ask,
    });
    world.loses = 2;
    await gateway.install(OURS, wish);
    expect(world.live()).toHaveLength(1);
  });
});

describe('a key is never seen', () => {
  it('in what an error says, however old the gateway', async () => {
    const { gateway, pass } = opened({ expiredStatus: 400 });
    await gateway.install(OURS, wish);
    pass(hours(9));
    const told = inspect(await gateway.probe(OURS), { depth: 9 });
    expect(told).toContain('Expired Key');
    expect(told).not.toContain(OURS.reveal());
    expect(withoutKeys(`no such key: ${OURS.reveal()}.`)).toBe('no such key: sk-….');
  });

  it('when it is printed, logged or written down', () => {
    expect(
      [String(OURS), JSON.stringify({ OURS }), inspect({ OURS }), inspect(OURS, { showHidden: true })].join(),
    ).not.toContain('sk-ours');
  });
});
