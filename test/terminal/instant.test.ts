import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../src/terminal/instant.ts';

const NOON = new Date('2026-09-14T12:00:00Z');

describe('a time that a person types', () => {
  it.each([
    ['17:00', '2026-09-14T17:00:00.000Z'],
    ['11:59', '2026-09-15T11:59:00.000Z'],
    ['12:00', '2026-09-15T12:00:00.000Z'],
    ['17:00+02:00', '2026-09-14T15:00:00.000Z'],
    ['13:00+02:00', '2026-09-15T11:00:00.000Z'],
    ['01:00+13:00', '2026-09-15T12:00:00.000Z'],
    ['2026-09-14 17:00', '2026-09-14T17:00:00.000Z'],
    ['2026-09-14T17:00Z', '2026-09-14T17:00:00.000Z'],
    ['2026-09-14 17:00 UTC', '2026-09-14T17:00:00.000Z'],
    ['2026-09-14T17:00:00-05:30', '2026-09-14T22:30:00.000Z'],
    ['4h', '2026-09-14T16:00:00.000Z'],
    ['2d', '2026-09-16T12:00:00.000Z'],
  ])('%s is %s', (text, instant) => {
    const read = parseInstant(text, NOON);
    expect(read.ok && read.value.toISOString()).toBe(instant);
  });

  it.each(['', 'noon', '25:00', '17:60', '5pm', '2026-02-30 10:00', '2026-09-14', '17:00+25:00', '0h', '17:00 CET'])(
    '%j is none, and the fault says what would be',
    (text) => {
      const read = parseInstant(text, NOON);
      expect(read.ok).toBe(false);
      expect(read.ok || read.fault).toContain('want 17:00 or 2026-09-14 17:00 (UTC');
    },
  );
});
