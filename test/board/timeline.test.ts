import { describe, expect, it } from 'vitest';
import { markupOf } from '../../src/board/html.ts';
import { timelineFragment, timelineView } from '../../src/board/timeline.ts';
import { DEFAULT_POLICY as policy } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { at, aWorkshop } from '../builders.ts';

const viewAt = (now: Date, ...workshops: Workshop[]) => timelineView(postureAt(now, workshops, policy), policy);
const textAt = (now: Date, ...workshops: Workshop[]): string => {
  const fragment = timelineFragment(viewAt(now, ...workshops), now);
  return fragment ? markupOf(fragment) : '';
};

describe('the next workshop on the board', () => {
  it('passes through its phases in order, and stands in one of them', () => {
    expect(viewAt(at('08:10'), aWorkshop())?.steps.map(({ phase, from, state }) => [phase, from, state])).toEqual([
      ['checks', at('09:00', '2026-09-12'), 'past'],
      ['raised', at('09:00', '2026-09-13'), 'past'],
      ['keys', at('06:00'), 'past'],
      ['closed', at('07:00'), 'now'],
      ['live', at('09:00'), 'to come'],
      ['grace', at('11:00'), 'to come'],
      ['over', at('12:00'), 'to come'],
    ]);
  });

  it('says when it starts, for whom, and which step is the current one, without colour', () => {
    const text = textAt(at('08:10'), aWorkshop());
    expect(text).toContain('starts in 50 min');
    expect(text).toContain('20 people, as its description says');
    expect(text).toMatch(/aria-current="step">\s*<time datetime="2026-09-14T07:00:00.000Z">Mon 14 Sep 07:00<\/time>/);
    expect(text.match(/\(now\)/g)).toHaveLength(1);
  });

  it('is the earliest that is not over, and counts the others', () => {
    const later = aWorkshop({ id: 'later', title: 'Later', starts: at('15:00'), ends: at('16:00') });
    expect(textAt(at('11:30'), later, aWorkshop())).toMatch(/Agents 101 <small>started 2 h ago.*And 1 more/s);
    expect(viewAt(at('12:00'), later, aWorkshop())?.title).toBe('Later');
  });

  it('is not there where no workshop is on the calendar, and has no current step before its checks', () => {
    expect(textAt(at('08:00'))).toBe('');
    expect(textAt(at('08:00', '2026-09-01'), aWorkshop())).not.toContain('(now)');
  });

  it('shows a title as text, whatever stands in it', () => {
    expect(textAt(at('08:00'), aWorkshop({ title: '<img src=x>' }))).toContain('&lt;img src=x&gt;');
  });
});
