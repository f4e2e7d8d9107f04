import { describe, expect, it } from 'vitest';
import type { GatewayKey } from '../../src/core/gateway-key.ts';
import { credentialsOfKeys, type KeySighting, type RotatorStand, type RotatorState } from '../../src/core/keys.ts';
import { saw, unseen, type Seen } from '../../src/core/sighting.ts';
import { aKey, aRotator, aSighting, consumer, gateway, keyring, later, NOON } from './a-keyring.ts';

const credentials = (change: Partial<KeySighting>) => credentialsOfKeys(keyring({ keys: [aSighting(change)] }), NOON);
const published = (key: Partial<GatewayKey>) => credentials({ known: saw([aKey(key)]) })[0];

describe('what ends of a key', () => {
  it('is the published one alone, where every copy holds the same', () => {
    expect(credentials({})).toMatchObject([
      { name: 'LiteLLM key ai-coder', about: 'alias ai-coder-g2, secret keys/ai-coder', expires: saw(later(24 * 30)) },
    ]);
  });

  it('is also each one that a copy holds instead, by its own end', () => {
    const known = saw([aKey(), aKey({ hash: 'older', alias: 'ai-coder-g1', expires: later(5) })]);
    const behind = { known, consumers: [{ consumer, holds: saw('older') }] };
    const copy = { name: 'LiteLLM key ai-coder in ohio coder-ws/litellm-key', expires: saw(later(5)) };
    expect(credentials(behind)).toMatchObject([{ expires: saw(later(24 * 30)) }, copy]);
    // Also where nobody can see what is published: then it may be another one.
    expect(credentials({ ...behind, published: unseen('403') })).toMatchObject([{ expires: unseen('403') }, copy]);
  });

  it('is not what a copy holds that cannot be seen: that is told where copies are', () => {
    expect(credentials({ consumers: [{ consumer, holds: unseen('403') }] })).toHaveLength(1);
  });

  it('cannot be seen where the gateway does not answer, and why is said', () => {
    expect(credentials({ known: unseen('503') })).toMatchObject([{ expires: unseen('503') }]);
  });

  it.each<[string, Partial<KeySighting>]>([
    ['there is no key in it', { published: saw(undefined), consumers: [] }],
    ['the gateway does not know it', { known: saw([]), consumers: [] }],
    ['it is blocked', { known: saw([aKey({ blocked: true })]) }],
    ['its budget of 5 is spent', { known: saw([aKey({ spend: 5, budget: 5 })]) }],
  ])('does not work now where %s', (broken, change) => {
    expect(credentials(change)[0]).toMatchObject({ broken, renewal: 'Run: greenroom keys rotate ai-coder' });
  });

  it('works for as long as something of its budget is left', () => {
    expect(published({ spend: 4.99, budget: 5 })?.broken).toBeUndefined();
  });

  it('is extended where the gateway’s replicas hear of a later end, and rotated elsewhere', () => {
    const renewal = (renews: 'extend' | 'rotate') =>
      credentialsOfKeys(keyring({ gateway: { ...gateway, renews } }), NOON)[0]?.renewal;
    expect(renewal('extend')).toBe('Run: greenroom keys extend ai-coder');
    expect(renewal('rotate')).toBe('Run: greenroom keys rotate ai-coder');
  });

  it('is nothing where there is no gateway', () => {
    expect(credentialsOfKeys(keyring({ gateway: undefined }), NOON)).toEqual([]);
  });
});

describe('when a key is replaced next', () => {
  const next = (...rotators: readonly RotatorStand[]) => {
    const renewed = credentialsOfKeys(keyring({ rotators }), NOON)[0]?.renewed;
    return renewed?.by === 'greenroom' ? renewed.next : undefined;
  };
  const daily = (hour: number, change: Partial<RotatorState> = {}) =>
    aRotator({ schedule: { cron: `0 ${hour} * * *`, zone: 'UTC' }, ...change });

  it('is the first firing of any rotator of that key, by its own zone', () => {
    expect(next(daily(20), daily(16))).toEqual(later(4));
    expect(next({ ...daily(16), keys: ['another'] }, daily(20))).toEqual(later(8));
    expect(next(aRotator({ schedule: { cron: '0 22 * * *', zone: 'Asia/Tokyo' } }))).toEqual(later(1));
  });

  it('is after its pause where Greenroom paused it, and nobody knows when where somebody else did', () => {
    expect(next(daily(16, { paused: true, resumes: later(5) }))).toEqual(later(28));
    expect(next(daily(16, { paused: true, resumes: later(-21) }))).toEqual(later(4));
    // A lease that is not in force yet stops nothing.
    expect(next(daily(16, { resumes: later(5) }))).toEqual(later(4));
    expect(next(daily(16, { paused: true }))).toBeUndefined();
  });

  it('is not known where it cannot be seen, is not there, or does not say when', () => {
    const loop: RotatorState = { choice: { ok: false, why: '', remedy: '' }, paused: false, running: 1 };
    const states: readonly Seen<RotatorState | undefined>[] = [unseen('403'), saw(undefined), saw(loop)];
    for (const stands of states) expect(next({ ...daily(16), stands })).toBeUndefined();
    expect(next(aRotator({ schedule: { cron: '@every 1h', zone: 'UTC' } }))).toBeUndefined();
  });
});
