import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { View } from '../../src/board/view.ts';
import { besideOneWorld, type Ended } from './cli.ts';

const { data, act } = besideOneWorld();
const json = (ended: Ended): Record<string, unknown> => JSON.parse(ended.out) as Record<string, unknown>;

async function board(): Promise<View> {
  const { board: url } = JSON.parse(await readFile(join(data, 'up.json'), 'utf8')) as { board: string };
  return (await (await fetch(`${url}/api/board.json`)).json()) as View;
}

/** Whom of the gateway somebody asks, how many of them take the published key, and what is not as it should be. */
const repliesOf = ({ findings }: View) => ({
  have: findings.find(({ subject }) => subject === 'replicas of the model gateway')?.evidence.have,
  accept: findings.filter(
    ({ subject, evidence }) => subject.startsWith('ai-coder on litellm-') && evidence.have === 'accepted',
  ).length,
  amiss: findings.filter(({ check, status }) => check === 'published-keys-work' && status !== 'ok'),
});

/** The board after a scene, and a row of the room by its name. */
async function scene(name: string) {
  const set = await act('scene', name, '--json');
  expect(set).toMatchObject({ code: 0 });
  const view = await board();
  const states = Object.fromEntries(view.room.map((row) => [row.name, row.state]));
  const there = (row: string): string | undefined => view.room.find((each) => each.name === row)?.there;
  return { view, states, there, word: view.verdict.word };
}

const AS_ASKED = {
  provisioners: 'as asked',
  gateway: 'as asked',
  'key-rotator': 'as asked',
  default: 'as asked',
  promotions: 'as asked',
};
const UNTOUCHED = Object.fromEntries(Object.keys(AS_ASKED).map((name) => [name, 'untouched']));

