import { describe, expect, it } from 'vitest';
import { instantsOf } from '../../src/core/instants.ts';
import { DEFAULT_POLICY as policy } from '../../src/core/policy.ts';
import { postureAt } from '../../src/core/posture.ts';
import { hours, plus } from '../../src/core/time.ts';
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
      '',
      'Agents 101',
      '  Mon 14 Sep 09:00 to 11:00 UTC, 10:00 to 12:00 in Europe/London',
      '  20 people, as its description says',
      '',
      'All times below are of Europe/London, where 10:00 is 09:00 UTC.',
      '',
      'Sat 12 Sep 2026',
      '  10:00  “Agents 101” starts in 2 d',
      '           check    everything is looked at',
      '',
      'Sun 13 Sep 2026',
      '  10:00  “Agents 101” starts in 1 d',
      '           check    everything is looked at',
      '           hold     no new image is promoted until Mon 14 Sep 13:00',
      '         “Agents 101” expects 20 people',
      '           raise    provisioners to at least 15 and gateway to at least 6 until Mon 14 Sep 13:00',
      '',
      'Mon 14 Sep 2026',
      '  07:00  rotation is paused 1 h later; “Agents 101” starts in 3 h',
      '           rotate   every key is made anew, to last past 13:00',
      '  08:00  “Agents 101” starts in 2 h',
      '           pause    no key is rotated until 13:00',
      '           freeze   no node is replaced until 13:00',
      '  09:00  “Agents 101” starts in 1 h',
      '           check    everything is looked at',
      '  10:00  “Agents 101” starts',
      '  12:00  “Agents 101” ends',
      '  13:00  “Agents 101” is over',
      '           restore  provisioners and gateway go back to what they were',
      '           release  images are promoted again',
      '           resume   keys are rotated again',
      '           thaw     nodes are replaced again',
    ]);
  });

  it('says why nothing moves for a smaller workshop, and what is lowered for it later', () => {
    const lines = plan(aWorkshop(), noon).join('\n');
    expect(lines).toContain(
      '“Noon in Tokyo” needs no more\n           keep     provisioners at no fewer than 15 and gateway at no fewer than 6',
    );
    expect(lines).toContain(
      '“Agents 101” is over; “Noon in Tokyo” expects 9 people\n           lower    provisioners to at least 8 and gateway to at least 4 until 13:30',
    );
    expect(lines).toContain(
      '“Agents 101” starts in 1 d; “Noon in Tokyo” follows\n           hold     no new image is promoted until Mon 14 Sep 13:30',
    );
    // They share no clock: the plan keeps to UTC, and says when each starts for those who come.
    expect(lines).toContain('All times below are UTC.');
    expect(lines).toContain('  10:00  “Noon in Tokyo” starts, at 19:00 in Asia/Tokyo');
    expect(lines).toContain('10:00 to 12:30 UTC, 19:00 to 21:30 in Asia/Tokyo\n  9 people, as many as have accepted');
  });

  it('says so where nothing is planned', () => {
    expect(plan()).toEqual([
      'ai.coder.com from Tue 1 Sep 2026 to Mon 30 Nov 2026: 0 workshops, 0 changes',
      'Nothing is planned: nothing will be touched.',
    ]);
  });

  it('is one chapter for each workshop, and one for those that are got ready for together', () => {
    const week = (days: number): Workshop =>
      aWorkshop({
        id: `in ${days}`,
        title: `In ${days} days`,
        starts: plus(at('09:00'), hours(24 * days)),
        ends: plus(at('11:00'), hours(24 * days)),
      });
    const lines = plan(week(0), week(1), week(7));
    const titles = lines.filter((line) => /^In \d days$|^All times/.test(line));
    expect(titles).toEqual([
      'In 0 days',
      'In 1 days',
      'All times below are of Europe/London, where 10:00 is 09:00 UTC.',
      'In 7 days',
      'All times below are of Europe/London, where 10:00 is 09:00 UTC.',
    ]);
  });

  it('is each day’s own clock where summer time ends in between', () => {
    const monday = aWorkshop({ starts: at('10:00', '2026-10-26'), ends: at('12:00', '2026-10-26') });
    const lines = plan(monday);
    expect(lines.join(' ')).toContain(
      'All times below are of Europe/London, whose clocks change in between: on Mon 26 Oct 10:00 is 10:00 UTC.',
    );
    expect(lines.slice(lines.indexOf('Sat 24 Oct 2026')).slice(0, 2)).toEqual([
      'Sat 24 Oct 2026',
      '  11:00  “Agents 101” starts in 2 d',
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
      '“Day 0” starts in 1 d; 3 more follow\n           hold     no new image is promoted until Sun 13 Sep 12:00',
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
