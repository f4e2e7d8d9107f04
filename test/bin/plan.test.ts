import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { call, emptyDirectory, run } from './cli.ts';

const event = (lines: readonly string[]): readonly string[] => [
  'BEGIN:VEVENT',
  'DTSTAMP:20261101T000000Z',
  ...lines,
  'END:VEVENT',
];

/** Two workshops that overlap, one of them three weeks in a row, and an attendance that nobody can read. */
async function aCalendar(mcpStarts = 'Europe/London:20261203T180000'): Promise<string> {
  const file = join(await emptyDirectory(), 'workshops.ics');
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//Greenroom//test//EN',
    ...event([
      'UID:agents',
      'SUMMARY:Agents workshop',
      'DTSTART;TZID=America/Los_Angeles:20261203T090000',
      'DTEND;TZID=America/Los_Angeles:20261203T103000',
      'RRULE:FREQ=WEEKLY;COUNT=3',
      'DESCRIPTION:attendance: 25',
    ]),
    ...event([
      'UID:mcp',
      'SUMMARY:MCP workshop',
      `DTSTART;TZID=${mcpStarts}`,
      'DTEND;TZID=Europe/London:20261203T200000',
      'DESCRIPTION:attendance: lots',
    ]),
    'END:VCALENDAR',
  ];
  await writeFile(file, lines.map((line) => `${line}\r\n`).join(''));
  return file;
}

const asked = async (line: string): Promise<{ code: number | null; out: string; err: string }> =>
  call([...line.split(' '), '--calendar', await aCalendar()]);

describe('greenroom plan', () => {
  it('says what is done on which day for whom, and what the calendar leaves unclear', async () => {
    const { code, out, err } = await asked('plan --from 2026-11-24 --to 2027-02-22');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^ai\.coder\.com from Tue 24 Nov 2026 to Mon 22 Feb 2027: 4 workshops, 57 changes\n/);
    expect(out).toContain('Thu 3 Dec 17:00 to 18:30 UTC, 09:00 to 10:30 in America/Los_Angeles');
    expect(out).toMatch(
      /Wed 2 Dec 2026\n(?:.*\n)+? {9}“Agents workshop” expects 25 people\n {11}raise {4}provisioners to at least 19 and gateway to at least 8 until/,
    );
    expect(out).toMatch(/To be put right in the calendar\n {2}→ “MCP workshop” on Thu 3 Dec 2026: .*attendance: lots/);
  });

  it('is cut to the days that were asked for, and a workshop just outside still counts', async () => {
    const { out } = await asked('plan --from 2026-12-01 --to 2026-12-02 --json');
    expect(JSON.parse(out)).toMatchObject({
      estate: 'ai.coder.com',
      from: '2026-12-01T00:00:00.000Z',
      changes: [
        { at: '2026-12-01T17:00:00.000Z', does: 'check', why: '“Agents workshop” starts in 2 d' },
        { at: '2026-12-01T18:00:00.000Z', does: 'check' },
      ],
      troubles: [{ event: 'MCP workshop' }],
    });
  });

  it('names the workshops of each change by their ids', async () => {
    const { out } = await asked('plan --from 2026-12-03 --to 2026-12-04 --json');
    const { workshops, changes } = JSON.parse(out) as {
      workshops: { id: string }[];
      changes: { workshops: string[] }[];
    };
    expect(new Set(changes.flatMap((change) => change.workshops))).toEqual(new Set(workshops.map(({ id }) => id)));
  });
});

