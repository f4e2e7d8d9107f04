import { describe, expect, it } from 'vitest';
import { rulingOn, type Announcement } from '../../src/core/announcement.ts';
import { at } from '../builders.ts';

const OURS = 'ai.coder.com';
const calendar = { zone: 'UTC', marks: ['workshop', 'lab'], attendance: 15, sharedWith: ['coderdemo.io'] };

function rule(change: Partial<Announcement>) {
  const announcement: Announcement = {
    id: 'a',
    title: 'Workshop',
    description: '',
    categories: [],
    accepted: 0,
    starts: at('09:00'),
    ends: at('11:00'),
    zone: 'UTC',
    isFloating: false,
    isEndless: false,
    ...change,
  };
  const { workshop, doubts } = rulingOn(announcement, OURS, calendar);
  return { people: workshop?.attendance.people, from: workshop?.attendance.from, is: workshop !== undefined, doubts };
}

describe('which events are workshops', () => {
  it.each<[string, Partial<Announcement>, boolean]>([
    ['a word of the title', { title: 'The agents LAB, again' }, true],
    ['the word in the plural', { title: 'Workshops!' }, true],
    ['a word that only begins like it', { title: 'Workshopping labels' }, false],
    ['a category', { title: 'Agents', categories: ['Team', 'Workshop'] }, true],
    ['neither', { title: 'Office hours' }, false],
    ['a line with attendance', { title: 'Agents', description: 'attendance: 20' }, true],
    ['a line with our estate', { title: 'Agents', description: `estate: ${OURS}` }, true],
    ['workshop: yes', { title: 'Agents', description: 'Workshop: yes' }, true],
    ['workshop: no, whatever the title says', { description: 'attendance: 20\nworkshop: no' }, false],
    ['another estate of the same calendar', { description: 'estate: coderdemo.io' }, false],
    ['both estates', { description: `estates: coderdemo.io, ${OURS}` }, true],
    [
      'a title after "workshop:" in the description',
      { title: 'Agents', description: 'Workshop: how agents think' },
      false,
    ],
  ])('%s', (_, change, is) => {
    expect(rule(change)).toMatchObject({ is, doubts: [] });
  });

  it('an estate that is misspelt is ours until somebody says otherwise', () => {
    expect(rule({ description: 'estate: ai.coder.co' })).toMatchObject({
      is: true,
      doubts: ['it names the estate "ai.coder.co", which is not known here; ai.coder.com gets ready for it'],
    });
  });

  it('a title that says cancelled while the status does not is prepared for, and asked about', () => {
    expect(rule({ title: 'Canceled: Workshop' })).toMatchObject({
      is: true,
      doubts: [expect.stringContaining('cancelled')],
    });
  });
});

describe('how many people are expected', () => {
  it.each<[string, number]>([
    ['attendance: 20', 20],
    ['Attendance: about 20 people', 20],
    ['ATTENDANCE = ~25', 25],
    ['- **Attendance:** 18', 18],
    ['attendance: 20-25', 25],
    ['attendance: 20 to 25 people', 25],
    ['attendance: up to 40 (10 of them remote)', 40],
    ['attendees: 12 developers from ACME', 12],
    ['attendance: 1,000', 1_000],
    ['attendance: 20+', 20],
    ['Welcome!\n\nattendance: 20\nBring a laptop. There were 300 last year.', 20],
    ['attendance: 10\nattendance: 30', 30],
    ['<p>Hello <b>all</b></p><ul><li>Attendance:&nbsp;22</li></ul>', 22],
    ['Hello<br>attendance: <b>21</b> people<br/>bye', 21],
  ])('%j is %i', (description, people) => {
    expect(rule({ description, accepted: 3 })).toEqual({ people, from: 'description', is: true, doubts: [] });
  });

  it.each([
    'attendance: many',
    'attendance: 2 teams of 10',
    'attendance: 50 %',
    'attendance: 2026',
    'attendance: 3 x 8',
  ])('%j is no number of people: the guests count, and the organiser is asked', (description) => {
    expect(rule({ description, accepted: 7 })).toEqual({
      people: 7,
      from: 'attendees',
      is: true,
      doubts: [`it says "${description}", which is no number of people`],
    });
  });

  it.each(['The attendance: we hope for many', 'Attendees: bring your laptop', 'Attendance was 50 last time'])(
    '%j is a sentence for people',
    (description) => {
      expect(rule({ description })).toEqual({ people: 15, from: 'estate', is: true, doubts: [] });
    },
  );
});
