import { describe, expect, it } from 'vitest';
import { capacityFor } from '../../src/core/capacity.ts';
import { DEFAULT_POLICY, type Sizing } from '../../src/core/policy.ts';
import { capacityLines } from '../../src/terminal/capacity.ts';
import { widthOf } from '../../src/terminal/text.ts';

const said = (people: number, change: Partial<Sizing> = {}): string => {
  const sizing = { ...DEFAULT_POLICY.sizing, ...change };
  return capacityLines(capacityFor(people, sizing), sizing, { width: 100 }).join('\n');
};
/** Without the line breaks of a terminal. */
const flat = (text: string): string => text.replaceAll(/\n {2}/g, ' ');

describe('the capacity of a workshop, to whoever stands in front of the room', () => {
  it('is said first, then how long people would wait', () => {
    const [first, , titles, ...rows] = said(25).split('\n');
    expect(first).toBe('25 people: 19 provisioners and 8 gateway replicas.');
    expect(titles).toContain('19 in 20 up to');
    expect(rows).toContainEqual(expect.stringMatching(/^ +15 +no wait +34 s +90 s {2}the guide$/));
    expect(rows).toContainEqual(expect.stringMatching(/^ +19 .* ✓ this many$/));
  });

  it.each<[string, number, Partial<Sizing>, string]>([
    ['why the guide is not enough', 25, {}, 'asks for 15, with which one in twenty would wait 34 s or longer'],
    ['that the guide is enough', 25, { buildSeconds: 30 }, 'asks for 15, and so nineteen in twenty wait 15 s at most'],
    ['where the guide ends', 60, {}, "guide's table ends at 30 people; its ratio would give 30"],
    ['how many of them come', 20, { showRate: 0.5 }, '10 of 20 people: 10 provisioners'],
    ['one person', 1, {}, '1 person: 6 provisioners'],
    ['what everybody at once means', 25, { arrivalSeconds: 0 }, '25 people start all at once'],
    ['what the nodes must hold', 25, {}, '50 to 100 vCPU, 100 to 200 GB of memory and 250 to 500 GB'],
    ['what is cheaper', 25, {}, 'if people start over 3 min instead of 2 min'],
    ['what it takes for granted', 25, {}, 'no other job is in the queue'],
  ])('says %s', (_, people, change, sentence) => {
    expect(flat(said(people, change))).toContain(sentence);
  });

  it('does not tell anybody to stagger what needs no staggering', () => {
    expect(said(25, { buildSeconds: 30 })).not.toContain('staggered');
  });

  it('keeps to the width of the terminal', () => {
    expect(Math.max(...said(60).split('\n').map(widthOf))).toBeLessThanOrEqual(100);
  });
});
