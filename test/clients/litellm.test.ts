import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpClient } from '../../src/clients/http.ts';
import { liteLlm, withoutKeys } from '../../src/clients/litellm.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { Secret } from '../../src/core/secret.ts';
import { hours, plus } from '../../src/core/time.ts';
import type { Gateway } from '../../src/ports.ts';
import { rehearseGateway, type GatewayManners, type RehearsedGateway } from '../../src/rehearsal/litellm.ts';
import { answers, NOON, on, OURS, wish } from '../contracts/gateway.ts';
import { askOf, replicasOf, serveGateway } from '../servers/litellm.ts';

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

describe('a gateway in trouble', () => {
  it('that may not ask is not taken for one that is unknown: what would let it is said', async () => {
    const gateway = liteLlm({
      url: 'http://gateway',
      replicas: async () => [],
      ask: async ({ url }) => ({ status: 403, headers: {}, url, moved: false, body: Buffer.from('{}') }),
    });
    await expect(gateway.own(OURS)).rejects.toThrow('allowed_routes with /key/info');
  });

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
