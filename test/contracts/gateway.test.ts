import { describe } from 'vitest';
import { httpClient } from '../../src/clients/http.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { Secret } from '../../src/core/secret.ts';
import { plus } from '../../src/core/time.ts';
import { rehearseGateway, type GatewayManners } from '../../src/rehearsal/litellm.ts';
import { askOf, replicasOf, serveGateway } from '../servers/litellm.ts';
import { NOON, promisesOfAGateway } from './gateway.ts';

function rehearsed(manners: GatewayManners) {
  const clock = { now: NOON };
  const world = rehearseGateway(() => clock.now, manners);
  const pass = (ms: number): void => void (clock.now = plus(clock.now, ms));
  return { world, pass, masterKey: async () => new Secret(world.masterKey) };
}

describe('a gateway in this process', () => {
  promisesOfAGateway((manners) => {
    const { world, pass, masterKey } = rehearsed(manners);
    const settings = { url: 'http://gateway', replicas: async () => replicasOf(world), ask: askOf(world) };
    const gateway = liteLlm({ ...settings, masterKey });
    return { world, pass, gateway, watcher: liteLlm(settings), close: () => undefined };
  });
});

describe('a gateway over HTTP, four replicas of it', () => {
  promisesOfAGateway(async (manners) => {
    const { world, pass, masterKey } = rehearsed(manners);
    const server = await serveGateway(world);
    const http = httpClient({ tries: 2, backoffMs: 1 });
    const settings = { url: server.urls[0] ?? '', replicas: async () => server.urls, ask: http.ask };
    const close = async (): Promise<void> => {
      http.close();
      await server.close();
    };
    return { world, pass, gateway: liteLlm({ ...settings, masterKey }), watcher: liteLlm(settings), close };
  });
});
