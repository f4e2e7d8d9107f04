import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { plus } from '../../src/core/time.ts';
import { closedAt, windowsOf } from '../../src/core/windows.ts';
import { later, NOON, workshopIn } from './a-keyring.ts';

/** From two hours before the start until an hour after the end: 10 to 15, and 34 to 39 hours from noon. */
const workshops = [workshopIn(36, 'Templates'), workshopIn(12)];
const titles = (now: Date) => windowsOf(workshops, DEFAULT_POLICY, now).closed.map(({ workshop }) => workshop.title);

describe('the windows of a calendar', () => {
  it('are those that are not over, the earliest first, whatever the order of the calendar', () => {
    expect(titles(NOON)).toEqual(['Agents 101', 'Templates']);
    expect(titles(plus(later(15), -1))).toEqual(['Agents 101', 'Templates']);
    expect(titles(later(15))).toEqual(['Templates']);
  });

  it('have pauses that end with them', () => {
    const pauses = (now: Date) => windowsOf(workshops, DEFAULT_POLICY, now).pauses.length;
    expect([pauses(NOON), pauses(plus(later(15), -1)), pauses(later(15))]).toEqual([2, 2, 1]);
  });

  it('are closed from their first instant on, and open again at their end', () => {
    const windows = windowsOf(workshops, DEFAULT_POLICY, NOON);
    const inIt = [plus(later(10), -1), later(10), plus(later(15), -1), later(15), later(34)];
    expect(inIt.map((instant) => closedAt(windows, instant)?.workshop.title)).toEqual([
      undefined,
      'Agents 101',
      'Agents 101',
      undefined,
      'Templates',
    ]);
  });
});
