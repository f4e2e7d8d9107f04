import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqliteJournal } from '../src/clients/sqlite.ts';
import type { Finding } from '../src/core/finding.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import type { News, Report, Severity } from '../src/core/report.ts';
import { hours, minutes, plus } from '../src/core/time.ts';
import type { Journal, Road } from '../src/ports.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';
import { rehearse } from '../src/rehearsal/world.ts';
import { tell } from '../src/tell.ts';
import { aWorkshop, at } from './builders.ts';

const NOON = at('12:00');

const amiss = (subject: string, status: 'fail' | 'warn' | 'unknown' = 'fail', have = 'two'): Finding => ({
  check: 'floors-are-raised',
  subject,
  status,
  evidence: { want: 'six', have },
  remedy: { by: 'person', ask: 'Look.' },
});
const well = (subject: string): Finding => ({
  check: 'floors-are-raised',
  subject,
  status: 'ok',
  evidence: { want: 'six', have: 'six' },
});

/** A road that a story can close. */
class Channel implements Road {
  readonly name: string;
  readonly hears?: readonly Severity[];
  readonly said: News[] = [];
  messages = 0;
  why: string | undefined;

  constructor(name: string, hears?: readonly Severity[]) {
    this.name = name;
    if (hears) this.hears = hears;
  }

  say = async (news: readonly News[]): Promise<void> => {
    if (this.why !== undefined)
      throw new OutsideError({
        service: this.name,
        operation: 'tell the crew',
        trouble: 'unauthorized',
        detail: this.why,
      });
    this.messages += 1;
    this.said.push(...news);
  };

  get lines(): string[] {
    return this.said.map(({ kind, subject }) => `${kind} ${subject}`);
  }
}

/** Two roads, and a clock that goes on by five minutes a look. */
function scene(estate: object = {}, journal: Journal = memoryJournal(), hears?: readonly Severity[]) {
  const [mail, slack] = [new Channel('e-mail'), new Channel('slack', hears)];
  const world = rehearse({ begins: NOON, journal, estate });
  const clock = { now: NOON };
  const look = (
    findings: readonly Finding[],
    { afterMs = minutes(5), roads = [mail, slack] as readonly Road[], on = journal, turns = () => {} } = {},
  ) => {
    clock.now = plus(clock.now, afterMs);
    const report: Report = { automation: 'posture', at: clock.now, findings, taken: [] };
    const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
      turns();
      return work();
    };
    return tell(report, { estate: world.estate, journal: on, crew: roads }, { inTurn });
  };
  return { mail, slack, look, journal, clock };
}

describe('two roads', () => {
  it('hear the same, each once', async () => {
    const { mail, slack, look } = scene();
    await look([amiss('a')]);
    await look([amiss('a')]);
    await look([well('a')]);
    expect(mail.lines).toEqual(['amiss a', 'resolved a']);
    expect(slack.lines).toEqual(mail.lines);
  });

  it('what one could not tell is told there first when it works again, and nowhere twice', async () => {
    const { mail, slack, look } = scene();
    slack.why = 'token_expired';
    await look([amiss('a')]);
    await look([amiss('a'), amiss('b')]);
    expect(slack.said).toEqual([]);
    slack.why = undefined;
    await look([well('a'), amiss('b')]);
    expect(slack.lines).toEqual(['amiss a', 'amiss b', 'resolved a']);
    expect(mail.lines.filter((line) => / [ab]$/.test(line))).toEqual(['amiss a', 'amiss b', 'resolved a']);
  });

  it('one that fails is told by the other at once and with the reason, again after four hours, and its end', async () => {
    const { mail, slack, look } = scene();
    slack.why = 'token_expired';
    await look([amiss('a')]);
    expect(mail.said.at(-1)).toMatchObject({ kind: 'amiss', subject: 'slack', about: { status: 'fail' } });
    expect(mail.said.at(-1)?.line).toContain('token_expired');
    await look([amiss('a')]);
    expect(mail.lines).toEqual(['amiss a', 'amiss slack']);
    await look([amiss('a')], { afterMs: hours(4) });
    expect(mail.lines.slice(2).toSorted()).toEqual(['reminder a', 'reminder slack']);
    slack.why = undefined;
    await look([amiss('a')]);
    expect(mail.lines.at(-1)).toBe('resolved slack');
    expect(slack.lines).toEqual(['amiss a']);
  });

  it('one that fails does not fail the run, and both do', async () => {
    const { mail, slack, look, journal } = scene();
    slack.why = 'token_expired';
    await look([amiss('a')]);
    mail.why = 'nobody subscribed';
    await expect(look([amiss('a'), amiss('b')])).rejects.toThrow('could not tell the crew');
    expect((await journal.last('posture'))?.amiss).toHaveLength(2);
    [mail.why, slack.why] = [undefined, undefined];
    await look([amiss('a'), amiss('b')]);
    expect(mail.lines).toContain('amiss b');
    expect(slack.lines.filter((line) => line === 'amiss b')).toHaveLength(1);
  });

  it('each hears of its own severities only', async () => {
    const { mail, slack, look } = scene({}, memoryJournal(), ['fail']);
    await look([amiss('a'), amiss('b', 'warn')]);
    await look([well('a'), well('b')]);
    expect(slack.lines).toEqual(['amiss a', 'resolved a']);
    expect(mail.lines).toHaveLength(4);
  });
});

