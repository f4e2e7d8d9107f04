import { describe, expect, it } from 'vitest';
import { isQuiet, type QuietHours } from '../../src/core/quiet-hours.ts';

const NIGHT: QuietHours = { zone: 'America/New_York', from: '22:00', until: '07:00' };
const at = (instant: string, hours: QuietHours = NIGHT): boolean => isQuiet(new Date(instant), hours);

describe('quiet hours', () => {
  it.each([
    ['2026-09-15T01:59:59Z', false],
    ['2026-09-15T02:00:00Z', true],
    ['2026-09-15T04:00:00Z', true],
    ['2026-09-15T10:59:59Z', true],
    ['2026-09-15T11:00:00Z', false],
  ])('are half-open and by the clock of their zone: %s', (instant, quiet) => {
    expect(at(instant)).toBe(quiet);
  });

  it('move with the zone’s clock: the same instant is quiet in winter and not in summer', () => {
    expect([at('2026-07-14T11:30:00Z'), at('2026-12-14T11:30:00Z')]).toEqual([false, true]);
  });

  it('need no midnight within', () => {
    const noon = { zone: 'Europe/Berlin', from: '12:00', until: '13:00' };
    const instants = ['09:59', '10:00', '10:59', '11:00'].map((time) => at(`2026-09-14T${time}:00Z`, noon));
    expect(instants).toEqual([false, true, true, false]);
  });

  it('are as quiet when an hour comes twice, and end when the clock says so the first time', () => {
    const early = { zone: 'America/New_York', from: '01:00', until: '02:00' };
    const night = ['04:59', '05:00', '05:59', '06:00', '06:59', '07:00'].map((time) =>
      at(`2026-11-01T${time}:00Z`, early),
    );
    expect(night).toEqual([false, true, true, true, true, false]);
  });

  it('that fall into the hour which is left out are not there that night', () => {
    const gap = { zone: 'America/New_York', from: '02:00', until: '03:00' };
    expect([at('2026-03-08T06:59:59Z', gap), at('2026-03-08T07:00:00Z', gap)]).toEqual([false, false]);
    expect(at('2026-03-09T06:30:00Z', gap)).toBe(true);
  });

  it('are those of half-hour zones too', () => {
    const kolkata = { zone: 'Asia/Kolkata', from: '22:00', until: '07:00' };
    expect([at('2026-09-14T16:29:00Z', kolkata), at('2026-09-14T16:30:00Z', kolkata)]).toEqual([false, true]);
  });
});
