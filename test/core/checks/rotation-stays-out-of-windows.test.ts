import { describe, expect, it } from 'vitest';
import { rotationStaysOutOfWindows } from '../../../src/core/checks/rotation-stays-out-of-windows.ts';
import type { KeysSighting, RotatorState } from '../../../src/core/keys.ts';
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

  it('and says that nothing is rotated any more, or that it may still be extended, where the window has begun', () => {
    const dying = (renews: 'extend' | 'rotate') => {
      const keys = [aSighting({ known: saw([aKey({ expires: later(49) })]) })];
      return judge(keyring({ keys, gateway: { ...gateway, renews } }), IN_IT).at(-1);
    };
    expect(dying('extend')).toMatchObject({
      remedy: { ask: expect.stringContaining('greenroom keys extend ai-coder') },
    });
    expect(dying('rotate')).toMatchObject({
      evidence: { have: expect.stringContaining('nothing is rotated in it') },
      remedy: { ask: expect.stringContaining('--force --why') },
    });
  });

  it('also not when the key that is frozen does not work, and no other one would last', () => {
    const broken = { keys: [aSighting({ known: saw([]) })] };
    expect(judge(keyring(broken)).at(-1)).toMatchObject({ status: 'ok' });
    expect(judge(keyring(broken), IN_IT).at(-1)).toMatchObject({ status: 'fail' });
    const bounded = { ...broken, gateway: { ...gateway, longestMinutes: 240 } };
    expect(judge(keyring(bounded)).at(-1)).toMatchObject({ status: 'fail' });
  });
});