describe('a world that is up, brought to', () => {
  it('a quiet week: a workshop is announced, and nothing is touched', async () => {
    const { view, states, word } = await scene('quiet-week');
    expect({ word, states }).toEqual({ word: 'GO', states: UNTOUCHED });
    expect(view.timeline).toMatchObject({ title: 'Agentic workshop', phase: 'planned', more: 1 });
  }, 60_000);

  it('the morning of a workshop: GO, and every floor has arrived', async () => {
    const { view, states, there, word } = await scene('morning-of');
    expect({ word, states }).toEqual({ word: 'GO', states: AS_ASKED });
    expect(there('provisioners')).toBe('19 of 19 ready, 19 known to Coder');
    expect(view.verdict.why).toMatch(/^“Agentic workshop” starts in 4\d min\. /);
    expect(repliesOf(view)).toEqual({ have: '8 serve, each is asked on port 4000', accept: 8, amiss: [] });
    const why = await act('why', 'provisioners', '--json');
    expect(json(why)).toMatchObject({
      leases: [{ was: 6, sets: [19], by: 'calendar' }],
      entries: [{ change: { from: 6, to: 19, why: 'Agentic workshop (25 people)' } }],
    });
    expect(json(await act('clock', '--json')).at).not.toBe(undefined);
  }, 60_000);

  it('its end, by the clock: everything is what it was', async () => {
    expect(await act('clock', '5h', '--json')).toMatchObject({ code: 0 });
    const view = await board();
    expect(view.room.map(({ state }) => state)).toEqual(view.room.map(() => 'untouched'));
    expect(repliesOf(view)).toEqual({ have: '4 serve, each is asked on port 4000', accept: 4, amiss: [] });
    expect(view.room.find(({ name }) => name === 'provisioners')?.there).toBe('6 of 6 ready');
    expect(json(await act('why', 'provisioners', '--json'))).toMatchObject({
      leases: [],
      entries: [{ change: { from: 19, to: 6 } }, { change: { from: 6, to: 19 } }],
    });
  }, 60_000);

  it('two workshops at once: the larger one’s floor stands until it is over', async () => {
    const { there, states, word } = await scene('overlapping');
    expect({ word, states }).toEqual({ word: 'GO', states: AS_ASKED });
    expect(there('provisioners')).toMatch(/^21 of 21 ready/);
    await act('clock', '80m');
    const row = (await board()).room.find(({ name }) => name === 'provisioners');
    expect(row).toMatchObject({ asked: 'at least 8', state: 'as asked' });
  }, 60_000);

  it('a workshop that is called off in its window: everything goes back', async () => {
    const { states, there, word } = await scene('cancelled-mid-window');
    expect({ word, states }).toEqual({ word: 'GO', states: UNTOUCHED });
    expect(there('provisioners')).toBe('6 of 6 ready');
    expect(json(await act('why', 'provisioners', '--json'))).toMatchObject({ leases: [] });
  }, 60_000);

  it('an API that does not answer: unknown, and nothing is undone', async () => {
    const { view, states, word } = await scene('api-down');
    expect(word).toBe('UNKNOWN');
    expect(states).toMatchObject({ provisioners: 'unknown', gateway: 'unknown', promotions: 'as asked' });
    expect(view.verdict.remedy?.say).toContain('ohio');
    expect(view.room.find(({ name }) => name === 'key-rotator')).toMatchObject({
      state: 'unknown',
      there: expect.stringMatching(/^not seen since \d\d:\d\d$/),
      lease: { was: 'running', by: 'calendar' },
    });
    expect(json(await act('why', 'provisioners', '--json'))).toMatchObject({ leases: [{ was: 6, sets: [19] }] });
    const back = await scene('quiet-week');
    expect(back.view.findings.filter(({ status }) => status === 'unknown')).toEqual([]);
  }, 60_000);

  it('a day on which Argo CD fights back: refused, with what to put into Git', async () => {
    const { view, states, there, word } = await scene('argo-fights-back');
    expect(word).toBe('NO-GO');
    expect(states).toMatchObject({ provisioners: 'not as asked', gateway: 'as asked' });
    expect(there('provisioners')).toBe('would be set back by somebody else');
    expect(view.verdict.remedy?.say).toContain('ignoreDifferences');
    const scale = await act('scale', 'provisioners', '--replicas', '30', '--until', '4h', '--why', 'a demo');
    expect(scale).toMatchObject({ code: 1, err: expect.stringContaining('RespectIgnoreDifferences=true') });
  }, 60_000);
});