describe('greenroom workshops', () => {
  const NOVEMBER = (): Date => new Date('2026-11-24T12:00:00Z');
  const workshops = async (mcpStarts?: string, ...more: readonly string[]) =>
    call(['workshops', '--calendar', await aCalendar(mcpStarts), ...more], {}, NOVEMBER);

  it('says who comes when on the clock of those who come, how many and who says so, and what is doubtful', async () => {
    const { code, out, err } = await workshops();
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(
      'Thu 3 Dec 2026   Agents workshop\n                 09:00 to 10:30 in America/Los_Angeles; 25 people, as its description says\n',
    );
    expect(out).toMatch(/MCP workshop\n +18:00 to 20:00 in Europe\/London; 15 people, the estate's usual number/);
    expect(out).toMatch(/To be put right in the calendar\n {2}→ “MCP workshop” .*attendance: lots/);
    expect(out).not.toContain('together');
  });

  it('says that rooms arrive together, and as how many they are sized', async () => {
    const { out } = await workshops('Europe/London:20261203T170100');
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      '“Agents workshop” (25 people) and “MCP workshop” (15 people) arrive together: sized as one room of 40.',
    );
  });

  it('is data for a script', async () => {
    const { out } = await workshops(undefined, '--json');
    expect(JSON.parse(out)).toMatchObject({
      estate: 'ai.coder.com',
      workshops: [
        {
          title: 'Agents workshop',
          starts: '2026-12-03T17:00:00.000Z',
          attendance: { people: 25, from: 'description' },
        },
        { title: 'MCP workshop', attendance: { people: 15, from: 'estate' } },
        { title: 'Agents workshop' },
        { title: 'Agents workshop' },
      ],
      troubles: [{ event: 'MCP workshop' }],
    });
  });

  it.each([
    [['workshops', '--days', '0'], 2, 'a whole number from 1 to 400'],
    [['workshops', '--calendar', 'none.ics'], 3, 'there is no such file'],
  ])('%j is exit %i and says why', async (args, exit, why) => {
    const { code, out, err } = await call(args);
    expect({ code, out }).toEqual({ code: exit, out: '' });
    expect(err).toContain(why);
  });
});

describe('greenroom posture', () => {
  it('says what must be true at a moment, and for whom', async () => {
    const { code, out } = await asked('posture --at 2026-12-03T16:10Z');
    expect(code).toBe(0);
    expect(out).toMatch(/^ai\.coder\.com at Thu 3 Dec 2026 16:10 UTC\n/);
    expect(out).toMatch(/provisioners +at least 19 +19:30 +“Agents workshop”/);
    expect(out).toMatch(/rotation +paused +21:00 +“Agents workshop”, “MCP workshop”/);
  });

  it('is data for a script', async () => {
    const { out } = await asked('posture --at 2026-12-03T16:10Z --json');
    expect(JSON.parse(out)).toMatchObject({
      estate: 'ai.coder.com',
      held: { until: '2026-12-03T21:00:00.000Z' },
      next: '2026-12-03T17:00:00.000Z',
      floors: [{ kind: 'provisioners', replicas: 19 }, { kind: 'gateway' }],
    });
  });
});

describe('a plan that cannot be made', () => {
  it.each([
    ['plan --from soon', '"soon" is not a time', ''],
    ['plan --from 2026-12-08 --to 2026-12-01', 'is not after --from', ''],
    ['posture --at 2026-02-30', '"2026-02-30 00:00" is not a time', ''],
    ['plan --estate ai.coder.co', 'there is no estate "ai.coder.co"', 'did you mean ai.coder.com?'],
  ])('%s is exit 2 and says why', async (line, why, remedy) => {
    const { code, out, err } = await asked(line);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err).toContain(remedy);
  });

  it.each(['plan', 'posture'])(
    '%s is exit 3 where the calendar is not to be read: that is not an empty one',
    async (name) => {
      const { code, out, err } = await call([name, '--calendar', join(await emptyDirectory(), 'none.ics')]);
      expect({ code, out }).toEqual({ code: 3, out: '' });
      expect(err).toContain('there is no such file');
    },
  );

  it('without a world and without a file says how to get either', async () => {
    const { code, err } = await run(['plan'], { cwd: await emptyDirectory() });
    expect(code).toBe(3);
    expect(err).toContain('npx greenroom up');
  });
});
