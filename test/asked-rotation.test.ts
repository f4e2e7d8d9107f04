import { describe, expect, it } from 'vitest';
import { askedRotation } from '../src/asked-rotation.ts';
import { liteLlm } from '../src/clients/litellm.ts';
import type { LiteLlmGateway } from '../src/core/estate.ts';
import { Secret } from '../src/core/secret.ts';
import type { FreshenKey } from '../src/core/step.ts';
import { days, hours, minutes, plus } from '../src/core/time.ts';
import { sightKeys } from '../src/observers/keys.ts';
import { sightCalendar } from '../src/observers/workshops.ts';
import type { Renewal, Vault } from '../src/ports.ts';
import { rehearseGateway, type GatewayManners } from '../src/rehearsal/litellm.ts';
import { workshopAt } from '../src/rehearsal/classroom.ts';
import { memoryVault } from '../src/rehearsal/vault.ts';
import { rehearse } from '../src/rehearsal/world.ts';
import { rotateSecret, STEPS } from '../src/rotate-secret.ts';
import { freshenKey } from '../src/steps/freshen-key.ts';
import { askOf, replicasOf } from './servers/litellm.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const SECRET = 'ai.coder.com/litellm';
const FIRST = new Secret('sk-first-0123456789abcdef');
const WANTED = plus(NOON, days(2));

const forbidden = (): never => {
  throw new Error('whoever only watches keys may not do this');
};

/** Somebody who has no key that administers the gateway, and a function that has it and rotates when it is asked to. */
async function apart(manners: GatewayManners = {}, change: Partial<LiteLlmGateway> = {}) {
  const clock = { now: NOON };
  const gateway = rehearseGateway(() => clock.now, manners);
  const settings = { url: 'http://gateway', ask: askOf(gateway), replicas: async () => replicasOf(gateway) };
  const administered = liteLlm({ ...settings, masterKey: async () => new Secret(gateway.masterKey) });
  const shelf = memoryVault();
  const workshop = workshopAt(plus(NOON, hours(5)), 12);
  const reading = async () => ({ workshops: [workshop], troubles: [], uids: new Set<string>(), asOf: clock.now });
  const estate = {
    calendar: { secret: 'feed', zone: 'UTC', marks: ['workshop'], attendance: 9 },
    gateway: {
      kind: 'litellm',
      url: 'http://gateway',
      masterKey: 'litellm/master',
      keys: [{ name: 'ai-coder', secret: SECRET }],
      ...change,
    },
  } as const;
  const world = { ...rehearse({ begins: NOON, estate }), calendar: { workshops: reading } };
  await sightCalendar(world, { now: NOON, log: () => undefined });
  await administered.install(FIRST, { alias: 'ai-coder', lastingMs: hours(8), settings: {} });
  shelf.put(SECRET, { id: 'first', text: FIRST });

  const interludes: Partial<Record<(typeof STEPS)[number], () => Promise<void> | void>> = {};
  const rotator = { ...world, gateway: administered, vault: shelf };
  const steps = async (version: string): Promise<void> => {
    for (const Step of STEPS) {
      await interludes[Step]?.();
      await rotateSecret({ Step, SecretId: SECRET, ClientRequestToken: version }, rotator, { now: () => clock.now });
    }
  };
  shelf.rotateWith(SECRET, steps);
  const { read, standing, rotate } = shelf;
  const vault: Vault = { read, standing, rotate, propose: forbidden, finish: forbidden, withdraw: forbidden };
  const watcher = { ...world, gateway: liteLlm(settings), vault };
  const afterwards: (() => void)[] = [];
  const ask: Renewal['ask'] = async (...given) => {
    await askedRotation(watcher, 40).ask(...given);
    for (const each of afterwards) each();
  };
  const published = async () => (await shelf.read(SECRET, 'current'))?.text.reveal();
  return {
    clock,
    gateway,
    administered,
    shelf,
    interludes,
    afterwards,
    workshop,
    published,
    freshen: (step: Partial<FreshenKey> = {}) =>
      freshenKey(
        { ...PROLONGED, extend: [administered.hashOf(FIRST)], ...step },
        { ...watcher, renewal: { ask } },
        { now: clock.now },
      ),
    sight: () => sightKeys(watcher, { log: () => undefined }),
    endOf: async (key: Secret) => (await administered.find(administered.hashOf(key)))?.expires,
  };
}

const PROLONGED: FreshenKey = {
  kind: 'freshen-key',
  key: 'ai-coder',
  rotate: false,
  extend: [],
  until: WANTED,
  atLeast: plus(WANTED, -minutes(1)),
};

