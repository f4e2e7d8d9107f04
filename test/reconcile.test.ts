import { beforeEach, describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';
import type { Check } from '../src/core/check.ts';
import { imagesMatchTheirSource } from '../src/core/checks/images-match-their-source.ts';
import { isGo, type Finding } from '../src/core/finding.ts';
import { headline, type Report } from '../src/core/report.ts';
import { days, hours, minutes } from '../src/core/time.ts';
import { rollback } from '../src/mirror/rollback.ts';
import { runOf } from '../src/mirroring.ts';
import { reconcile, type Automation, type Surroundings, type Wake } from '../src/reconcile.ts';
import {
  newRelease,
  quietWeek,
  releaseUnderHold,
  staleMirror,
  twoImages,
  workshopHold,
} from '../src/rehearsal/scenes.ts';
import { referrerList, smallImage, smallSignature } from '../src/rehearsal/small-image.ts';
import { rehearse, type Rehearsal } from '../src/rehearsal/world.ts';
import type { Journal } from '../src/ports.ts';
import { anImage, at } from './builders.ts';

const { look, parity } = automations;
const morning = at('09:00');
const [MONDAY, TUESDAY] = [smallImage('monday').root.digest, smallImage('tuesday').root.digest];

/** Wakes an automation five minutes after the last time, as a schedule would. */
async function wake(automation: Automation, world: Rehearsal & Surroundings, how: Partial<Wake> = {}): Promise<Report> {
  world.pass(minutes(5));
  const log: Wake['log'] = (what, error) => world.logged.push({ what, error });
  return reconcile(automation, world, { now: world.now(), log, ...how });
}

const linesOf = ({ said }: Rehearsal): string[] => said.map(({ line }) => line);
const statusesOf = ({ findings }: Pick<Report, 'findings'>): string[] => findings.map(({ status }) => status);

describe('when Oregon and London are stale', () => {
  let world: Rehearsal;
  beforeEach(async () => {
    world = await staleMirror(morning);
  });

  it('every region is brought up to the source, with nothing missing behind any tag', async () => {
    const report = await wake(look, world);
    expect(world.served()).toEqual([TUESDAY, TUESDAY, TUESDAY]);
    expect(world.torn()).toEqual([]);
    expect(headline(report)).toBe('look: go, 0 of 3 not ready');
  });

  it('people are told what was done, and only that', async () => {
    await wake(look, world);
    expect(linesOf(world)).toEqual([
      'done: mirror coder-preview:latest to every region: coder-preview:latest promoted',
    ]);
  });

  it('there is nothing to do and nothing to say the second time', async () => {
    await wake(look, world);
    const again = await wake(look, world);
    expect(again.taken).toEqual([]);
    expect(world.said).toHaveLength(1);
  });

  it('the promotion is written down, with who asked for it', async () => {
    await wake(look, world, { by: 'webhook' });
    const [promotion] = await world.journal.promotions({ image: 'coder-preview', tag: 'latest' }, 1);
    expect(promotion).toMatchObject({ digest: TUESDAY, state: 'done', by: 'webhook', kind: 'forward' });
  });

  it('an automation that may only report leaves everything as it is, and says what is amiss', async () => {
    const report = await wake({ ...look, may: 'report' }, world);
    expect(world.served()).toEqual([TUESDAY, MONDAY, MONDAY]);
    expect(statusesOf(report)).toEqual(['ok', 'fail', 'fail']);
    expect(linesOf(world)).toEqual([
      expect.stringMatching(/^fail: coder-preview:latest in us-west-2: .*, but .* in us-east-2/),
      expect.stringMatching(/^fail: coder-preview:latest in eu-west-2: /),
    ]);
  });

  it('where mending only begins here, the first look is what is told', async () => {
    const started = { mirror: async () => 'started coder-preview-latest' };
    const report = await wake(look, { ...world, mirroring: started, mendsElsewhere: true });
    expect(statusesOf(report)).toEqual(['ok', 'fail', 'fail']);
    expect(linesOf(world)[0]).toBe('done: mirror coder-preview:latest to every region: started coder-preview-latest');
  });

  it('a run whose time is up before it can mend says what is amiss and leaves the mending to the next', async () => {
    const stop = new AbortController();
    const world = await twoImages(morning);
    const { mirroring } = world;
    const last = {
      mirror: async (...all: Parameters<typeof mirroring.mirror>) => {
        const line = await mirroring.mirror(...all);
        stop.abort(new Error('time is up'));
        return line;
      },
    };
    const report = await wake(look, { ...world, mirroring: last }, { signal: stop.signal });
    expect(report.taken).toHaveLength(1);
    expect(linesOf(world)[0]).toMatch(/^done: mirror coder-preview:latest/);
    expect(statusesOf(await wake(look, world))).toEqual(Array(6).fill('ok'));
  });

  it('a run whose time is up before it has looked fails loudly and tells nothing', async () => {
    await expect(wake(look, world, { signal: AbortSignal.abort(new Error('time is up')) })).rejects.toThrow(
      'time is up',
    );
    expect([world.said, await world.journal.last('look')]).toEqual([[], undefined]);
  });
});

describe('unknown is not ok', () => {
  it('a source that cannot be read changes nothing and is no-go', async () => {
    const world = await quietWeek(morning);
    world.sourceOf().mood.silent = true;
    const report = await wake(look, world);
    expect(statusesOf(report)).toEqual(['unknown', 'unknown', 'unknown']);
    expect(isGo(report.findings)).toBe(false);
    expect([report.taken, world.served()]).toEqual([[], [MONDAY, MONDAY, MONDAY]]);
  });

  it('a region that cannot be read is unknown, and the others are judged', async () => {
    const world = await quietWeek(morning);
    world.copyIn('us-west-2').mood.silent = true;
    expect(statusesOf(await wake(look, world))).toEqual(['ok', 'unknown', 'ok']);
  });

  it('a source that will not list its tags leaves the tags that are named outright in sight', async () => {
    const world = rehearse({ begins: morning, images: [anImage({ tags: ['latest', 'v*'] })] });
    world.sourceOf().mood.silent = true;
    const { findings } = await wake(look, world);
    expect(new Set(findings.map(({ subject }) => subject.split(' ')[0]))).toEqual(
      new Set(['coder-preview:latest', 'coder-preview:v*']),
    );
    expect(new Set(findings.map(({ status }) => status))).toEqual(new Set(['unknown']));
  });

  it('a journal that hides its pins makes every release unknown, and nothing is promoted on a guess', async () => {
    const world = await staleMirror(morning);
    const journal = { ...world.journal, pin: () => Promise.reject(new Error('journal: timeout')) };
    const report = await wake(look, { ...world, journal });
    expect(new Set(statusesOf(report))).toEqual(new Set(['unknown']));
    expect(world.served()).toEqual([TUESDAY, MONDAY, MONDAY]);
    expect(world.logged[0]).toMatchObject({ what: 'could not look at coder-preview:latest', error: expect.any(Error) });
  });

  it('is resolved news when it can be seen again', async () => {
    const world = await quietWeek(morning);
    world.sourceOf().mood.silent = true;
    await wake(look, world);
    world.sourceOf().mood.silent = false;
    await wake(look, world);
    expect(linesOf(world).slice(3)).toEqual(
      ['us-east-2', 'us-west-2', 'eu-west-2'].map(
        (region) => `resolved: coder-preview:latest in ${region}: images-match-their-source: after 5 min`,
      ),
    );
  });
});

describe('under a hold', () => {
  it('content is brought to every region, no tag moves, and people hear whose word it is', async () => {
    const world = await releaseUnderHold(morning);
    const report = await wake(parity, world);
    expect(world.served()).toEqual([MONDAY, MONDAY, MONDAY]);
    expect(await Promise.all(world.estate.regions.map(({ name }) => world.copyIn(name).head(TUESDAY)))).toMatchObject([
      { digest: TUESDAY },
      { digest: TUESDAY },
      { digest: TUESDAY },
    ]);
    expect(statusesOf(report)).toEqual(['warn', 'warn', 'warn']);
    expect(linesOf(world)[0]).toMatch(/^done: .* held: held until 2026-09-14 17:00 UTC by ana: Agents 101 is on$/);
    expect(linesOf(world)[1]).toMatch(/^warn: .*; held until .* by ana, because Agents 101 is on → Nothing to do/);
  });

  it('is silent about it from then on', async () => {
    const world = await releaseUnderHold(morning);
    await wake(parity, world);
    const said = world.said.length;
    await wake(parity, world);
    await wake(parity, world);
    expect(world.said).toHaveLength(said);
  });

  it('a quick look brings the content as well, once', async () => {
    const world = await releaseUnderHold(morning);
    expect((await wake(look, world)).taken).toHaveLength(1);
    expect(world.served()).toEqual([MONDAY, MONDAY, MONDAY]);
    expect(await Promise.all(world.estate.regions.map(({ name }) => world.copyIn(name).head(TUESDAY)))).toMatchObject([
      { digest: TUESDAY },
      { digest: TUESDAY },
      { digest: TUESDAY },
    ]);
    expect((await wake(look, world)).taken).toEqual([]);
  });

  it('a tag that no region has yet waits with the others', async () => {
    const world = await releaseUnderHold(morning);
    world.publish('tuesday', 'v2');
    const tags = { ...world.estate, images: world.estate.images.map((image) => ({ ...image, tags: ['v2'] })) };
    expect((await wake(look, { ...world, estate: tags })).taken).toHaveLength(1);
    expect(await world.copyIn('eu-west-2').head('v2')).toBeUndefined();
    expect(await world.copyIn('eu-west-2').head(TUESDAY)).toMatchObject({ digest: TUESDAY });
  });

  it('regions that disagree are no-go, and a person is asked', async () => {
    const world = await staleMirror(morning);
    await world.journal.hold(workshopHold(morning));
    const report = await wake(look, world);
    expect(isGo(report.findings)).toBe(false);
    expect(report.taken).toEqual([]);
    expect(linesOf(world)[0]).toMatch(/roll back .* or lift the hold/);
  });

  it('a layer that is lost behind an equal tag is brought back all the same', async () => {
    const world = await quietWeek(morning);
    await world.journal.hold(workshopHold(morning));
    world.copyIn('eu-west-2').lose(smallImage('monday').blobs[1]!.digest);
    await wake(parity, world);
    expect(world.torn()).toEqual([]);
  });

  it('a hold that begins between look and promotion wins', async () => {
    const world = await staleMirror(morning);
    const { mirroring } = world;
    const late = {
      mirror: async (...all: Parameters<typeof mirroring.mirror>) => {
        await world.journal.hold(workshopHold(morning));
        return mirroring.mirror(...all);
      },
    };
    await wake(look, { ...world, mirroring: late });
    expect(world.served()).toEqual([TUESDAY, MONDAY, MONDAY]);
    expect(linesOf(world)[0]).toMatch(/^done: .* held: held until/);
  });

  it('is promoted once the hold has ended, though nobody lifted it', async () => {
    const world = await releaseUnderHold(morning);
    await wake(parity, world);
    world.pass(hours(8));
    await wake(look, world);
    expect(world.served()).toEqual([TUESDAY, TUESDAY, TUESDAY]);
  });
});

describe('under a pin', () => {
  let world: Rehearsal;
  beforeEach(async () => {
    world = await newRelease(morning);
    await wake(look, world);
    const release = { image: world.image, tag: 'latest' };
    await rollback(runOf(world, release, { by: 'ben', why: 'terminals freeze' }, world), MONDAY);
  });

  it('the schedule does not undo a rollback', async () => {
    expect(statusesOf(await wake(look, world))).toEqual(['ok', 'ok', 'ok']);
    expect(world.served()).toEqual([MONDAY, MONDAY, MONDAY]);
  });

  it('a region that strays from the pinned digest is brought back to it', async () => {
    world.copyIn('us-west-2').shelve(smallImage('tuesday'), 'latest');
    await wake(look, world);
    expect(world.served()).toEqual([MONDAY, MONDAY, MONDAY]);
  });

  it('a pinned image that is gone from the source is healed from a sibling', async () => {
    for (const { digest } of smallImage('monday').manifests) world.sourceOf().lose(digest);
    world.copyIn('us-west-2').lose(smallImage('monday').blobs[1]!.digest);
    await wake(parity, world);
    expect(world.torn()).toEqual([]);
  });
});

describe('behind an equal tag', () => {
  it('a layer that a clean-up took is brought back', async () => {
    const world = await quietWeek(morning);
    world.copyIn('us-west-2').lose(smallImage('monday').blobs[2]!.digest);
    expect(statusesOf(await wake(look, world))).toEqual(['ok', 'ok', 'ok']);
    const report = await wake(parity, world);
    expect([world.torn(), statusesOf(report)]).toEqual([[], ['ok', 'ok', 'ok']]);
  });

  it('a platform that a clean-up took is brought back', async () => {
    const world = await quietWeek(morning);
    world.copyIn('us-west-2').lose(smallImage('monday').manifests[1]!.digest);
    await wake(parity, world);
    expect(world.torn()).toEqual([]);
  });

  it.each([look, parity])('a signature that came late comes along with the next $name', async (automation) => {
    const world = await quietWeek(morning);
    signMonday(world);
    expect(statusesOf(await wake(automation, world))).toEqual(['ok', 'ok', 'ok']);
    const signed = await world.copyIn('eu-west-2').referrers(MONDAY);
    expect(signed?.map(({ digest }) => digest)).toEqual([smallSignature(smallImage('monday').root).root.digest]);
  });

  it('a signature that a region refuses for good is tried, and told, once a day', async () => {
    const world = await quietWeek(morning);
    signMonday(world);
    world.copyIn('eu-west-2').mood.refusesReferrers = true;
    expect(statusesOf(await wake(parity, world))).toEqual(['ok', 'ok', 'warn']);
    const said = world.said.length;
    expect([(await wake(parity, world)).taken, (await wake(parity, world)).taken]).toEqual([[], []]);
    expect(world.said).toHaveLength(said);
    world.pass(days(1));
    expect((await wake(parity, world)).taken).toHaveLength(1);
  });

  function signMonday(world: Rehearsal): void {
    const signature = smallSignature(smallImage('monday').root);
    const fallback = `sha256-${MONDAY.slice('sha256:'.length)}`;
    world.sourceOf().shelve(signature);
    world.sourceOf().shelve(referrerList(signature), fallback);
  }
});

describe('a release for some platforms only', () => {
  it('is in step once every region serves the index without the others', async () => {
    const world = rehearse({ begins: morning, images: [anImage({ platforms: ['linux/amd64'] })] });
    world.publish('tuesday');
    await wake(look, world);
    const [served] = world.served();
    expect(world.served()).toEqual(Array(3).fill(served));
    expect(served).not.toBe(TUESDAY);
    expect(statusesOf(await wake(look, world))).toEqual(['ok', 'ok', 'ok']);
    expect(statusesOf(await wake(parity, world))).toEqual(['ok', 'ok', 'ok']);
  });
});

describe('a failed step does not stop the next', () => {
  it('one image’s failure leaves the other promoted', async () => {
    const world = await twoImages(morning);
    const [preview, base] = world.estate.images;
    world.copyIn('us-west-2', preview).mood.refusesTags = true;
    const { taken } = await wake(look, world);
    expect(taken.map(({ error }) => error === undefined)).toEqual([false, true]);
    expect(world.served('latest', base)).toEqual([TUESDAY, TUESDAY, TUESDAY]);
  });

  it('the region that refuses takes the others back with it, and people hear of it', async () => {
    const world = await newRelease(morning);
    world.copyIn('us-west-2').mood.refusesTags = true;
    await wake(look, world);
    expect(world.served()).toEqual([MONDAY, MONDAY, MONDAY]);
    expect(linesOf(world)[0]).toMatch(/^failed: mirror coder-preview:latest to every region: .*undone: us-west-2/);
    expect(world.logged).toMatchObject([{ what: 'could not mirror coder-preview:latest to every region' }]);
  });

  it('a step that keeps failing for one reason is told once, and once again when it is done', async () => {
    const world = await newRelease(morning);
    world.copyIn('us-west-2').mood.refusesTags = true;
    for (let n = 0; n < 4; n += 1) await wake(look, world);
    expect(linesOf(world).filter((line) => line.startsWith('failed:'))).toHaveLength(1);
    world.copyIn('us-west-2').mood.refusesTags = false;
    await wake(look, world);
    expect(linesOf(world).filter((line) => line.startsWith('done:'))).toHaveLength(1);
  });
});

describe('when the crew cannot be reached', () => {
  let world: Rehearsal;
  beforeEach(async () => {
    world = await staleMirror(morning);
    world.crewIsAway = true;
  });

  it('the run fails loudly, and what it did stands', async () => {
    await expect(wake(look, world)).rejects.toThrow('could not tell the crew');
    expect(world.served()).toEqual([TUESDAY, TUESDAY, TUESDAY]);
    expect((await world.journal.last('look'))?.taken).toHaveLength(1);
  });

  it('what was done is told next time, though nothing is amiss any more', async () => {
    await expect(wake(look, world)).rejects.toThrow();
    world.crewIsAway = false;
    await wake(look, world);
    expect(linesOf(world)).toEqual([expect.stringMatching(/^done: mirror coder-preview:latest .* promoted$/)]);
  });

  it('what could not be told comes first, in the order in which it happened, each line once', async () => {
    world.sourceOf().mood.silent = true;
    await expect(wake(look, world)).rejects.toThrow();
    await expect(wake(look, world)).rejects.toThrow();
    world.sourceOf().mood.silent = false;
    await expect(wake(look, world)).rejects.toThrow();
    world.crewIsAway = false;
    await wake(look, world);
    expect(world.said.map(({ kind }) => kind)).toEqual([
      'amiss',
      'amiss',
      'amiss',
      'done',
      'resolved',
      'resolved',
      'resolved',
    ]);
  });

  it('a process that dies while it tells repeats itself rather than losing what was done', async () => {
    const dying = { name: 'crew', say: () => new Promise<never>(() => {}) };
    void wake(look, { ...world, crew: [dying] });
    while ((await world.journal.untold('crew')).length === 0) await new Promise(setImmediate);
    world.crewIsAway = false;
    await wake(look, world);
    expect(linesOf(world)).toEqual([expect.stringMatching(/^done: mirror coder-preview:latest/)]);
  });

  it('a crew that is away for weeks hears how much it missed, and the journal stays small', async () => {
    const old = Array.from({ length: 700 }, (_, n) => ({ kind: 'done' as const, subject: 's', line: `done: ${n}` }));
    await world.journal.setUntold('crew', old);
    world.crewIsAway = false;
    await wake(look, world);
    expect(world.said).toHaveLength(500);
    expect(linesOf(world)[0]).toBe(
      'failed: 202 older lines could not be told; the promotions among them are in the journal',
    );
    expect(await world.journal.untold('crew')).toEqual([]);
  });
});

/** A journal that can be read and takes nothing. */
const unwritable = (journal: Journal): Journal => {
  const refuse = (): Promise<never> => Promise.reject(new Error('this journal takes nothing'));
  const { append, keep, setUntold, claim } = { append: refuse, keep: refuse, setUntold: refuse, claim: refuse };
  return { ...journal, append, keep, setUntold, claim };
};

describe('a look that sees what the one before it saw', () => {
  it.each([look, parity])('writes nothing and waits for no turn: $name', async (automation) => {
    const world = await quietWeek(morning);
    world.copyIn('us-west-2').mood.silent = true;
    await wake(automation, world);
    const inTurn = () => Promise.reject(new Error('nobody needs a turn'));
    const quiet = { ...world, journal: unwritable(world.journal) };
    expect(statusesOf(await wake(automation, quiet, { inTurn }))).toEqual(['ok', 'unknown', 'ok']);
    world.copyIn('us-west-2').mood.silent = false;
    await expect(wake(automation, quiet, { inTurn })).rejects.toThrow('nobody needs a turn');
  });

  it('says so again after a day, because a journal forgets', async () => {
    const world = await quietWeek(morning);
    await wake(look, world);
    const first = (await world.journal.last('look'))?.at;
    world.pass(days(1) - minutes(6));
    await wake(look, world);
    expect((await world.journal.last('look'))?.at).toEqual(first);
    await wake(look, world);
    expect((await world.journal.last('look'))?.at).toEqual(world.now());
  });

  it('at the same moment as another tells what is new once: whose turn is second compares anew', async () => {
    const world = await quietWeek(morning);
    world.sourceOf().mood.silent = true;
    let turns: Promise<unknown> = Promise.resolve();
    const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
      const turn = turns.then(work);
      turns = turn;
      return turn;
    };
    await Promise.all([wake(look, world, { inTurn }), wake(look, world, { inTurn })]);
    expect(world.said).toHaveLength(3);
  });
});

