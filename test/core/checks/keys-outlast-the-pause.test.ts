import { describe, expect, it } from 'vitest';
import { keysOutlastThePause } from '../../../src/core/checks/keys-outlast-the-pause.ts';
import type { GatewayKey } from '../../../src/core/gateway-key.ts';
import type { LiteLlmGateway } from '../../../src/core/estate.ts';
import type { KeySighting } from '../../../src/core/keys.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours, plus } from '../../../src/core/time.ts';
import { aKey, aSighting, consumer, gateway, keyring } from '../a-keyring.ts';
import { before, ENDS, roomAt, STARTS } from '../a-room.ts';

const PAUSE_ENDS = plus(ENDS, hours(1));
const WANTED = plus(PAUSE_ENDS, hours(24));
const ending = (expires: Date) => ({ known: saw([aKey({ expires })]) });

function judged(now: Date, change: Partial<KeySighting>, of: Partial<LiteLlmGateway> = {}) {
  const keys = saw(keyring({ gateway: { ...gateway, ...of }, keys: [aSighting(change)] }));
  return keysOutlastThePause.judge({ room: roomAt(now, [], { keys }) }, now)[0];
}

describe('keys outlast the pause', () => {
  it('and nothing is asked of them while no pause is near', () => {
    expect(judged(before(4), ending(before(3)))).toMatchObject({ status: 'ok' });
  });

  it('are extended an hour before it, where that is enough: nobody restarts', () => {
    expect(judged(before(3), ending(STARTS))).toMatchObject({
      status: 'fail',
      remedy: { step: { rotate: false, extend: ['published'], until: WANTED, atLeast: PAUSE_ENDS } },
    });
    expect(judged(before(3), ending(WANTED))).toMatchObject({ status: 'ok' });
  });

  it.each<[string, Partial<KeySighting>]>([
    ['the gateway does not know', { known: saw([]), consumers: [] }],
    ['is blocked', { known: saw([aKey({ blocked: true })]) }],
    ['has spent its budget', { known: saw([aKey({ spend: 5, budget: 5 })]) }],
    ['a replica does not know', { probes: saw([{ replica: 'r', answer: 'unknown-key' }]) }],
  ])('are rotated where the published one %s, and never in the window', (_, change) => {
    expect(judged(before(3), change)).toMatchObject({ remedy: { step: { rotate: true } } });
    expect(judged(STARTS, change)).toMatchObject({ status: 'fail', remedy: { by: 'person' } });
  });

  it('say for whom, and why nothing is done, to the organiser who announced it when its window had begun', () => {
    expect(judged(STARTS, ending(before(9)), { renews: 'rotate' })).toMatchObject({
      status: 'fail',
      evidence: {
        want: expect.stringContaining('the pause for Agents 101 (12 people)') as string,
        have: 'the first that is in use ended 2026-09-14 03:00 UTC; the window has begun, and nothing is rotated in it',
      },
      remedy: { ask: expect.stringContaining('rotate ai-coder --force --why') as string },
    });
  });

  it('are rotated where the gateway’s replicas would not hear of a later end', () => {
    expect(judged(before(3), ending(STARTS), { renews: 'rotate' })).toMatchObject({
      remedy: { step: { rotate: true, extend: [] } },
    });
  });

  it('are still extended in the window: that restarts nobody', () => {
    expect(judged(STARTS, ending(plus(STARTS, hours(1))))).toMatchObject({
      remedy: { step: { rotate: false, extend: ['published'] } },
    });
  });

  it('also where a consumer still holds an older one', () => {
    const known = saw([aKey(), aKey({ hash: 'older', expires: STARTS })]);
    expect(judged(before(3), { known, consumers: [{ consumer, holds: saw('older') }] })).toMatchObject({
      remedy: { step: { rotate: false, extend: ['older'] } },
    });
  });

  it('as far as the gateway lets them: enough is enough, and too little is told', () => {
    const bounded = { longestMinutes: 480 };
    expect(judged(before(3), ending(before(1)), bounded)).toMatchObject({
      remedy: { step: { until: plus(before(3), hours(8)), atLeast: PAUSE_ENDS } },
    });
    expect(judged(before(3), ending(PAUSE_ENDS), bounded)).toMatchObject({ status: 'ok' });
    const tooLittle = judged(before(3), ending(plus(before(3), hours(4))), { longestMinutes: 240 });
    expect(tooLittle).toMatchObject({ status: 'fail', remedy: { by: 'person' } });
  });

  it('and are not made again for minutes that are not worth a restart', () => {
    const ends = plus(before(3), hours(4));
    const made = (minutes: number) => judged(plus(before(3), minutes * 60_000), ending(ends), { longestMinutes: 240 });
    expect(made(5)).toMatchObject({ remedy: { by: 'person' } });
    expect(made(30)).toMatchObject({ remedy: { by: 'greenroom', step: { until: plus(ends, hours(0.5)) } } });
  });

  it('but are, for few minutes too, where these let them outlast the pause, or where no key lives long', () => {
    const short = (minutes: number) => ending(plus(PAUSE_ENDS, -minutes * 60_000));
    expect(judged(before(3), short(10), { longestMinutes: 360 })).toMatchObject({ remedy: { by: 'greenroom' } });
    const hourly = (minutes: number) =>
      judged(before(3), ending(plus(before(2), -minutes * 60_000)), { longestMinutes: 60 });
    expect(hourly(14)).toMatchObject({ remedy: { by: 'person' } });
    expect(hourly(20)).toMatchObject({ remedy: { step: { until: before(2), atLeast: before(2) } } });
  });

  it('last a day longer than the pause where the gateway lets them, give or take half an hour', () => {
    expect(judged(before(3), ending(PAUSE_ENDS))).toMatchObject({ remedy: { step: { extend: ['published'] } } });
    expect(judged(before(3), ending(plus(WANTED, -600_000)))).toMatchObject({ status: 'ok' });
    expect(judged(before(3), { known: saw([aKey({ expires: 'never' })]) })).toMatchObject({ status: 'ok' });
  });

  it('are let alone where they last, whoever renews them, and whatever becomes of keys that nobody holds', () => {
    const idle = aKey({ hash: 'idle', blocked: true, expires: before(1) });
    expect(judged(before(3), { known: saw([idle, aKey()]) })).toMatchObject({ status: 'ok' });
    expect(judged(before(3), ending(WANTED), { renews: 'rotate' })).toMatchObject({ status: 'ok' });
    expect(judged(before(3), { probes: unseen('503') })).toMatchObject({ status: 'ok' });
  });

  it('are judged by the first one in use that ends, and each that does not last is made to', () => {
    const held = (own: Partial<GatewayKey>, expires: Date) => ({
      known: saw([aKey(own), aKey({ hash: 'older', expires })]),
      consumers: [{ consumer, holds: saw('older') }],
    });
    expect(judged(before(3), held({ expires: 'never' }, STARTS))).toMatchObject({
      evidence: { have: 'the first that is in use ends 2026-09-14 12:00 UTC' },
      remedy: { step: { from: 'published', rotate: false, extend: ['older'] } },
    });
    // Another key is made instead of the published one alone: whoever holds the older one still works with that.
    expect(judged(before(3), held({ blocked: true }, STARTS))).toMatchObject({
      remedy: { step: { rotate: true, extend: ['older'] } },
    });
    const lasting = held({ expires: PAUSE_ENDS }, plus(before(3), hours(4) - 300_000));
    expect(judged(before(3), lasting, { longestMinutes: 240 })).toMatchObject({ status: 'fail' });
  });

  it('and are unknown where they cannot be seen: nothing is rotated in doubt', () => {
    expect(judged(before(3), { known: unseen('503') })).toMatchObject({ status: 'unknown' });
    expect(judged(before(3), { published: unseen('403') })).toMatchObject({
      status: 'unknown',
      remedy: { by: 'person' },
    });
    const blind = { room: roomAt(before(3), [], { keys: unseen('503') }) };
    expect(keysOutlastThePause.judge(blind, before(3))).toMatchObject([{ status: 'unknown' }]);
  });
});
