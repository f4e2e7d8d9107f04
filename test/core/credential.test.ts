import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MARGIN_MS, outlasts, warning, WARNINGS_DAYS, type Credential } from '../../src/core/credential.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { news } from '../../src/core/report.ts';
import { nothingTold, type Told } from '../../src/core/told.ts';
import { saw, unseen } from '../../src/core/sighting.ts';
import { days, hours, minus, plus } from '../../src/core/time.ts';

const NOON = new Date('2026-09-14T12:00:00.000Z');
const workshop = {
  id: 'agents-101',
  title: 'Agents 101',
  starts: NOON,
  ends: plus(NOON, hours(2)),
  zone: 'Europe/London',
  attendance: { people: 10, from: 'description' },
} as const;
const window = { from: minus(NOON, hours(2)), until: plus(NOON, hours(3)) };
const key = (expires: Date | 'never'): Credential => ({
  name: 'LiteLLM key ai-coder',
  kind: 'gateway key',
  expires: saw(expires),
  renewal: 'greenroom keys rotate ai-coder',
});
const statusFor = (credential: Credential): string => outlasts(credential, { workshop, window }, NOON).status;

describe('a credential, for a workshop', () => {
  it.each<[string, Date | 'never']>([
    ['ok', 'never'],
    ['ok', plus(window.until, MARGIN_MS)],
    ['warn', plus(window.until, MARGIN_MS - 1)],
    ['warn', window.until],
    ['fail', plus(window.until, -1)],
    ['fail', window.from],
    ['fail', minus(NOON, days(30))],
  ])('is %s when it ends %s', (status, ends) => {
    expect(statusFor(key(ends))).toBe(status);
  });

  it('is unknown when its end cannot be seen, and never ok', () => {
    expect(statusFor({ ...key('never'), expires: unseen('503') })).toBe('unknown');
  });

  it('fails when it does not work now, however long it would last', () => {
    expect(statusFor({ ...key('never'), broken: 'blocked' })).toBe('fail');
    expect(statusFor({ ...key('never'), broken: 'revoked', renewed: { by: 'use' } })).toBe('fail');
  });

  it('that does not work is renewed as ever, but by force only where its window has begun', () => {
    const pause = { ...window, dueFrom: minus(window.from, hours(1)), workshops: [workshop] };
    const askOf = (now: Date, renewed?: Credential['renewed']): unknown => {
      const broken = { ...key('never'), broken: 'blocked', ...(renewed && { renewed }) };
      return outlasts(broken, { workshop, window }, now, pause);
    };
    const asks = (ask: string) => ({ remedy: { by: 'person', ask } });
    const plain = asks('greenroom keys rotate ai-coder');
    expect(askOf(minus(window.from, 1), { by: 'greenroom' })).toMatchObject(plain);
    expect(askOf(window.from, { by: 'greenroom' })).toMatchObject({
      remedy: { ask: expect.stringContaining('rotate ai-coder --force --why') },
    });
    expect(askOf(window.from)).toMatchObject(plain);
  });
});

describe('a warning that something ends', () => {
  const statusAt = (left: number): string => warning(key(plus(NOON, left)), NOON).status;

  it.each<[string, number]>([
    ['ok', days(7) + 1],
    ['warn', days(7)],
    ['warn', 1],
    ['fail', 0],
    ['fail', -days(1)],
  ])('is %s with %i ms left', (status, left) => {
    expect(statusAt(left)).toBe(status);
  });

  /** What people hear of a key over the days, with a look every so often and a journal that is all that is kept. */
  function told(looks: readonly Date[], endsAt: (look: Date) => Date): string[] {
    let told = nothingTold;
    return looks.flatMap((at) => {
      const findings = [{ check: 'people-are-warned-in-time', ...warning(key(endsAt(at)), at) }];
      const report = { automation: 'keys', at, findings, taken: [] };
      const heard = news(told, report, { reminders: DEFAULT_POLICY.reminders, near: true });
      told = JSON.parse(JSON.stringify(heard.told)) as Told;
      return heard.news.map(({ kind }) => kind);
    });
  }

  const everySixHours = (from: Date, count: number): Date[] =>
    Array.from({ length: count }, (_, index) => plus(from, index * hours(6)));

  it('is told once for each threshold and once at the end, whatever restarts in between', () => {
    const ends = plus(NOON, days(10));
    expect(told(everySixHours(NOON, 60), () => ends)).toEqual(['amiss', 'amiss', 'amiss', 'amiss']);
  });

  it('begins again at the top when the date changes', () => {
    const [first, renewed] = [plus(NOON, days(8)), plus(NOON, days(20))];
    const looks = everySixHours(NOON, 120);
    const endsAt = (look: Date): Date => (look < plus(NOON, days(6)) ? first : renewed);
    const once = WARNINGS_DAYS.map(() => 'amiss');
    expect(told(looks, endsAt)).toEqual(['amiss', 'amiss', 'resolved', ...once, 'amiss']);
  });

  it('is told exactly once for each threshold that a look falls into, however the looks fall', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 * 24 * 60 }), { minLength: 1 }), (atMinutes) => {
        const ends = plus(NOON, days(10));
        const looks = atMinutes.toSorted((a, b) => a - b).map((minute) => plus(NOON, minute * 60_000));
        const rungs = looks.map((look) => WARNINGS_DAYS.findLast((left) => minus(ends, days(left)) <= look) ?? 0);
        const crossed = new Set(
          looks.map((look, i) => (look >= ends ? 'ended' : rungs[i])).filter((rung) => rung !== 0),
        );
        expect(told(looks, () => ends)).toHaveLength(crossed.size);
      }),
    );
  });
});
