import { describe, expect, it } from 'vitest';
import { instantsOf } from '../../src/core/instants.ts';
import { DEFAULT_POLICY as policy } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import type { Workshop } from '../../src/core/workshop.ts';
import { planLines } from '../../src/terminal/plan.ts';
import { postureLines } from '../../src/terminal/posture.ts';
import { widthOf } from '../../src/terminal/text.ts';
import { at, aWorkshop } from '../builders.ts';

const NOW = at('00:00', '2026-09-01');
const LATER = at('00:00', '2026-11-30');
const noon = aWorkshop({
  id: 'noon',
  title: 'Noon in Tokyo',
  starts: at('10:00'),
  ends: at('12:30'),
  zone: 'Asia/Tokyo',
  attendance: { people: 9, from: 'attendees' },
});

const plan = (...workshops: Workshop[]): string[] =>
  planLines(
    { estate: 'ai.coder.com', from: NOW, until: LATER, workshops, changes: instantsOf(workshops, policy, NOW, LATER) },
    { width: 100 },
  );

const posture = (now: Date, ...workshops: Workshop[]): string =>
  postureLines(postureAt(now, workshops, policy), 'ai.coder.com', { width: 100 }).join('\n');

describe('the plan, to a facilitator', () => {
  it('is who comes when, then what happens on which day and why', () => {
    expect(plan(aWorkshop())).toEqual([
      'ai.coder.com from Tue 1 Sep 2026 to Mon 30 Nov 2026: 1 workshop, 16 changes',
      '',
      'Agents 101',
      '  Mon 14 Sep 09:00 to 11:00 UTC, 10:00 to 12:00 in Europe/London',
      '  20 people, as its description says',
      '',
      'All times below are UTC.',
      '',
      'Sat 12 Sep 2026',
      '  09:00  check    everything is looked at: “Agents 101” starts in 2 d',
      '',
      'Sun 13 Sep 2026',
      '  09:00  check    everything is looked at: “Agents 101” starts in 1 d',
      '         raise    provisioners to at least 15 and gateway to at least 6 until Mon 14 Sep 12:00:',
      '                  “Agents 101” expects 20 people',
      '         hold     promotions until Mon 14 Sep 12:00: “Agents 101” starts in 1 d',
      '',
      'Mon 14 Sep 2026',
      '  06:00  rotate   every key, to last past 12:00: rotation is paused 1 h later; “Agents 101” starts',
      '                  in 3 h',
      '  07:00  pause    rotation until 12:00: “Agents 101” starts in 2 h',
      '         freeze   nodes until 12:00: “Agents 101” starts in 2 h',
      '  08:00  check    everything is looked at: “Agents 101” starts in 1 h',
      '  09:00  start    “Agents 101” starts',
      '  11:00  end      “Agents 101” ends',
      '  12:00  restore  provisioners and gateway go back to what they were: “Agents 101” is over',
      '         release  promotions: “Agents 101” is over',
      '         resume   rotation: “Agents 101” is over',
      '         thaw     nodes: “Agents 101” is over',
    ]);
  });

  it('says why nothing moves for a smaller workshop, and what is lowered for it later', () => {
    const lines = plan(aWorkshop(), noon)
      .join('\n')
      .replaceAll(/\n {18}/g, ' ');
    expect(lines).toContain('keep     provisioners to at least 15 and gateway to at least 6');
    expect(lines).toContain('“Noon in Tokyo” needs no more');
    expect(lines).toContain(
      'lower    provisioners to at least 8 and gateway to at least 4 until 13:30: “Agents 101” is over; “Noon in Tokyo” expects 9 people',
    );
    expect(lines).toContain(
      'hold     promotions until Mon 14 Sep 13:30: “Agents 101” starts in 1 d; “Noon in Tokyo” follows',
    );
    expect(lines).toContain('10:00 to 12:30 UTC, 19:00 to 21:30 in Asia/Tokyo\n  9 people, as many as have accepted');
  });

  it('says so where nothing is planned', () => {
    expect(plan()).toEqual([
      'ai.coder.com from Tue 1 Sep 2026 to Mon 30 Nov 2026: 0 workshops, 0 changes',
      'Nothing is planned: nothing will be touched.',
    ]);
  });

  it('names the first of a long row of workshops, and counts the others', () => {
    const row = [0, 1, 2, 3].map((i) =>
      aWorkshop({
        id: `${i}`,
        title: `Day ${i}`,
        starts: at('09:00', `2026-09-1${i}`),
        ends: at('10:00', `2026-09-1${i}`),
      }),
    );
    expect(plan(...row).join('\n')).toContain(
      'hold     promotions until Sun 13 Sep 11:00: “Day 0” starts in 1 d; 3 more follow',
    );
  });

  it('shows no control characters of a title, and keeps to the width of the terminal', () => {
    const lines = plan(aWorkshop({ title: `Agents\u001b[31m 101 ${'and more '.repeat(30)}` }));
    expect(lines.join('')).not.toContain('\u001b');
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(100);
  });
});

