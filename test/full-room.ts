import { expect } from 'vitest';
import { liteLlm } from '../src/clients/litellm.ts';
import { keyIn, withKey } from '../src/core/rotation.ts';
import { Secret } from '../src/core/secret.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import type { Gateway, Vault } from '../src/ports.ts';
import { rehearseGateway, type GatewayManners } from '../src/rehearsal/litellm.ts';
import { memoryVault } from '../src/rehearsal/vault.ts';
import { retire, type Rotating } from '../src/rotation.ts';
import { askOf, replicasOf } from './servers/litellm.ts';

export const NOON = new Date('2026-09-14T12:00:00.000Z');
export const SECRET = 'ai.coder.com/litellm';
export const FIRST = new Secret('sk-first-0123456789abcdef');

/** 50 requests a second, spread over the replicas. */
const BETWEEN_REQUESTS_MS = 20;
/** How often a consumer reads the secret. */
const REFRESH_MS = minutes(1);
/** Each question to the gateway's administration or to the vault takes so long, in which consumers go on asking. */
const QUESTION_MS = 200;

export class Killed extends Error {}

/** A room full of people who use the key while it is rotated, on a clock that only moves when somebody waits. */
export async function aRoom(manners: GatewayManners = {}) {
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
    standing: (...given) => dangerous(() => shelf.standing(...given)),
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

export type Room = Awaited<ReturnType<typeof aRoom>>;

/** What happens in the minutes after a rotation: consumers read the secret, and looks retire what they have left. */
export async function settle({ rotating, gateway, pass, consumer }: Room): Promise<void> {
  for (let look = 0; look < 2; look += 1) {
    await pass(minutes(4));
    await retire(rotating, [gateway.hashOf(consumer.key)]);
  }
}

export async function currentKey({ shelf }: Room): Promise<string> {
  return keyIn((await shelf.read(SECRET, 'current'))?.text.reveal() ?? '', 'key') ?? '';
}

export async function expectOneGeneration(room: Room): Promise<void> {
  expect(room.room.failed).toEqual([]);
  const current = new Secret(await currentKey(room));
  expect(room.world.live().map(({ hash }) => hash)).toEqual([room.gateway.hashOf(current)]);
  expect(room.consumer.key.reveal()).toBe(current.reveal());
  expect(current.reveal()).not.toBe(FIRST.reveal());
}