describe('two automations that see the same', () => {
  it('tell of an outage once, and of its end once', async () => {
    const world = await quietWeek(morning);
    world.sourceOf().mood.silent = true;
    for (const automation of [look, parity, look, parity]) await wake(automation, world);
    expect(world.said.map(({ kind }) => kind)).toEqual(['amiss', 'amiss', 'amiss']);
    world.sourceOf().mood.silent = false;
    for (const automation of [parity, look, parity]) await wake(automation, world);
    expect(world.said.slice(3).map(({ kind }) => kind)).toEqual(['resolved', 'resolved', 'resolved']);
  });
});

describe('a look at some images only', () => {
  it('leaves the others alone, in the world and in what was amiss with them', async () => {
    const world = await twoImages(morning);
    const [preview, base] = world.estate.images;
    await wake({ ...look, may: 'report' }, world);
    const said = world.said.length;
    const report = await wake(look, world, { only: [preview!.source] });
    expect(world.served('latest', preview)).toEqual([TUESDAY, TUESDAY, TUESDAY]);
    expect(world.served('latest', base)).toEqual([MONDAY, MONDAY, MONDAY]);
    expect(
      linesOf(world)
        .slice(said)
        .filter((line) => line.includes('coder-base')),
    ).toEqual([]);
    expect(report.findings.filter(({ subject }) => subject.startsWith('coder-base:'))).toHaveLength(3);
    expect((await world.journal.last('look'))?.amiss).toHaveLength(3);
  });

  it('a source that is none of ours is nothing to look at', async () => {
    const world = await staleMirror(morning);
    const { findings } = await wake(look, world, { only: ['ghcr.io/somebody/else'] });
    expect(findings).toMatchObject([{ subject: 'nothing', status: 'ok' }]);
    expect(world.served()).toEqual([TUESDAY, MONDAY, MONDAY]);
  });
});