describe('a person’s word in that world', () => {
  it('raises a pool by lease, and ends it', async () => {
    await scene('quiet-week');
    const asked = ['scale', 'provisioners', '--replicas', '9', '--until', '4h', '--why', 'a demo'];
    expect(await act(...asked, '--dry-run')).toMatchObject({
      code: 0,
      out: expect.stringContaining('stands at 6 now'),
    });
    expect((await board()).room[0]).toMatchObject({ state: 'untouched' });
    expect(json(await act(...asked, '--json'))).toMatchObject({ pool: 'provisioners', value: 9, by: 'tester' });
    await act('clock', '5m');
    expect((await board()).room[0]).toMatchObject({ asked: 'at least 9', why: 'tester: a demo', state: 'as asked' });
    expect(await act('scale', 'provisioners', '--end')).toMatchObject({
      code: 0,
      out: expect.stringContaining('Ended'),
    });
    for (let looks = 0; looks < 3; looks += 1) await act('clock', '2m');
    expect((await board()).room[0]).toMatchObject({ state: 'untouched', there: '6 of 6 ready' });
    // Said, turned, taken back, put back: the newest first.
    expect(json(await act('why', 'provisioners', '--last', '4', '--json'))).toMatchObject({
      entries: [
        { by: 'tester', change: { from: 9, to: 6 } },
        { by: 'tester', line: expect.stringMatching(/^ended the floor of 9 that tester asked for until .*: a demo$/) },
        { by: 'tester', change: { from: 6, to: 9, why: 'a demo' } },
        { by: 'tester', line: expect.stringMatching(/^asked for at least 9 until .* UTC: a demo$/) },
      ],
    });
  }, 60_000);

  it('holds and releases promotions, and both are told to whoever asks why', async () => {
    await act('hold', 'coder-preview', '--until', '4h', '--why', 'not today', '--dry-run');
    const { hold } = json(await act('hold', 'coder-preview', '--until', '4h', '--why', 'not today', '--json')) as {
      hold: { id: string };
    };
    await act('release', hold.id, '--dry-run');
    expect(await act('release', hold.id)).toMatchObject({ code: 0 });
    const { entries } = json(await act('why', 'promotions', '--json')) as { entries: { line: string; by: string }[] };
    expect(entries.slice(0, 2)).toMatchObject([
      { by: 'tester', line: expect.stringMatching(/^released coder-preview, which tester held until .*: not today$/) },
      { by: 'tester', line: expect.stringMatching(/^held coder-preview until .*: not today$/) },
    ]);
    expect(entries.filter(({ line }) => line.includes('not today'))).toHaveLength(2);
    expect((await act('why', 'promotions')).out).toMatch(/tester +held coder-preview until/);
  }, 60_000);

  it('is needed for a workshop that vanished near its time: until then it stays prepared for', async () => {
    await scene('morning-of');
    const calendar = join(data, 'workshops.ics');
    await writeFile(calendar, 'BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nEND:VCALENDAR\r\n');
    await act('clock', '3m');
    expect((await board()).room[0]).toMatchObject({ asked: 'at least 19', state: 'as asked' });
    expect(await act('confirm', 'Agentic worksho')).toMatchObject({ code: 2 });
    expect(await act('confirm', 'Agentic workshop', '--dry-run')).toMatchObject({ code: 0 });
    expect(await act('confirm', 'Agentic workshop', '--why', 'ill')).toMatchObject({ code: 0 });
    await act('clock', '3m');
    await act('clock', '3m');
    await act('clock', '3m');
    expect((await board()).room[0]).toMatchObject({ state: 'untouched', there: '6 of 6 ready' });
    expect(json(await act('why', 'calendar', '--json'))).toMatchObject({
      entries: [{ by: 'tester', line: expect.stringMatching(/^“Agentic workshop” at .* will not take place: ill$/) }],
    });
    expect(await act('confirm', 'Agentic workshop', '--keep', '--why', 'well again')).toMatchObject({ code: 0 });
    expect((await act('why', 'calendar')).out).toMatch(/is\s+prepared\s+for\s+all\s+the\s+same:\s+well\s+again/);
  }, 60_000);
});

describe('capacity, measured in that world', () => {
  it('reckons with the builds that Coder has seen', async () => {
    expect(json(await act('capacity', '--attendance', '25', '--measured', '--json'))).toMatchObject({
      measured: { builds: 48, p50Seconds: 67, p95Seconds: 83 },
      sizing: { buildSeconds: 83 },
    });
    expect((await act('capacity', '--attendance', '25', '--measured')).out).toMatch(
      /^Measured: of the last 48 workspace builds since .* UTC half took 67 s at most and nineteen in twenty 83 s\.\n/,
    );
    expect(await act('capacity', '--attendance', '25', '--measured', '--build', '60s')).toMatchObject({ code: 2 });
  });
});

describe('what is not understood', () => {
  it.each([
    [['scene', 'morning-off'], 'did you mean npx greenroom scene morning-of?'],
    [['scale', 'provisoners', '--replicas', '9', '--until', '4h', '--why', 'x'], 'did you mean provisioners?'],
    [['scale', 'provisioners', '--replicas', '0', '--until', '4h', '--why', 'x'], 'a whole number'],
    [['scale', 'provisioners', '--replicas', '9'], 'until when?'],
    [['why', 'key-rotater'], 'did you mean key-rotator?'],
    [['clock', 'yesterday'], 'is not a time'],
  ])('%j is exit 2 and says what would be', async (args, remedy) => {
    const { code, err } = await act(...args);
    expect({ code, said: err.includes(remedy) }, err).toEqual({ code: 2, said: true });
  });
});
