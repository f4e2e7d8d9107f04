import { describe, expect, it } from 'vitest';
import { overall, standingOf, worstStandingFirst } from '../../src/core/credential-standing.ts';
import type { Credential } from '../../src/core/credential.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { saw, unseen } from '../../src/core/sighting.ts';
import { days, hours, minutes, minus, plus } from '../../src/core/time.ts';
import { windowsOf } from '../../src/core/windows.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const workshopIn = (title: string, ahead: number) => ({
  id: title,
  title,
  starts: plus(NOON, ahead),
  ends: plus(NOON, ahead + hours(2)),
  zone: 'Europe/London',
  attendance: { people: 10, from: 'description' } as const,
});
const SOON = workshopIn('Agents 101', days(2));
const LATER = workshopIn('MCP 201', days(5));
const windows = windowsOf([SOON, LATER], DEFAULT_POLICY, NOON);

const ending = (expires: Date | 'never', more: Partial<Credential> = {}): Credential => ({
  name: 'certificate of ai.coder.com',
  kind: 'certificate',
  expires: saw(expires),
  renewal: 'Renew it.',
  ...more,
});
const standing = (credential: Credential, against = windows) => standingOf(credential, against, NOON);

describe('how a credential stands', () => {
  it('is well when it outlasts every workshop in sight, the last of which it is measured by', () => {
    expect(standing(ending('never'))).toMatchObject({
      status: 'ok',
      ends: 'never',
      outlasting: { workshop: { title: 'MCP 201' }, until: plus(LATER.ends, hours(1) + days(1)) },
    });
  });

  it.each([
    ['in its window', minus(SOON.starts, hours(1)), 'fail', 'Agents 101'],
    ['in the second one’s window', plus(LATER.starts, minutes(1)), 'fail', 'MCP 201'],
    ['in the day after the second one', plus(LATER.ends, hours(2)), 'warn', 'MCP 201'],
  ])('names the workshop that it does not outlast when it ends %s', (_, ends, status, title) => {
    expect(standing(ending(ends))).toMatchObject({ status, ask: 'Renew it.', outlasting: { workshop: { title } } });
  });

  it('is a warning with less than seven days left, though nothing is on the calendar', () => {
    const quiet = windowsOf([], DEFAULT_POLICY, NOON);
    expect(standing(ending(plus(NOON, days(6))), quiet)).toMatchObject({ status: 'warn', ask: 'Renew it.' });
    expect(standing(ending(plus(NOON, days(8))), quiet)).toMatchObject({ status: 'ok' });
  });

  it('fails where it does not work, also where no workshop is near', () => {
    const quiet = windowsOf([], DEFAULT_POLICY, NOON);
    expect(standing(ending('never', { broken: 'it is blocked' }), quiet)).toMatchObject({
      status: 'fail',
      have: 'it is blocked',
    });
  });

  it('is unknown where its end cannot be seen, with its end as it was seen last', () => {
    const lastSeen = plus(NOON, days(30));
    const unknown = { ...ending('never'), expires: unseen('no answer'), lastSeen };
    expect(standing(unknown)).toMatchObject({ status: 'unknown', ends: lastSeen, have: 'no answer' });
  });

  it('is unknown where its end cannot be seen, also where no workshop is near', () => {
    const quiet = windowsOf([], DEFAULT_POLICY, NOON);
    expect(standing({ ...ending('never'), expires: unseen('no answer') }, quiet).status).toBe('unknown');
  });

  it('is unknown and not well where the calendar cannot be read', () => {
    expect(standingOf(ending('never'), undefined, NOON)).toMatchObject({
      status: 'unknown',
      have: 'the calendar cannot be read',
    });
    expect(standingOf(ending(minus(NOON, 1)), undefined, NOON).status).toBe('fail');
  });
});

describe('all of them together', () => {
  const all = [
    standing(ending('never', { name: 'never' })),
    standing(ending(plus(NOON, days(90)), { name: 'long' })),
    standing(ending(plus(LATER.ends, hours(2)), { name: 'warned' })),
    standing({ ...ending('never', { name: 'blind' }), expires: unseen('no answer') }),
    standing(ending(SOON.starts, { name: 'ends in it' })),
  ];

  it('are listed the worst first, then by their ends', () => {
    const names = worstStandingFirst(all).map(({ credential }) => credential.name);
    expect(names).toEqual(['ends in it', 'blind', 'warned', 'long', 'never']);
  });

  it('fail by one that fails, are unknown by one that is, and are well with a warning', () => {
    expect(overall(all)).toBe('fail');
    expect(overall(all.slice(0, 4))).toBe('unknown');
    expect(overall(all.slice(0, 3))).toBe('ok');
  });
});
