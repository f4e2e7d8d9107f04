import type { Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { rotate as rotateFunction } from '../lambdas/rotate.ts';
import type { Workshop } from '../src/core/workshop.ts';
import { hours, minutes, plus, seconds } from '../src/core/time.ts';
import { sightCalendar } from '../src/observers/workshops.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { rehearse } from '../src/rehearsal/world.ts';
import { force, rotateSecret, STEPS, type RotationEvent } from '../src/rotate-secret.ts';
import { aRoom, currentKey, expectOneGeneration, FIRST, Killed, NOON, SECRET, settle } from './full-room.ts';

const ARN = `arn:aws:secretsmanager:us-east-2:111122223333:secret:${SECRET}-Ab3dEf`;
const KEY = { name: 'ai-coder', secret: SECRET, field: 'key' };
const estate = {
  gateway: { kind: 'litellm', url: 'http://gateway', masterKey: 'litellm/master', keys: [KEY] },
} as const;
const context = {
  functionName: 'rotate',
  awsRequestId: 'request',
  getRemainingTimeInMillis: () => minutes(2),
} as Context;

/** The function in a full room. Everything between it and the secret's versions goes by the secret's name. */
async function inARoom(workshops?: readonly Workshop[]) {
  const room = await aRoom();
  const { vault, gateway } = room.rotating;
  const byName: typeof vault = new Proxy(vault, {
    get:
      (target, verb: keyof typeof vault) =>
      (_: string, ...rest: never[]) =>
        (target[verb] as (...given: unknown[]) => unknown)(SECRET, ...rest),
  });
  const calendar = workshops && {
    workshops: async () => ({ workshops, troubles: [], uids: new Set<string>(), asOf: NOON }),
  };
  const journal = memoryJournal();
  const scenery = {
    ...estate,
    ...(workshops && { calendar: { secret: 'c', zone: 'UTC', marks: ['x'], attendance: 9 } }),
  };
  const world = {
    ...rehearse({ begins: NOON, journal, estate: scenery }),
    vault: byName,
    gateway,
    ...(calendar && { calendar }),
  };
  room.shelf.rotateWith(SECRET, async () => undefined);
  const handler = rotateFunction(() => world);
  const step = (Step: string, version: string): Promise<unknown> =>
    handler({ Step, SecretId: ARN, ClientRequestToken: version }, context);
  return {
    room,
    world,
    step,
    /** Asked for as Secrets Manager is asked, and called as it calls. */
    begin: () => room.shelf.rotate(SECRET),
    steps: async (version: string) => {
      for (const each of STEPS) await step(each, version);
    },
    /** The same at an instant of the story's. */
    at: (now: Date, Step: string, version: string) =>
      rotateSecret({ Step, SecretId: ARN, ClientRequestToken: version } satisfies RotationEvent, world, {
        now: () => now,
      }),
    lookAtTheCalendar: () => sightCalendar(world, { now: NOON, log: () => undefined }),
  };
}

describe('the rotation function in a full room, 50 requests a second', () => {
  it('fails nobody, and leaves exactly one generation', async () => {
    const { room, begin, steps } = await inARoom();
    await steps(await begin());
    await settle(room);
    await expectOneGeneration(room);
    expect(room.room.asked).toBeGreaterThan(24_000);
  });

  it('killed anywhere and called again, or wholly repeated, does so too', async () => {
    const whole = await inARoom();
    await whole.steps(await whole.begin());
    const last = whole.room.room.questions;
    for (let killAt = 1; killAt <= last; killAt += 1) {
      const { room, begin, steps } = await inARoom();
      const version = await begin();
      room.room.killAt = killAt;
      await expect(steps(version)).rejects.toThrow(Killed);
      room.room.killAt = Number.POSITIVE_INFINITY;
      await room.pass(seconds(30));
      await steps(version);
      await steps(version);
      await settle(room);
      await expectOneGeneration(room);
    }
    expect(last).toBeGreaterThan(20);
  }, 240_000);

  it('stuck half way, gives way to the next rotation once somebody has withdrawn it', async () => {
    const { room, begin, step, steps } = await inARoom();
    const stuck = await begin();
    await step('createSecret', stuck);
    await step('setSecret', stuck);
    await expect(begin()).rejects.toMatchObject({ trouble: 'refused' });
    await room.shelf.withdraw(SECRET);
    const next = await begin();
    await expect(step('finishSecret', stuck)).rejects.toThrow('is not pending');
    await steps(next);
    await settle(room);
    await expectOneGeneration(room);
  });

  it('called twice for each step at the same time, as a retry may, makes one key', async () => {
    const { room, begin, step } = await inARoom();
    const version = await begin();
    for (const each of STEPS) {
      const twice = await Promise.allSettled([step(each, version), step(each, version)]);
      expect(twice.map(({ status }) => status)).toContain('fulfilled');
    }
    await settle(room);
    await expectOneGeneration(room);
  });

  it('proves the key before it says so: one that is not taken everywhere is no key', async () => {
    const { room, begin, step, steps } = await inARoom();
    const version = await begin();
    await step('createSecret', version);
    await step('setSecret', version);
    room.world.premises.database = 'down';
    await expect(step('testSecret', version)).rejects.toThrow('does not work everywhere');
    room.world.premises.database = 'up';
    expect(await currentKey(room)).toBe(FIRST.reveal());
    await steps(version);
    await settle(room);
    await expectOneGeneration(room);
  });

  it('is away from its gateway half way through, and leaves everybody with the key that works', async () => {
    const { room, begin, step, steps } = await inARoom();
    const version = await begin();
    await step('createSecret', version);
    room.world.premises.database = 'down';
    await expect(step('setSecret', version)).rejects.toThrow('could not');
    expect(await currentKey(room)).toBe(FIRST.reveal());
    room.world.premises.database = 'up';
    await steps(version);
    await settle(room);
    await expectOneGeneration(room);
  });
});

describe('the rotation function refuses', () => {
  it('a secret that is not to be rotated, one that is not ours, a version that is none or not pending, another step', async () => {
    const { room, world, begin, step } = await inARoom();
    const version = await begin();
    await expect(step('createSecret', 'nobody-asked-for-this')).rejects.toThrow(
      'version nobody-asked-for-this of ai.coder.com/litellm is not pending',
    );
    await expect(step('shareSecret', version)).rejects.toThrow('there is no step "shareSecret"');
    const elsewhere = { Step: 'createSecret', SecretId: `${ARN}x`, ClientRequestToken: version };
    await expect(rotateSecret(elsewhere, world, world)).rejects.toThrow('publishes no key in');
    const still = { ...world, vault: { ...room.shelf, standing: async () => ({ rotates: false, stages: new Map() }) } };
    await expect(rotateSecret({ ...elsewhere, SecretId: ARN }, still, world)).rejects.toThrow('turn its rotation on');
    expect(room.world.live()).toHaveLength(1);
  });

  it('nothing of what is published already: it says so, and changes nothing', async () => {
    const { room, begin, steps, step } = await inARoom();
    const version = await begin();
    await steps(version);
    const key = await currentKey(room);
    for (const each of STEPS) expect(await step(each, version)).toContain('is published already');
    expect(await currentKey(room)).toBe(key);
  });
});

describe('a rotation and the calendar', () => {
  const WORKSHOP: Workshop = {
    id: 'agents-101',
    title: 'Agents 101',
    starts: plus(NOON, hours(30)),
    ends: plus(NOON, hours(32)),
    zone: 'UTC',
    attendance: { people: 12, from: 'estate' },
  };
  const INSIDE = plus(WORKSHOP.starts, minutes(5));

  it('makes a key that outlasts the workshops within its life', async () => {
    const late = {
      ...WORKSHOP,
      id: 'late',
      starts: plus(NOON, hours(24 * 14 - 1)),
      ends: plus(NOON, hours(24 * 14 + 3)),
    };
    const { room, begin, at, lookAtTheCalendar } = await inARoom([WORKSHOP, late]);
    await lookAtTheCalendar();
    const version = await begin();
    await at(NOON, 'createSecret', version);
    expect(await at(NOON, 'setSecret', version)).toContain('ai-coder-g1');
    const [made] = (await room.gateway.keys()).filter(({ alias }) => alias === 'ai-coder-g1');
    expect(Number(made?.expires)).toBeGreaterThan(Number(plus(late.ends, hours(25))));
  });

  it('is neither begun nor published inside a window, and says until when and for whom', async () => {
    const { room, begin, at, lookAtTheCalendar } = await inARoom([WORKSHOP]);
    await lookAtTheCalendar();
    const version = await begin();
    await expect(at(INSIDE, 'createSecret', version)).rejects.toThrow(/not rotated before .*Agents 101.*--force/);
    await at(NOON, 'createSecret', version);
    await at(NOON, 'setSecret', version);
    await expect(at(INSIDE, 'finishSecret', version)).rejects.toThrow('Agents 101');
    expect(await currentKey(room)).toBe(FIRST.reveal());
  });

  it('is published inside a window where somebody forced it, for a quarter of an hour, and his reason is kept', async () => {
    const { room, world, begin, at, lookAtTheCalendar } = await inARoom([WORKSHOP]);
    await lookAtTheCalendar();
    await force(KEY, world.journal, { by: 'ana', why: 'the key leaked' }, INSIDE);
    const version = await begin();
    await expect(at(plus(INSIDE, minutes(16)), 'createSecret', version)).rejects.toThrow('Agents 101');
    for (const each of STEPS) await at(INSIDE, each, version);
    expect(await currentKey(room)).not.toBe(FIRST.reveal());
    const [entry] = await world.journal.entries('key ai-coder', 1);
    expect(entry).toMatchObject({ by: 'ana', line: expect.stringContaining('the key leaked') });
  });

  it('is not begun before the calendar was ever read: an unread calendar is not an empty one', async () => {
    const { begin, at } = await inARoom([WORKSHOP]);
    await expect(at(NOON, 'createSecret', await begin())).rejects.toThrow('the calendar has never been read');
  });
});