describe('what is written', () => {
  it('is nothing while nothing changes, although something is amiss and somebody waits for the morning', async () => {
    const quiet = { zone: 'UTC', from: '00:00', until: '23:59' };
    const { look, journal } = scene({ people: { emails: [], quiet } });
    await look([amiss('a'), amiss('b', 'warn')]);
    const writes: string[] = [];
    const watched = new Proxy(journal, {
      get: (there, verb) => {
        if (/^(?:keep|append|setUntold)$/.test(String(verb))) writes.push(String(verb));
        return Reflect.get(there, verb) as unknown;
      },
    });
    const turns = () => writes.push('a turn');
    await look([amiss('a'), amiss('b', 'warn')], { on: watched, turns });
    expect(writes).toEqual([]);
    await look([amiss('a'), amiss('b', 'warn')], { on: watched, afterMs: hours(4) });
    expect(writes).not.toEqual([]);
  });
});

describe('quiet hours', () => {
  const people = { emails: [], quiet: { zone: 'UTC', from: '22:00', until: '07:00' } };
  const calendar = { secret: 'calendar', zone: 'UTC', marks: ['workshop'], attendance: 10 };
  const toNight = hours(11);

  it('hold back what can wait until they end, and tell it then in one message', async () => {
    const { mail, look } = scene({ people });
    await look([amiss('a', 'warn'), amiss('b', 'unknown')], { afterMs: toNight });
    await look([amiss('a', 'warn'), well('b')]);
    expect(mail.said).toEqual([]);
    await look([amiss('a', 'warn'), well('b'), amiss('c')]);
    expect(mail.lines).toEqual(['amiss c']);
    await look([amiss('a', 'warn'), well('b'), amiss('c')], { afterMs: hours(8) });
    expect(mail.lines.slice(1, 4)).toEqual(['amiss a', 'amiss b', 'resolved b']);
    expect(mail.messages).toBe(2);
  });

  it('hold back nothing from a day before a workshop on, and let go what they held', async () => {
    const journal = memoryJournal();
    const { mail, look, clock } = scene({ people, calendar }, journal);
    await remembers(journal, plus(NOON, toNight + hours(24) + minutes(12)));
    await look([amiss('a', 'warn')], { afterMs: toNight });
    await look([amiss('a', 'warn')]);
    await look([amiss('a', 'warn')]);
    expect(mail.said).toEqual([]);
    await look([amiss('a', 'warn')]);
    expect([mail.lines, clock.now]).toEqual([['amiss a'], plus(NOON, toNight + minutes(15))]);
  });

  it('hold back nothing where nobody knows whether a workshop is near', async () => {
    const { mail, look } = scene({ people, calendar });
    await look([amiss('a', 'warn')], { afterMs: toNight });
    expect(mail.lines).toEqual(['amiss a']);
  });

  async function remembers(journal: Journal, starts: Date): Promise<void> {
    const workshop = aWorkshop({ starts, ends: plus(starts, hours(2)) });
    const copy = { workshops: [workshop], troubles: [], gone: [], asOf: NOON };
    await journal.keep('calendar of rehearsal', JSON.stringify(copy), plus(NOON, hours(1_000)));
  }
});

