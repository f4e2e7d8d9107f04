import { describe, expect, it } from 'vitest';
import { storyLines } from '../../src/terminal/story.ts';
import { widthOf } from '../../src/terminal/text.ts';
import { at } from '../builders.ts';

const SUNDAY = '2026-09-13';
const target = 'ohio StatefulSet coder-ws/coder-provisioner';
const WHY = 'Agents 101 (12 people) and Templates (12 people), 24 of them arriving together';
const entries = [
  { target, at: at('18:05'), by: 'calendar', line: '', change: { from: 18, to: 6, why: `over: ${WHY}` } },
  {
    target: 'provisioners',
    at: at('08:00'),
    by: 'ana',
    line: 'asked for at least 7 until 2026-09-14 12:00 UTC: a demo',
  },
  {
    target,
    at: at('09:00', SUNDAY),
    by: 'calendar',
    line: '',
    change: { from: 6, to: 18, until: at('18:00'), why: WHY },
  },
];

describe('a story on a terminal', () => {
  it('is told day by day, the newest first, each with who and until when', () => {
    expect(storyLines(entries, { width: 120 })).toEqual([
      'Mon 14 Sep 2026 (all times are UTC)',
      '  18:05  calendar  put back from 18 to 6; over: Agents 101 (12 people) and Templates (12 people), 24 of them arriving',
      '                   together',
      '  08:00  ana       asked for at least 7 until 2026-09-14 12:00 UTC: a demo',
      '',
      'Sun 13 Sep 2026',
      '  09:00  calendar  set from 6 to 18 until Mon 14 Sep 18:00: Agents 101 (12 people) and Templates (12 people), 24 of them',
      '                   arriving together',
    ]);
  });

  it.each([60, 80])('cuts no reason short at %i columns', (width) => {
    const lines = storyLines(entries, { width });
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(width);
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(WHY);
  });
});