describe('a key that is made to last by whoever rotates it', () => {
  it('is the same key, published again, and lasts longer on every replica', async () => {
    const { freshen, published, endOf, gateway } = await apart();
    expect(await freshen()).toContain('proven on every replica');
    expect(await published()).toBe(FIRST.reveal());
    expect(await endOf(FIRST)).toEqual(WANTED);
    expect(gateway.live()).toHaveLength(1);
  });

  it('is another key where another one is asked for, and the old one, which somebody may hold, lasts longer too', async () => {
    const { freshen, published, endOf, gateway } = await apart();
    await freshen({ rotate: true });
    const key = (await published()) ?? '';
    expect(key).not.toBe(FIRST.reveal());
    expect(gateway.live().map(({ alias }) => alias)).toEqual(['ai-coder', 'ai-coder-g1']);
    expect(Number(await endOf(new Secret(key)))).toBeGreaterThan(Number(WANTED));
    expect(await endOf(FIRST)).toEqual(WANTED);
  });

  it('is let last longer inside a window as well, since nobody notices; another one is not made there', async () => {
    const { freshen, published, endOf, clock, workshop } = await apart();
    clock.now = plus(workshop.starts, minutes(10));
    await freshen();
    expect(await endOf(FIRST)).toEqual(WANTED);
    await expect(freshen({ rotate: true })).rejects.toThrow('failed at createSecret: ai-coder is not rotated before');
    expect(await published()).toBe(FIRST.reveal());
  });

  it('gives way to a key that somebody publishes meanwhile', async () => {
    const { freshen, published, interludes, shelf } = await apart();
    const theirs = new Secret('sk-theirs-0123456789abcdef');
    interludes.finishSecret = () => shelf.put(SECRET, { id: 'theirs', text: theirs });
    await expect(freshen()).rejects.toThrow('failed at finishSecret: somebody has published another key');
    expect(await published()).toBe(theirs.reveal());
    expect((await shelf.standing(SECRET)).stages.get('theirs')).toEqual(['current']);
  });

  it('is made anew by every other rotation: what is asked for by one version is heeded by no other', async () => {
    const { freshen, published, shelf } = await apart();
    await freshen();
    await shelf.rotate(SECRET);
    await shelf.settled();
    expect(await published()).not.toBe(FIRST.reveal());
  });

  it('that the gateway lets last for less is told, however well the rotation went', async () => {
    const { freshen } = await apart({ longestMs: hours(10) });
    await expect(freshen()).rejects.toThrow(/lets ai-coder last until .* only.*longestMinutes/);
  });

  it('is not proven by a rotation that went well: each replica is asked', async () => {
    const { freshen, gateway, afterwards } = await apart();
    afterwards.push(() => void Object.assign(gateway.premises, { open: true, database: 'down' }));
    await expect(freshen()).rejects.toThrow('let in a key that nobody has');
  });

  it('stands in nobody’s way while another rotation has not ended, and says so', async () => {
    const { freshen, shelf, published } = await apart();
    shelf.rotateWith(SECRET, async () => undefined);
    await shelf.rotate(SECRET);
    await expect(freshen()).rejects.toThrow('a rotation before it has not ended');
    expect(await published()).toBe(FIRST.reveal());
  });
});

describe('keys that are looked at without the key that administers the gateway', () => {
  it('say themselves until when they last, also where they have expired or are blocked', async () => {
    const { sight, clock } = await apart({ expiredStatus: 400 });
    const ends = async () => (await sight()).keys.map(({ known }) => known.seen && known.value[0]?.expires);
    expect(await ends()).toEqual([plus(NOON, hours(8))]);
    clock.now = plus(NOON, hours(9));
    expect(await ends()).toEqual([plus(NOON, hours(8))]);
  });

  it('are revived by those who may', async () => {
    const { freshen, clock, endOf } = await apart();
    clock.now = plus(NOON, hours(9));
    await freshen();
    expect(await endOf(FIRST)).toEqual(WANTED);
  });

  it('that nobody knows are known as that, and others of the family are not looked for', async () => {
    const { sight, administered } = await apart();
    await administered.install(new Secret('sk-other-0123456789abcdef'), {
      alias: 'ai-coder-g7',
      lastingMs: hours(1),
      settings: {},
    });
    const before = await sight();
    expect(before.keys[0]?.known).toMatchObject({ seen: true, value: [{ alias: 'ai-coder' }] });
    await administered.remove(administered.hashOf(FIRST));
    expect((await sight()).keys[0]?.known).toMatchObject({ seen: true, value: [] });
  });

  it('are not known to have ended while the gateway’s database is away', async () => {
    const { sight, gateway } = await apart();
    gateway.premises.database = 'down';
    expect((await sight()).keys[0]?.known).toMatchObject({ seen: false });
  });
});
