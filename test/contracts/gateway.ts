import { describe, expect, it, onTestFinished } from 'vitest';
import { OutsideError } from '../../src/core/outside-error.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, hours, minutes, plus } from '../../src/core/time.ts';
import type { Gateway } from '../../src/ports.ts';
import type { GatewayManners, RehearsedGateway } from '../../src/rehearsal/litellm.ts';

/** A gateway that a story lays hands on, and the ports through which it is seen: with its own key, and without. */
export interface OpenGateway {
  readonly world: RehearsedGateway;
  readonly gateway: Gateway;
  readonly watcher: Gateway;
  pass(ms: number): void;
  close(): void | Promise<void>;
}

export const NOON = new Date('2026-09-14T12:00:00.000Z');
export const OURS = new Secret('sk-ours-0123456789abcdef');
export const wish = { alias: 'ai-coder-g1', lastingMs: hours(8), settings: {} };

export const answers = async (gateway: Gateway, key = OURS): Promise<string[]> =>
  (await gateway.probe(key)).map(({ answer }) => answer);
export const on = (count: number, answer: string): string[] => Array.from({ length: count }, () => answer);

/** What every gateway promises, whatever it is reached over. */
export function promisesOfAGateway(open: (manners: GatewayManners) => OpenGateway | Promise<OpenGateway>): void {
  const opened = async (manners: GatewayManners = {}): Promise<OpenGateway> => {
    const found = await open(manners);
    onTestFinished(() => found.close());
    return found;
  };
  describe('a new key', () => promisesAboutNewKeys(opened));
  describe('an old key', () => promisesAboutOldKeys(opened));
  describe('a key that asks about itself', () => promisesAboutOwnWord(opened));
  describe('all keys', () => promisesAboutAllKeys(opened));
}

type Opened = (manners?: GatewayManners) => Promise<OpenGateway>;

function promisesAboutNewKeys(opened: Opened): void {
  it('works on every replica at once, and is what the gateway made of it', async () => {
    const { gateway } = await opened();
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
    const { gateway } = await opened({ longestMs: hours(2) });
    expect(await gateway.install(OURS, wish)).toMatchObject({ expires: plus(NOON, hours(2)) });
  });

  it('may be made again, because the first answer may have been lost', async () => {
    const { gateway, world } = await opened();
    await gateway.install(OURS, wish);
    await gateway.install(OURS, wish);
    expect(world.live()).toHaveLength(1);
  });

  it('is refused an alias that another key has, also one that has expired', async () => {
    const { gateway, pass } = await opened();
    await gateway.install(new Secret('sk-another-0123456789'), wish);
    pass(days(3));
    await expect(gateway.install(OURS, wish)).rejects.toThrow("alias 'ai-coder-g1' already exists");
  });
}

function promisesAboutOldKeys(opened: Opened): void {
  it.each([400, 401] as const)(
    'that expired is expired on every replica in the same second (status %i)',
    async (expiredStatus) => {
      const { gateway, pass } = await opened({ expiredStatus });
      await gateway.install(OURS, wish);
      await gateway.probe(OURS);
      pass(hours(8) + 1);
      expect(await answers(gateway)).toEqual(on(4, 'expired'));
    },
  );

  it('that was removed is gone, and still works for a minute on replicas that remember it', async () => {
    const { gateway, pass } = await opened();
    await gateway.install(OURS, wish);
    await gateway.probe(OURS);
    await gateway.remove(gateway.hashOf(OURS));
    expect((await answers(gateway)).filter((answer) => answer === 'accepted')).toHaveLength(3);
    pass(minutes(1));
    expect(await answers(gateway)).toEqual(on(4, 'unknown-key'));
  });

  it('may be removed twice', async () => {
    const { gateway } = await opened();
    await gateway.install(OURS, wish);
    await gateway.remove(gateway.hashOf(OURS));
    await expect(gateway.remove(gateway.hashOf(OURS))).resolves.toBeUndefined();
  });

  it('can be extended, and even revived', async () => {
    const { gateway, pass } = await opened();
    await gateway.install(OURS, wish);
    pass(hours(9));
    expect(await gateway.extend(gateway.hashOf(OURS), hours(4))).toMatchObject({ expires: plus(NOON, hours(13)) });
    pass(minutes(1));
    expect(await answers(gateway)).toEqual(on(4, 'accepted'));
  });

  it('that spent its budget says so', async () => {
    const { gateway, world } = await opened();
    const { hash } = await gateway.install(OURS, { ...wish, settings: { max_budget: 1 } });
    world.spend(hash, 2);
    expect(await answers(gateway)).toEqual(on(4, 'over-budget'));
  });
}

function promisesAboutOwnWord(opened: Opened): void {
  it('hears what the administrator hears', async () => {
    const { gateway, watcher } = await opened();
    const made = await gateway.install(OURS, { ...wish, settings: { models: ['claude'], max_budget: 50 } });
    expect(await watcher.own(OURS)).toEqual(made);
  });

  it.each([400, 401] as const)('hears when it expired, by what it is turned away with (%i)', async (expiredStatus) => {
    const { gateway, watcher, pass } = await opened({ expiredStatus });
    await gateway.install(OURS, wish);
    pass(days(1));
    expect(await watcher.own(OURS)).toMatchObject({ expires: plus(NOON, hours(8)), blocked: false });
  });

  it('hears that it is blocked, that its budget is spent, or that nobody knows it', async () => {
    const { gateway, watcher, world } = await opened({ memoryMs: 0 });
    const { hash } = await gateway.install(OURS, { ...wish, settings: { max_budget: 1 } });
    world.spend(hash, 2);
    expect(await watcher.own(OURS)).toMatchObject({ budget: 0, spend: 0 });
    const body = JSON.stringify({ key: hash, blocked: true });
    world.answer(0, { method: 'POST', path: '/key/update', key: world.masterKey, body });
    expect(await watcher.own(OURS)).toMatchObject({ blocked: true });
    expect(await watcher.own(new Secret('sk-nobodys-0123456789'))).toBeUndefined();
  });

  it('is no answer while the database is away, and changes nothing without the administrator’s key', async () => {
    const { gateway, watcher, world } = await opened();
    const { hash } = await gateway.install(OURS, wish);
    expect([gateway.administered, watcher.administered]).toEqual([true, false]);
    for (const question of [watcher.keys(), watcher.extend(hash, hours(1)), watcher.remove(hash)])
      await expect(question).rejects.toThrow('the key for that is not here');
    world.premises.database = 'down';
    await expect(watcher.own(OURS)).rejects.toThrow(OutsideError);
  });
}

function promisesAboutAllKeys(opened: Opened): void {
  it('are listed page by page, each once', async () => {
    const { gateway } = await opened();
    for (let index = 0; index < 230; index += 1) {
      await gateway.install(new Secret(`sk-number-${index}-0123456789`), { ...wish, alias: `key-${index}` });
    }
    const keys = await gateway.keys();
    expect(new Set(keys.map(({ alias }) => alias)).size).toBe(230);
  });
}