describe('a process that dies between any two acts', () => {
  const STORY: readonly (readonly Finding[])[] = [
    [amiss('a'), amiss('b', 'warn')],
    [amiss('a'), amiss('b', 'fail'), amiss('c')],
    [well('a'), amiss('b', 'fail'), well('c')],
  ];
  const ALL = ['amiss a', 'amiss b', 'amiss b', 'amiss c', 'resolved a', 'resolved c'];

  type Store = () => Journal & { close(): void };

  /** One file, opened anew by every process. */
  function aFile(): Store {
    const directory = mkdtempSync(join(tmpdir(), 'telling-'));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    return () => sqliteJournal(join(directory, 'journal.db'));
  }
  function aMemory(): Store {
    const journal = { ...memoryJournal(), close: () => undefined };
    return () => journal;
  }

  /** Plays the story; at the nth act the process dies, before it or after it, and another takes over. */
  async function play(open: Store, isOut: boolean, nth: number, when: 'before' | 'after' = 'before') {
    const { mail, slack, look } = scene();
    if (isOut) slack.why = 'token_expired';
    let [acts, dead] = [0, false];
    const mortal = <T extends object>(port: T): T =>
      new Proxy(port, {
        get: (there, verb) => {
          const value = Reflect.get(there, verb) as unknown;
          if (typeof value !== 'function') return value;
          return async (...all: unknown[]) => {
            if (dead) throw new Error('dead');
            const isLast = (acts += 1) === nth;
            dead ||= isLast;
            if (isLast && when === 'before') throw new Error('dead');
            const answer: unknown = await value.apply(there, all);
            if (dead) throw new Error('dead');
            return answer;
          };
        },
      });
    for (const findings of STORY) {
      const journal = open();
      const roads = [mortal<Road>(mail), mortal<Road>(slack)];
      await look(findings, { on: mortal<Journal>(journal), roads }).catch(() => {});
      journal.close();
      if (!dead) continue;
      // The same is there to be seen when the next one looks.
      [dead, acts] = [false, Number.NEGATIVE_INFINITY];
      const next = open();
      await look(findings, { on: next, afterMs: 0 });
      next.close();
    }
    slack.why = undefined;
    const journal = open();
    await look(STORY.at(-1) ?? [], { on: journal });
    const left = [await journal.untold('e-mail'), await journal.untold('slack')];
    journal.close();
    return { mail: mail.lines, slack: slack.lines, left, acts };
  }

  const unless = (lines: readonly string[]): string[] =>
    lines.filter((line) => !/ (?:slack|e-mail)$/.test(line)).toSorted();

  function expectAll({ mail, slack, left }: Awaited<ReturnType<typeof play>>, death: string): void {
    for (const line of new Set(ALL)) {
      expect(mail, death).toContain(line);
      expect(slack, death).toContain(line);
    }
    expect(left, death).toEqual([[], []]);
  }

  it.each([false, true])('loses no news on any road, and leaves none untold (slack out: %s)', async (isOut) => {
    const whole = await play(aMemory(), isOut, Number.POSITIVE_INFINITY);
    expect([unless(whole.mail), unless(whole.slack)]).toEqual([ALL, ALL]);
    expect(whole.acts).toBeGreaterThan(30);
    for (let nth = 1; nth <= whole.acts; nth += 1) {
      expectAll(await play(aMemory(), isOut, nth, 'before'), `before act ${nth}`);
      expectAll(await play(aMemory(), isOut, nth, 'after'), `after act ${nth}`);
    }
  });

  it.each([9, 14, 21, 29])('nor where the next one opens the file that it left (act %i)', async (nth) => {
    expectAll(await play(aFile(), true, nth), `before act ${nth}`);
  });
});
