import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runAutomation } from '../../lambdas/host/automation.ts';
import type { Host } from '../../lambdas/host.ts';
import { automations } from '../../src/automations.ts';
import { minutes } from '../../src/core/time.ts';
import { setNextWakeup } from '../../src/next-wakeup.ts';
import type { Automation } from '../../src/reconcile.ts';
import { estateOverHttp } from './estate-over-http.ts';
import { sentDuring, type Sent } from './tally.ts';

const TICK = minutes(5);
const ARCHITECTURE = readFileSync(new URL('../../ARCHITECTURE.md', import.meta.url), 'utf8').split('\n');

let estate: Awaited<ReturnType<typeof estateOverHttp>>;
const logged: unknown[] = [];
const verdicts: string[] = [];

/** Once, as the function of that name does it in AWS, five minutes after the last time. */
async function tick(automation: Automation): Promise<void> {
  estate.pass(TICK);
  const host: Host = {
    world: estate.world,
    now: estate.now,
    signal: new AbortController().signal,
    log: (...what) => void logged.push(what),
    tell: (line) => void verdicts.push(line),
    note: () => undefined,
    measure: () => undefined,
  };
  await runAutomation(automation, host);
  if (automation.name === 'posture') await setNextWakeup(host.world, host.now(), host.signal);
}

/** As a row of the table in ARCHITECTURE.md. */
function rowOf({ name }: Automation, sent: readonly Sent[]): string {
  const counts = [...Map.groupBy(sent, ({ whom }) => whom)].map(([whom, theirs]) => `${whom} ${theirs.length}`);
  return `| \`${name}\` | ${sent.length} | ${counts.sort().join(', ')} |`;
}

describe.each(Object.values(automations))('a quiet tick of $name', (automation) => {
  beforeAll(async () => {
    estate = await estateOverHttp(new Date('2026-12-01T09:00:00Z'));
    await tick(automation);
  });
  afterAll(() => estate.close());

  it('writes nothing to anybody, and asks as often as ARCHITECTURE.md says', async () => {
    const sent = await sentDuring(() => tick(automation));
    console.log(rowOf(automation, sent));
    expect(sent.filter(({ isWrite }) => isWrite)).toEqual([]);
    expect(ARCHITECTURE.find((line) => line.startsWith(`| \`${automation.name}\` |`))).toBe(rowOf(automation, sent));
    expect([verdicts.at(-1), estate.told, logged]).toEqual([expect.stringContaining(': go, 0 of '), [], []]);
  });

  it('writes nothing either in a process that has just been started', async () => {
    estate.restart();
    expect((await sentDuring(() => tick(automation))).filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it('reads the calendar only where it changed', () => {
    const asks = automation.name === 'posture' || automation.name === 'credentials';
    // The first time, the quiet tick, and the first time of a new process.
    expect(estate.calendarAnswers).toEqual(asks ? [200, 304, 200] : []);
  });
});

describe('the tally', () => {
  it('hears what is written', async () => {
    estate = await estateOverHttp(new Date('2026-12-01T09:00:00Z'));
    const first = await sentDuring(() => tick(automations.posture));
    await estate.close();
    const written = first
      .filter(({ isWrite }) => isWrite)
      .map(({ whom, asked }) => `${whom} ${asked.split('.').at(-1)}`);
    // The calendar's copy, a minute and the turn to write it, and the wake-up for the workshop's first instant.
    expect(written.toSorted()).toEqual([
      'journal PutItem',
      'journal PutItem',
      'journal PutItem',
      'journal UpdateItem',
      'journal UpdateItem',
      'wake-ups POST /schedules/posture',
    ]);
  });
});