describe('the posture, to a facilitator', () => {
  it('says of everything how it must be, until when and for whom', () => {
    expect(posture(at('08:10'), aWorkshop(), noon)).toBe(
      [
        'ai.coder.com at Mon 14 Sep 2026 08:10 UTC',
        '',
        'closed    Agents 101 starts in 50 min',
        '          Mon 14 Sep 09:00 to 11:00 UTC, 10:00 to 12:00 in Europe/London',
        '          20 people, as its description says',
        '',
        'closed    Noon in Tokyo starts in 1 h',
        '          Mon 14 Sep 10:00 to 12:30 UTC, 19:00 to 21:30 in Asia/Tokyo',
        '          9 people, as many as have accepted',
        '',
        '  what          must be                      until  for',
        '  provisioners  at least 15                  12:00  “Agents 101”',
        '  gateway       at least 6                   12:00  “Agents 101”',
        '  promotions    held                         13:30  “Agents 101”, “Noon in Tokyo”',
        '  rotation      paused                       13:30  “Agents 101”, “Noon in Tokyo”',
        '  nodes         frozen                       13:30  “Agents 101”, “Noon in Tokyo”',
        '  checks        made since 08:00             11:00  “Agents 101”',
        '  checks        made since Sun 13 Sep 10:00  12:30  “Noon in Tokyo”',
        '',
        'The next change is in 50 min: Mon 14 Sep 2026 09:00 UTC.',
      ].join('\n'),
    );
  });

  it('says that rooms arrive together where that is why so many are wanted', () => {
    const twelve = { people: 12, from: 'description' } as const;
    const rooms = ['East', 'West'].map((title) => aWorkshop({ id: title, title, attendance: twelve }));
    const text = posture(at('08:10'), ...rooms);
    expect(text).toMatch(/ provisioners +at least 18 +12:00 +“East”, “West”/);
    expect(text).toContain('“East” (12 people) and “West” (12 people) arrive together: sized as one room of 24.');
    expect(posture(at('08:10'), aWorkshop(), noon)).not.toContain('together');
  });

  it('says what keys must outlast while they are to be made', () => {
    expect(posture(at('06:10'), aWorkshop())).toMatch(/ keys +made anew, to last past 12:00 +07:00 +“Agents 101”/);
  });

  it('says that nothing is asked for on an empty calendar', () => {
    const text = posture(NOW);
    for (const free of [
      'No workshop is on the calendar.',
      /provisioners +as they are/,
      /promotions +open/,
      /rotation +runs/,
    ]) {
      expect(text).toMatch(free);
    }
    expect(text).toContain('Nothing changes as far as the calendar goes.');
  });

  it('names the next workshops, and points to the plan for more', () => {
    const many = Array.from('1234567').map((day) =>
      aWorkshop({
        id: day,
        title: `Day ${day}`,
        starts: at('09:00', `2026-10-0${day}`),
        ends: at('10:00', `2026-10-0${day}`),
      }),
    );
    const text = posture(NOW, ...many);
    expect(text).toContain('Day 5');
    expect(text).not.toContain('Day 6');
    expect(text).toContain('And 2 more: npx greenroom plan');
  });
});
