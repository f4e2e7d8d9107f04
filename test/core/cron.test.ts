import { describe, expect, it } from 'vitest';
import { firingsBetween, nextFiring, parseCron } from '../../src/core/cron.ts';
import { sure } from '../../src/core/parsed.ts';

const firings = (schedule: string, zone: string, from: string, until: string): string[] =>
  firingsBetween(sure(parseCron(schedule)), zone, new Date(from), new Date(until)).map((at) =>
    at.toISOString().replace(':00.000Z', 'Z'),
  );

describe('a schedule', () => {
  it.each<[string, string, string[]]>([
    ['0 */8 * * *', 'every eight hours', ['2026-09-14T00:00Z', '2026-09-14T08:00Z', '2026-09-14T16:00Z']],
    ['30 6 * * *', 'daily', ['2026-09-14T06:30Z']],
    [
      '15,45 22-23 * * *',
      'lists and ranges',
      ['2026-09-14T22:15Z', '2026-09-14T22:45Z', '2026-09-14T23:15Z', '2026-09-14T23:45Z'],
    ],
    ['0 20/2 * * *', 'from twenty on, every second hour', ['2026-09-14T20:00Z', '2026-09-14T22:00Z']],
    ['0 9 * * MON', 'Mondays by name', ['2026-09-14T09:00Z']],
    ['0 9 * sep 1', 'Mondays in September', ['2026-09-14T09:00Z']],
    ['0 9 * * 2-6', 'no Mondays', []],
    ['0 9 15 * 1', 'the fifteenth, or any Monday', ['2026-09-14T09:00Z']],
    ['0 9 15 * *', 'the fifteenth', []],
    ['0 9 */2 * 1', 'a star with a step is no star: even days are no matter on a Monday', ['2026-09-14T09:00Z']],
    ['0 9 ? * 1', 'a question mark is a star', ['2026-09-14T09:00Z']],
    ['@daily', 'a macro', ['2026-09-14T00:00Z']],
  ])('%s is %s', (schedule, _, expected) => {
    expect(firings(schedule, 'UTC', '2026-09-14T00:00Z', '2026-09-15T00:00Z')).toEqual(expected);
  });

  it('begins with the instant that was asked for, and ends before the other', () => {
    expect(firings('0 * * * *', 'UTC', '2026-09-14T09:00Z', '2026-09-14T11:00Z')).toEqual([
      '2026-09-14T09:00Z',
      '2026-09-14T10:00Z',
    ]);
    expect(nextFiring(sure(parseCron('0 9 * * *')), 'UTC', new Date('2026-09-14T09:00Z'))?.toISOString()).toBe(
      '2026-09-15T09:00:00.000Z',
    );
  });

  it('finds a leap day, and gives up on the thirtieth of February', () => {
    const next = (schedule: string) => nextFiring(sure(parseCron(schedule)), 'UTC', new Date('2026-09-14T00:00Z'));
    expect(next('0 0 29 2 *')?.toISOString()).toBe('2028-02-29T00:00:00.000Z');
    expect(next('0 0 30 2 *')).toBeUndefined();
  });

  it.each<[string, RegExp]>([
    ['', /has 1 fields/],
    ['* * * *', /has 4 fields; want five/],
    ['60 * * * *', /"60" is not a minute: want 0 to 59/],
    ['* 24 * * *', /not a hour/],
    ['* * 0 * *', /not a day of the month/],
    ['* * * 13 *', /not a month/],
    ['* * * * 7', /"7" is not a day of the week: want 0 to 6/],
    ['5-1 * * * *', /not a minute/],
    ['*/0 * * * *', /not a minute/],
    ['* * * * mon-', /not a day of the week/],
    ['@every 1h', /not a schedule whose instants can be told/],
    ['CRON_TZ=Europe/London 0 9 * * *', /belongs into timeZone/],
  ])('%s is none', (schedule, fault) => {
    expect(parseCron(schedule)).toMatchObject({ ok: false, fault: expect.stringMatching(fault) as unknown });
  });
});

describe('a schedule in a zone', () => {
  it('moves against UTC when the clocks are changed', () => {
    expect(firings('0 9 * * *', 'Europe/London', '2026-10-24T00:00Z', '2026-10-27T00:00Z')).toEqual([
      '2026-10-24T08:00Z',
      '2026-10-25T09:00Z',
      '2026-10-26T09:00Z',
    ]);
  });

  it('leaves out what falls into the hour that is missing', () => {
    expect(firings('30 2 * * *', 'America/New_York', '2026-03-07T05:00Z', '2026-03-10T04:00Z')).toEqual([
      '2026-03-07T07:30Z',
      '2026-03-09T06:30Z',
    ]);
  });

  it('does twice what falls into the hour that comes twice', () => {
    expect(firings('30 1 * * *', 'America/New_York', '2026-11-01T04:00Z', '2026-11-02T05:00Z')).toEqual([
      '2026-11-01T05:30Z',
      '2026-11-01T06:30Z',
    ]);
  });

  it('goes on every hour of the day that has 25 of them', () => {
    expect(firings('0 * * * *', 'America/New_York', '2026-11-01T04:00Z', '2026-11-02T05:00Z')).toHaveLength(25);
  });

  it('has a day where there is no midnight', () => {
    // Cairo puts its clocks forward at midnight.
    expect(firings('0 1 * * *', 'Africa/Cairo', '2026-04-23T00:00Z', '2026-04-25T00:00Z')).toEqual([
      '2026-04-23T22:00Z',
      '2026-04-24T22:00Z',
    ]);
    expect(firings('0 0 24 4 *', 'Africa/Cairo', '2026-04-20T00:00Z', '2026-04-30T00:00Z')).toEqual([]);
  });

  it('knows zones that are half an hour off, and whose clocks are put by half an hour', () => {
    expect(firings('0 9 * * *', 'Asia/Kolkata', '2026-09-14T00:00Z', '2026-09-15T00:00Z')).toEqual([
      '2026-09-14T03:30Z',
    ]);
    expect(firings('0 9 * * *', 'Australia/Lord_Howe', '2026-10-02T12:00Z', '2026-10-04T12:00Z')).toEqual([
      '2026-10-02T22:30Z',
      '2026-10-03T22:00Z',
    ]);
  });

  it('agrees, minute by minute, with a clock that is simply read', () => {
    const cron = sure(parseCron('*/7 0-3,22 * * 0,6'));
    const reader = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'Europe/London',
      hour: '2-digit',
      minute: '2-digit',
      weekday: 'short',
      hourCycle: 'h23',
    });
    const expected: string[] = [];
    for (let at = Date.parse('2026-10-23T00:00Z'); at < Date.parse('2026-10-27T00:00Z'); at += 60_000) {
      const [weekday = '', hour = '', minute = ''] = ['weekday', 'hour', 'minute'].map(
        (type) => reader.formatToParts(at).find((part) => part.type === type)?.value,
      );
      if (['Sat', 'Sun'].includes(weekday) && [0, 1, 2, 3, 22].includes(Number(hour)) && Number(minute) % 7 === 0)
        expected.push(new Date(at).toISOString());
    }
    const found = firingsBetween(cron, 'Europe/London', new Date('2026-10-23T00:00Z'), new Date('2026-10-27T00:00Z'));
    expect(found.map((at) => at.toISOString())).toEqual(expected);
    expect(expected.length).toBeGreaterThan(90);
  });
});
