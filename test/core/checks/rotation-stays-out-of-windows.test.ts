import { describe, expect, it } from 'vitest';
import { rotationStaysOutOfWindows } from '../../../src/core/checks/rotation-stays-out-of-windows.ts';
import type { KeySighting, KeysSighting, RotatorState } from '../../../src/core/keys.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours, minutes, plus } from '../../../src/core/time.ts';
import { aKey, aRotator, aSighting, gateway, keyring, later, NOON, windows, workshopIn } from '../a-keyring.ts';

const judge = (keys: KeysSighting, now = NOON, workshop = workshopIn(48)) =>
  rotationStaysOutOfWindows.judge({ keys, windows: windows(workshop) }, now);
const withRotator = (change: Partial<RotatorState> = {}, keys: Partial<KeysSighting> = {}) =>
  keyring({ rotators: [aRotator(change)], ...keys });
const statusOf = (change: Partial<RotatorState>, now = NOON) => judge(withRotator(change), now)[0]?.status;

const heals = { ok: false, why: 'Argo CD heals it', remedy: 'Let it alone.' } as const;
/** The window is from 46 to 51 hours from now: 10:00 to 15:00 UTC. */
const IN_IT = later(47);

describe('rotation stays out of windows', () => {
  it('when the rotator can be paused, or is, or does not fire in one', () => {
    expect(statusOf({})).toBe('ok');
    expect(statusOf({ paused: true }, IN_IT)).toBe('ok');
    expect(statusOf({ choice: heals, schedule: { cron: '0 3 * * *', zone: 'UTC' } })).toBe('ok');
  });

  it('not when it fires in one and cannot be paused: told as soon as it is seen, and why', () => {
    expect(judge(withRotator({ choice: heals }))[0]).toMatchObject({
      status: 'fail',
      subject: 'rotator in ohio for Agents 101 (10 people)',
      evidence: { have: 'it fires 2026-09-16 12:00 UTC, and cannot be paused: Argo CD heals it' },
      remedy: { ask: 'Let it alone.' },
    });
  });

  it('nor when it fires so shortly before one that copies of the key follow inside', () => {
    const at = (cron: string) => statusOf({ choice: heals, schedule: { cron, zone: 'UTC' } });
    // The window opens at 10:00.
    expect([at('50 9 * * *'), at('44 9 * * *')]).toEqual(['fail', 'ok']);
    expect(statusOf({ schedule: { cron: '50 9 * * *', zone: 'UTC' } })).toBe('ok');
  });

  it('nor by a schedule whose instants nobody can tell', () => {
    const every = { cron: '@every 1h', zone: 'UTC' };
    expect(judge(withRotator({ choice: heals, schedule: every }))[0]?.evidence.have).toContain('nobody knows when');
  });

  it('but what has fired, and fires in it no more, is over', () => {
    expect(statusOf({ choice: heals, schedule: { cron: '30 10 * * *', zone: 'UTC' } }, IN_IT)).toBe('ok');
  });

  it('by the rotator’s own zone', () => {
    const at = (zone: string) => statusOf({ choice: heals, schedule: { cron: '0 20 * * *', zone } });
    expect(at('UTC')).toBe('ok');
    // 20:00 in Tokyo is 11:00 UTC.
    expect(at('Asia/Tokyo')).toBe('fail');
  });

  it('by that zone’s clock on the day itself, where the clocks are changed in between', () => {
    // London's clocks go back on 25 October: 11:30 there is 10:30 UTC on the day before and 11:30 UTC on the day.
    const SATURDAY = new Date('2026-10-24T12:00:00.000Z');
    const sunday = (hour: number) => ({
      ...workshopIn(0),
      starts: plus(SATURDAY, hours(12 + hour)),
      ends: plus(SATURDAY, hours(12 + hour) + minutes(15)),
    });
    const rotator = withRotator({ choice: heals, schedule: { cron: '30 11 * * *', zone: 'Europe/London' } });
    const judged = (hour: number) => judge(rotator, SATURDAY, sunday(hour))[0];
    // Windows from 07:00 to 10:15 and from 11:00 to 14:15 UTC, where the margins are two hours and one.
    expect(judged(9)?.status).toBe('ok');
    expect(judged(13)).toMatchObject({
      status: 'fail',
      evidence: { have: expect.stringContaining('2026-10-25 11:30') },
    });
  });

  it('not when nobody can tell when it fires, and nobody can pause it', () => {
    const deployment: RotatorState = { choice: heals, paused: false, running: 0 };
    const rotators = [{ ...aRotator(), stands: saw(deployment) }];
    expect(judge(keyring({ rotators }))[0]).toMatchObject({ status: 'fail' });
    // A run that is under way is over soon; that it cannot be paused is not.
    expect(judge(withRotator({ choice: heals, running: 1 }), IN_IT)[0]?.evidence.have).toContain('cannot be paused');
    // A loop runs all the time: that is no run of a schedule's, and no other reason.
    const running = [{ ...aRotator(), stands: saw({ ...deployment, running: 1 }) }];
    expect(judge(keyring({ rotators: running }), IN_IT)[0]?.evidence.have).toContain('cannot be paused');
  });

  it('not when it is not paused in one, nor when a run is under way', () => {
    expect(statusOf({}, IN_IT)).toBe('fail');
    expect(statusOf({ paused: true, running: 1 }, IN_IT)).toBe('fail');
    expect(statusOf({ paused: true, resumes: later(48) }, IN_IT)).toBe('fail');
    // From its first instant on, and for as long as it lasts.
    expect(statusOf({}, later(46))).toBe('fail');
    expect(statusOf({ paused: true, resumes: later(51) }, IN_IT)).toBe('ok');
    expect(statusOf({ paused: true, resumes: later(60) }, IN_IT)).toBe('ok');
  });

  it('not when a loop that was scaled to nothing still runs; a run outside of it is no matter', () => {
    const loop: RotatorState = { choice: heals, paused: true, running: 1 };
    const rotators = [{ ...aRotator(), stands: saw(loop) }];
    expect(judge(keyring({ rotators }), IN_IT)[0]?.evidence.have).toBe('1 of its runs are under way');
    expect(statusOf({ running: 1 })).toBe('ok');
  });

  it('is unknown where the rotator cannot be seen, and red where there is none', () => {
    expect(judge(keyring({ rotators: [{ ...aRotator(), stands: unseen('403') }] }))[0]?.status).toBe('unknown');
    expect(judge(keyring({ rotators: [{ ...aRotator(), stands: saw(undefined) }] }))[0]?.status).toBe('fail');
  });

  it('not when the pause outlives the key that it freezes', () => {
    const dying = { keys: [aSighting({ known: saw([aKey({ expires: later(49) })]) })] };
    const frozen = judge(withRotator({ paused: true }, dying), IN_IT)[1];
    expect(frozen).toMatchObject({
      status: 'fail',
      subject: 'LiteLLM key ai-coder, frozen for Agents 101 (10 people)',
    });
    expect(judge(withRotator({}, dying))[1]).toMatchObject({ status: 'ok' });
    const bounded = { ...dying, gateway: { ...gateway, longestMinutes: 240 } };
    expect(judge(withRotator({}, bounded))[1]).toMatchObject({ status: 'fail' });
  });

  it('of each key once where it outlives them all, else for each that it does not outlive', () => {
    const frozen = (known: KeySighting['known'], now = IN_IT) => {
      const both = windows(workshopIn(48), workshopIn(96, 'Templates'));
      const keys = keyring({ keys: [aSighting({ known })] });
      return rotationStaysOutOfWindows
        .judge({ keys, windows: both }, now)
        .filter(({ subject }) => subject.includes('frozen'))
        .map(({ status, subject }) => `${status}: ${subject.replace('LiteLLM key ai-coder, ', '')}`);
    };
    const ends = (expires: Date | 'never') => saw([aKey({ expires })]);
    expect(frozen(ends('never'))).toEqual(['ok: frozen for Agents 101 (10 people)']);
    expect(frozen(ends(later(99)))).toEqual(['ok: frozen for Agents 101 (10 people)']);
    // The pause is over at 51: what ends then has outlived it, and what ends a moment before has not.
    expect(frozen(ends(later(51)))).toEqual(['ok: frozen for Agents 101 (10 people)']);
    expect(frozen(ends(plus(later(51), -1)))).toEqual(['fail: frozen for Agents 101 (10 people)']);
    expect(frozen(unseen('503'))).toEqual(['unknown: frozen']);
    // The first pause it outlives; for the second the gateway lets no key last.
    const bounded = { gateway: { ...gateway, longestMinutes: 240 } };
    const both = windows(workshopIn(48), workshopIn(96, 'Templates'));
    const short = keyring({ keys: [aSighting({ known: ends(later(52)) })], ...bounded });
    expect(rotationStaysOutOfWindows.judge({ keys: short, windows: both }, IN_IT)).toMatchObject([
      { status: 'fail', subject: 'LiteLLM key ai-coder, frozen for Templates (10 people)' },
    ]);
  });

  it('and has nothing to say of windows that are more than a week away', () => {
    expect(statusOf({ choice: heals })).toBe('fail');
    expect(judge(withRotator({ choice: heals }), NOON, workshopIn(24 * 9))).toMatchObject([{ status: 'ok' }]);
  });

  it('and says that nothing is rotated any more, or that it may still be extended, where the window has begun', () => {
    const dying = (renews: 'extend' | 'rotate') => {
      const keys = [aSighting({ known: saw([aKey({ expires: later(49) })]) })];
      return judge(keyring({ keys, gateway: { ...gateway, renews } }), IN_IT).at(-1);
    };
    expect(dying('extend')).toMatchObject({
      remedy: { ask: 'Greenroom extends it at its next look. Run: greenroom keys extend ai-coder' },
    });
    expect(dying('rotate')).toMatchObject({
      evidence: { have: expect.stringContaining('nothing is rotated in it') },
      remedy: { ask: expect.stringContaining('--force --why') },
    });
  });

  it('also not when the key that is frozen does not work, and no other one would last', () => {
    const broken = { keys: [aSighting({ known: saw([]) })] };
    expect(judge(keyring(broken)).at(-1)).toMatchObject({ status: 'ok' });
    // What is blocked is no better for a later end.
    const blocked = keyring({ keys: [aSighting({ known: saw([aKey({ blocked: true })]) })] });
    for (const keys of [keyring(broken), blocked]) {
      expect(judge(keys, IN_IT).at(-1)).toMatchObject({
        status: 'fail',
        evidence: { have: expect.stringContaining('nothing is rotated in it') },
      });
    }
    const bounded = { ...broken, gateway: { ...gateway, longestMinutes: 240 } };
    expect(judge(keyring(bounded)).at(-1)).toMatchObject({ status: 'fail' });
  });
});
