import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/core/digest.ts';
import { endpointsOf } from '../../src/endpoints.ts';
import { LEASE_MS } from '../../src/mirror/claim.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { rollback } from '../../src/mirror/rollback.ts';
import type { Run } from '../../src/mirror/run.ts';
import { abandonStage, planStage, promoteStage, transferStage } from '../../src/mirror/stages.ts';
import { rehearse, type Rehearsal } from '../../src/rehearsal/world.ts';
import { at } from '../builders.ts';
import { Killed, mortal, type Fate, type Life } from './mortal.ts';

/** A world that serves Monday's release, while Tuesday's is out. */
async function tuesday(): Promise<{ world: Rehearsal; monday: Digest; tuesday: Digest }> {
  const world = rehearse({ begins: at('09:00') });
  const monday = world.publish('monday');
  await mirror(runIn(world, 'monday'));
  world.pass(LEASE_MS);
  return { world, monday, tuesday: world.publish('tuesday') };
}

const runIn = (world: Rehearsal, id: string): Run => ({
  release: { image: 'coder-preview', tag: 'latest' },
  endpoints: endpointsOf(world.image, world),
  journal: world.journal,
  id,
  by: 'schedule',
  why: 'a region was out of step',
  now: world.now,
  history: true,
  depth: 'content',
});

/** Lives once for every act that there is, and is killed at it. Returns how many there were. */
async function everyDeath(when: Fate['when'], story: (fate: Fate) => Promise<Life>): Promise<number> {
  for (let nth = 1; ; nth += 1) {
    const life = await story({ nth, when });
    if (!life.isOver()) return life.acts.length;
  }
}

/** Dies, or lives to tell; anything else that is thrown is a mistake. */
async function live<T>(work: () => Promise<T>): Promise<{ readonly answer: T } | undefined> {
  try {
    return { answer: await work() };
  } catch (error) {
    if (error instanceof Killed) return undefined;
    throw error;
  }
}

/** The invariant, and that the history which a rollback goes by is whole. */
async function expectConverged(world: Rehearsal, [monday, tuesday]: readonly [Digest, Digest], where: string) {
  expect(world.served(), where).toEqual([tuesday, tuesday, tuesday]);
  expect(world.torn(), where).toEqual([]);
  const history = await world.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 10);
  const states = history.map(({ digest, state }) => `${digest === tuesday ? 'tuesday' : 'monday'} ${state}`);
  expect(states, where).not.toContain('tuesday begun');
  expect(states.at(-1), where).toBe('monday done');
  expect(states, where).toContain('tuesday done');
  expect((await rollback(runIn(world, 'back'))).result, where).toBe('promoted');
  expect(world.served(), where).toEqual([monday, monday, monday]);
}

describe.each(['before', 'after'] as const)('a run that is killed %s any of its acts', (when) => {
  it('leaves whole content behind every tag, and the next one converges when its claim has run out', async () => {
    const acts = await everyDeath(when, async (fate) => {
      const { world, monday, tuesday: wanted } = await tuesday();
      const life = mortal(runIn(world, 'doomed'), fate);
      await live(() => mirror(life.run));
      const where = `killed ${when} ${life.acts[fate.nth - 1]}`;
      expect(world.torn(), where).toEqual([]);
      expect(
        world.served().every((digest) => digest === monday || digest === wanted),
        where,
      ).toBe(true);
      const [last] = await world.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
      if (world.served().includes(wanted)) expect(last?.digest, where).toBe(wanted);

      world.pass(LEASE_MS);
      await mirror(runIn(world, 'next'));
      await expectConverged(world, [monday, wanted], where);
      return life;
    });
    expect(acts).toBeGreaterThan(60);
  });
});

/** As the state machine does: plan, every leg of every shard, promote; each function in a process of its own. */
async function machine(stage: <T>(work: (run: Run) => Promise<T>) => Promise<T>): Promise<void> {
  const { idle, shards } = await stage((run) => planStage(run));
  if (idle) return;
  for (const { shard } of shards) await stage((run) => transferStage(run, shard, 0));
  await stage((run) => promoteStage(run));
}

describe.each(['before', 'after'] as const)('the state machine, with a function killed %s any of its acts', (when) => {
  it('converges when that function is called again', async () => {
    const acts = await everyDeath(when, async (fate) => {
      const { world, monday, tuesday: wanted } = await tuesday();
      const life = mortal(runIn(world, 'execution'), fate);
      await machine(async (work) => {
        const once = life.isOver() ? undefined : await live(() => work(life.run));
        return life.isOver() || once === undefined ? work(runIn(world, 'execution')) : once.answer;
      });
      const where = `killed ${when} ${life.acts[fate.nth - 1]}`;
      await expectConverged(world, [monday, wanted], where);
      return life;
    });
    expect(acts).toBeGreaterThan(70);
  });

  it('gives the release back when it is given up, and the next run converges at once', async () => {
    await everyDeath(when, async (fate) => {
      const { world, monday, tuesday: wanted } = await tuesday();
      const life = mortal(runIn(world, 'execution'), fate);
      await live(() => machine((work) => work(life.run)));
      const where = `killed ${when} ${life.acts[fate.nth - 1]}`;
      expect(world.torn(), where).toEqual([]);
      await abandonStage(runIn(world, 'execution'));
      const next = await mirror(runIn(world, 'next'));
      expect(['promoted', 'in-sync'], `${where}: ${next.why}`).toContain(next.result);
      await expectConverged(world, [monday, wanted], where);
      return life;
    });
  });
});
