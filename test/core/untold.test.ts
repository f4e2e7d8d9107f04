import { describe, expect, it } from 'vitest';
import type { About, News } from '../../src/core/report.ts';
import { owed, waits } from '../../src/core/untold.ts';

const about = (status: About['status'], more: Partial<About> = {}): About => ({
  check: 'floors-are-raised',
  status,
  since: '2026-09-14T09:00:00.000Z',
  ...more,
});
const news = (kind: News['kind'], status: About['status'] = 'fail', subject = 'provisioners'): News => ({
  kind,
  subject,
  line: `${kind}: ${subject}`,
  about: about(status),
});
const done: News = { kind: 'done', subject: 'mirror', line: 'done: mirror' };
const failed: News = { kind: 'failed', subject: 'mirror', line: 'failed: mirror: no' };

describe('what a road has still to tell', () => {
  it('is what it could not tell, and then what is new', () => {
    expect(owed([news('amiss')], [news('resolved'), done], {})).toEqual([news('amiss'), news('resolved'), done]);
  });

  it('says the same once, and every step as often as it was taken', () => {
    expect(owed([news('amiss'), done, failed], [news('amiss'), failed, done], {})).toEqual([
      news('amiss'),
      done,
      failed,
      done,
    ]);
  });

  it('ends as it stands: who waits to hear of a failure and its end hears of the next one too', () => {
    const waiting = [news('amiss'), news('resolved')];
    expect(owed(waiting, [news('amiss')], {})).toEqual([...waiting, news('amiss')]);
  });

  it('needs no reminder of what nobody has heard of yet', () => {
    expect(owed([news('amiss')], [news('reminder')], {})).toEqual([news('amiss')]);
    expect(owed([news('reminder')], [news('reminder')], {})).toEqual([news('reminder')]);
  });

  it('is the very same list where there is nothing new to it, so that nothing need be written', () => {
    const waiting = [news('amiss')];
    expect(owed(waiting, [news('amiss')], {})).toBe(waiting);
    expect(owed(waiting, [news('amiss', 'warn', 'gateway'), done], { hears: ['fail'] })).toBe(waiting);
  });

  it.each<[News, 'fail' | 'unknown' | 'warn' | 'done']>([
    [news('amiss', 'warn'), 'warn'],
    [news('reminder', 'unknown'), 'unknown'],
    [news('resolved', 'warn'), 'warn'],
    [failed, 'fail'],
    [done, 'done'],
  ])('is for who hears of its severity, also where it is over (%#)', (item, severity) => {
    const others = (['fail', 'unknown', 'warn', 'done'] as const).filter((each) => each !== severity);
    expect(owed([], [item], { hears: [severity] })).toEqual([item]);
    expect(owed([], [item], { hears: others })).toEqual([]);
  });

  it('is bounded, and says how much was left out', () => {
    const many = Array.from({ length: 700 }, (_, n): News => ({ ...done, line: `done: ${n}` }));
    const owing = owed(many.slice(0, 650), many.slice(650), {});
    expect([owing.length, owing[0]?.line, owing.at(-1)]).toEqual([
      500,
      'failed: 201 older lines could not be told; the promotions among them are in the journal',
      many.at(-1),
    ]);
  });
});

describe('in the quiet hours', () => {
  const quiet = { zone: 'UTC', from: '22:00', until: '07:00' };
  const NIGHT = new Date('2026-09-14T23:00:00Z');
  const waiting = (item: News, near = false): boolean => waits(item, { quiet, near }, NIGHT);

  it.each([
    news('amiss', 'warn'),
    news('amiss', 'unknown'),
    news('reminder', 'fail'),
    news('reminder', 'warn'),
    news('resolved', 'warn'),
    done,
  ])('what can wait does, and not within a day of a workshop (%#)', (item) => {
    expect([waiting(item), waiting(item, true)]).toEqual([true, false]);
  });

  it.each([news('amiss', 'fail'), news('resolved', 'fail'), failed])(
    'what fails never waits, nor its end (%#)',
    (item) => {
      expect(waiting(item)).toBe(false);
    },
  );

  it('that an estate has not, or that are over, nothing waits', () => {
    expect(waits(done, { near: false }, NIGHT)).toBe(false);
    expect(waits(done, { quiet, near: false }, new Date('2026-09-15T07:00:00Z'))).toBe(false);
  });
});
