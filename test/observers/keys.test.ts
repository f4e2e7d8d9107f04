import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import { sightKeys } from '../../src/observers/keys.ts';
import { classroom } from '../../src/rehearsal/classroom.ts';
import { rehearseGateway } from '../../src/rehearsal/litellm.ts';
import { memoryVault } from '../../src/rehearsal/vault.ts';
import { liteLlm } from '../../src/clients/litellm.ts';
import { askOf, replicasOf } from '../servers/litellm.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const CONSUMER = { cluster: 'ohio', namespace: 'coder-ws', secret: 'litellm-key', entry: 'key' };

function seen() {
  const room = classroom(NOON);
  room.ohio.advance(plus(room.now(), minutes(5)));
  const gateway = rehearseGateway(room.now);
  const vault = memoryVault();
  vault.put('keys', { id: 'first', text: new Secret('sk-published-0123456789') });
  const world = {
    ...room,
    vault,
    gateway: liteLlm({
      url: 'http://gateway',
      ask: askOf(gateway),
      replicas: async () => replicasOf(gateway),
      masterKey: async () => new Secret(gateway.masterKey),
    }),
    estate: {
      ...room.estate,
      gateway: {
        kind: 'litellm',
        url: 'http://gateway',
        masterKey: 'master',
        keys: [{ name: 'ai-coder', secret: 'keys', consumers: [CONSUMER] }],
      } as const,
    },
  };
  const logged: unknown[] = [];
  return { room, world, logged, sight: () => sightKeys(world, { log: (...line) => void logged.push(line) }) };
}

describe('a look at the keys', () => {
  it('counts the gateway’s pods that serve, in the cluster that the estate names for them', async () => {
    const { room, sight } = seen();
    expect(await sight()).toMatchObject({ serving: { seen: true, value: [{}, {}] } });
    const lever = { kind: 'HorizontalPodAutoscaler', namespace: 'litellm', name: 'litellm' } as const;
    await room.ohio.port.set(lever, 5, { ifWas: 2 });
    room.pass(seconds(2));
    expect(await room.ohio.port.pods({ namespace: 'litellm', workload: 'litellm' })).toHaveLength(5);
    expect((await sight()).serving).toMatchObject({ seen: true, value: [{}, {}] });
    room.pass(minutes(15));
    expect((await sight()).serving).toMatchObject({ seen: true, value: [{}, {}, {}, {}, {}] });
  });

  it('does not take a gateway that is not deployed for one without replicas', async () => {
    const { world } = seen();
    const pools = (world.estate.pools ?? []).map((pool) => ({ ...pool, workload: 'elsewhere' }));
    const { serving } = await sightKeys({ ...world, estate: { ...world.estate, pools } }, { log: () => undefined });
    expect(serving).toEqual({ seen: false, why: 'there is no elsewhere in litellm of ohio' });
  });

  it('holds a copy against the secret by hashes: no key is in what it saw, nor in the log', async () => {
    const { room, logged, sight } = seen();
    const put = (key: string): void =>
      room.ohio.put('Secret', {
        metadata: { namespace: CONSUMER.namespace, name: CONSUMER.secret },
        data: { key: Buffer.from(key).toString('base64') },
      });
    put('sk-published-0123456789');
    const same = (await sight()).keys[0];
    expect(same?.consumers[0]?.holds).toEqual(same?.published);
    put('sk-an-older-one-0123456789');
    const other = await sight();
    expect(other.keys[0]?.consumers[0]?.holds).toMatchObject({ seen: true });
    expect(other.keys[0]?.consumers[0]?.holds).not.toEqual(other.keys[0]?.published);
    expect(JSON.stringify([other, logged])).not.toMatch(/sk-published|sk-an-older/);
  });
});
