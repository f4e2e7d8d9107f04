import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { credentials } from '../src/automations.ts';
import { sqliteJournal } from '../src/clients/sqlite.ts';
import type { News } from '../src/core/report.ts';
import { days, hours, plus } from '../src/core/time.ts';
import type { Journal, Road } from '../src/ports.ts';
import { reconcile, type Automation } from '../src/reconcile.ts';
import { rehearse } from '../src/rehearsal/world.ts';
import { at } from './builders.ts';
import { eachVerb } from './each-verb.ts';

// A certificate ends, and every look is a process of its own: it opens the journal's file, looks, and is gone.

const ENDS = at('12:00');
const LATER = plus(ENDS, days(20));
const before = (ends: Date, left: number): Date => plus(ends, -days(left));

/** When a look is taken, and until when the certificate lasts then. */
type Moment = readonly [now: Date, ends: Date];

/** Two automations that see the same: an outage is one outage whoever looks, and so is an end. */
const AUTOMATIONS: readonly Automation[] = [credentials, { ...credentials, name: 'evening' }];

interface Death {
  /** Which of the acts that write something down or say something, from 1 on. */
  readonly nth: number;
  readonly when: 'before' | 'after';
}

interface Heard {
  /** `7 days, 2026-…`, as they were told. */
  readonly warnings: readonly string[];
  readonly news: readonly News[];
  readonly acts: readonly string[];
}

const WRITES = new Set(['keep', 'append', 'setUntold', 'record', 'say']);

/** Plays looks one after the other; at the nth act the process dies, and the next one looks a minute later. */
async function play(moments: readonly Moment[], death?: Death): Promise<Heard> {
  const directory = mkdtempSync(join(tmpdir(), 'warnings-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const news: News[] = [];
  const acts: string[] = [];
  const road: Road = { name: 'crew', say: async (said) => void news.push(...said) };
  const look = async (automation: Automation, now: Date, expires: Date): Promise<'done' | 'dead'> => {
    let dead = false;
    const mortal = async (verb: string, work: () => Promise<unknown>): Promise<unknown> => {
      if (dead) throw new Error('dead');
      const isIts = WRITES.has(verb) && acts.push(verb) === death?.nth;
      if (isIts && death.when === 'before') dead = true;
      if (dead) throw new Error('dead');
      const answer = await work();
      dead ||= isIts;
      if (dead) throw new Error('dead');
      return answer;
    };
    const file = sqliteJournal(join(directory, 'journal.sqlite'));
    const estate = { domains: ['ai.coder.com'], clusters: [], images: [] };
    const world = {
      ...rehearse({ begins: now, journal: eachVerb<Journal>(file, mortal), estate }),
      crew: [eachVerb(road, mortal)],
      issuers: { certificate: async () => ({ expires }), token: async () => expires, dated: async () => [] },
    };
    await reconcile(automation, world, { now, log: () => undefined }).catch((error: unknown) => {
      if (!dead) throw error;
    });
    file.close();
    return dead ? 'dead' : 'done';
  };
  for (const [now, ends] of moments) {
    for (const automation of AUTOMATIONS) {
      if ((await look(automation, now, ends)) === 'dead') await look(automation, plus(now, 60_000), ends);
    }
  }
  const warnings = news.flatMap(({ kind, about }) =>
    kind === 'amiss' && about?.check === 'warned-in-time' ? [about.rung ?? 'without a rung'] : [],
  );
  return { warnings, news, acts };
}

const rungs = (ends: Date, ...left: readonly number[]): string[] => left.map((d) => `${d} days, ${ends.toISOString()}`);

const STORY: readonly Moment[] = [
  [before(ENDS, 8), ENDS],
  [before(ENDS, 7), ENDS],
  [before(ENDS, 3), ENDS],
  [before(ENDS, 2), LATER],
  [before(ENDS, 1), ENDS],
];

describe('people hear 7, 3 and 1 days ahead that something ends', () => {
  it('each once, though every look is another process and two automations look every six hours', async () => {
    const moments = Array.from({ length: 37 }, (_, i): Moment => [plus(before(ENDS, 9), hours(6 * i)), ENDS]);
    const { warnings, news } = await play(moments);
    expect(warnings).toEqual([...rungs(ENDS, 7, 3, 1), `ended ${ENDS.toISOString()}`]);
    // A warning is told once: whoever wants to be reminded looks at the board.
    expect(
      news.filter(({ kind, about }) => kind === 'reminder' && about?.check === 'warned-in-time' && about.rung),
    ).toEqual([]);
  });

  it('begins again where the date changes, and where it changes back', async () => {
    const late = before(LATER, 7);
    const { warnings } = await play([
      ...STORY,
      [before(ENDS, 0.5), LATER],
      [late, LATER],
      [plus(late, hours(6)), LATER],
    ]);
    expect(warnings).toEqual([...rungs(ENDS, 7, 3, 1), ...rungs(LATER, 7)]);
    const there = [before(ENDS, 3), ENDS] as const;
    const back = await play([there, [before(ENDS, 2.9), LATER], [before(ENDS, 2.8), ENDS], [before(ENDS, 2.7), ENDS]]);
    expect(back.warnings).toEqual(rungs(ENDS, 3, 3));
  });

  it('also where a process dies at any of its writings: twice only if it died before it could write down that it had said it', async () => {
    const story: readonly Moment[] = [
      [before(ENDS, 7), ENDS],
      [before(ENDS, 3), ENDS],
    ];
    const whole = await play(story);
    expect(whole.warnings).toEqual(rungs(ENDS, 7, 3));
    expect(whole.acts.length).toBeGreaterThan(10);
    const twice: string[] = [];
    for (let nth = 1; nth <= whole.acts.length; nth += 1) {
      for (const when of ['before', 'after'] as const) {
        const { warnings } = await play(story, { nth, when });
        expect([...new Set(warnings)], `${when} ${nth}`).toEqual(rungs(ENDS, 7, 3));
        if (warnings.length > 2) twice.push(`${when} ${whole.acts[nth - 1]}, the ${whole.acts[nth - 2]} before it`);
      }
    }
    expect(new Set(twice)).toEqual(new Set(['after say, the keep before it', 'before setUntold, the say before it']));
  }, 60_000);
});