describe('the rules of the loop', () => {
  const asking = (...steps: object[]): Check => ({
    name: 'asks-for-steps',
    needs: [],
    judge: () =>
      steps.map((step, n) => ({
        subject: `subject ${n}`,
        status: 'fail',
        evidence: { want: 'a', have: 'b' },
        remedy: { by: 'greenroom', step } as Extract<Finding, { status: 'fail' }>['remedy'],
      })),
  });
  const step = { kind: 'mirror-image', image: 'coder-preview', tag: 'latest' };

  it('two different steps that want to change one thing are a mistake of ours, and neither is taken', async () => {
    const world = await staleMirror(morning);
    const quarrel = { ...look, checks: [asking(step, { ...step, deep: true })] };
    await expect(wake(quarrel, world)).rejects.toThrow('two different steps want to change image coder-preview:latest');
    expect(world.served()).toEqual([TUESDAY, MONDAY, MONDAY]);
  });

  it('the same step is taken once, however many ask for it', async () => {
    const { taken } = await wake({ ...look, checks: [asking(step, step)] }, await staleMirror(morning));
    expect(taken).toHaveLength(1);
  });

  it('a step for an image that the estate has not is an error of that step', async () => {
    const world = await quietWeek(morning);
    const { taken } = await wake({ ...look, checks: [asking({ ...step, image: 'nobody' })] }, world);
    expect(taken).toMatchObject([{ error: 'rehearsal has no image "nobody"' }]);
  });

  it('no check is silent: every one signs at least one finding', async () => {
    const silent: Check = { name: 'says-nothing', needs: [], judge: () => [] };
    const { findings } = await wake({ ...look, checks: [imagesMatchTheirSource, silent] }, await quietWeek(morning));
    expect(new Set(findings.map(({ check }) => check))).toEqual(new Set(['images-match-their-source', 'says-nothing']));
  });

  it('no checks at all is no-go', async () => {
    const { findings } = await wake({ ...look, checks: [] }, await quietWeek(morning));
    expect(isGo(findings)).toBe(false);
  });

  it('every automation of ours looks at something and is named as its key', () => {
    for (const [name, automation] of Object.entries(automations)) {
      expect([automation.name, automation.checks.length > 0]).toEqual([name, true]);
    }
  });
});
