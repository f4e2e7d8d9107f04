/**
 * Feeds, and the workshops that they announce to an estate in New York between 1 November 2026 and 1 February 2027.
 *
 * Data and nothing else: read in this process and in others whose own time zone is another.
 */
export interface Case {
  readonly name: string;
  readonly feed: string | Uint8Array;
  /** `2026-11-30T14:00Z 120m Lab`; a line for each, in order. */
  readonly workshops: readonly string[];
  /** `Lab: it has no UID`. */
  readonly troubles?: readonly string[];
  readonly from?: string;
  readonly until?: string;
}

/** One event. UID, DTSTAMP and SUMMARY are there unless it says its own; lines are indented as the code is. */
function vevent(parts: TemplateStringsArray, ...values: readonly string[]): string {
  const said = String.raw({ raw: parts.raw }, ...values)
    .split('\n')
    .map((line) => line.replace(/^ {6,}/, ''))
    .filter((line) => line !== '');
  const has = (name: string): boolean => said.some((line) => new RegExp(`^${name}[;:]`, 'i').test(line));
  const usual = [
    ['UID', 'u1'],
    ['DTSTAMP', '20261001T000000Z'],
    ['SUMMARY', 'Workshop'],
  ] as const;
  const missing = usual.flatMap(([name, value]) => (has(name) ? [] : [`${name}:${value}`]));
  return ['BEGIN:VEVENT', ...missing, ...said, 'END:VEVENT'].join('\r\n');
}

const calendar = (...parts: readonly string[]): string =>
  ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//test//EN', ...parts, 'END:VCALENDAR', ''].join('\r\n');

const NEW_YORK = 'TZID=America/New_York';
const LONDON = 'TZID=Europe/London';

const times: readonly Case[] = [
  {
    name: 'a time in UTC',
    feed: calendar(vevent`
      DTSTART:20261130T140000Z
      DTEND:20261130T160000Z`),
    workshops: ['2026-11-30T14:00Z 120m Workshop'],
  },
  {
    name: 'a time in a zone, without a VTIMEZONE',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261130T090000
      DTEND;${NEW_YORK}:20261130T110000`),
    workshops: ['2026-11-30T14:00Z 120m Workshop'],
  },
  {
    name: 'an end in another zone than the start',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261130T090000
      DTEND;${LONDON}:20261130T153000`),
    workshops: ['2026-11-30T14:00Z 90m Workshop'],
  },
  {
    name: 'a VTIMEZONE that contradicts its IANA name is not believed',
    feed: calendar(
      'BEGIN:VTIMEZONE\r\nTZID:America/New_York\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0900\r\nTZOFFSETTO:+0900\r\nEND:STANDARD\r\nEND:VTIMEZONE',
      vevent`
      DTSTART;${NEW_YORK}:20261130T090000
      DURATION:PT2H`,
    ),
    workshops: ['2026-11-30T14:00Z 120m Workshop'],
  },
  {
    name: 'a zone by its Windows name',
    feed: calendar(vevent`
      DTSTART;TZID=Eastern Standard Time:20261130T090000
      DURATION:PT1H`),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
  },
  {
    name: 'a Windows name in quotes and in lower case',
    feed: calendar(vevent`
      DTSTART;TZID="w. europe standard time":20261130T150000
      DURATION:PT1H`),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
  },
  {
    name: 'a globally unique TZID that ends in an IANA name',
    feed: calendar(vevent`
      DTSTART;TZID=/citadel.org/20210210_1/America/Argentina/Buenos_Aires:20261130T110000
      DURATION:PT1H`),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
  },
  {
    name: 'a zone by its older name',
    feed: calendar(vevent`
      DTSTART;TZID=US/Eastern:20261130T090000
      DURATION:PT1H`),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
  },
  {
    name: 'TZID=UTC, and a zone beside Z',
    feed: calendar(
      vevent`
      UID:a
      DTSTART;TZID=UTC:20261130T140000
      DURATION:PT1H`,
      vevent`
      UID:b
      DTSTART;${NEW_YORK}:20261201T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-11-30T14:00Z 60m Workshop', '2026-12-01T14:00Z 60m Workshop'],
  },
  {
    name: 'a zone that nobody knows is refused, and costs only its own event',
    feed: calendar(
      vevent`
      UID:a
      SUMMARY:Workshop on Mars
      DTSTART;TZID=Mars/Olympus:20261130T090000
      DURATION:PT1H`,
      vevent`
      UID:b
      DTSTART:20261201T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-12-01T14:00Z 60m Workshop'],
    troubles: ['Workshop on Mars: its DTSTART is in the zone "Mars/Olympus", which is not known here'],
  },
  {
    name: 'an offset is no zone',
    feed: calendar(vevent`
      DTSTART;TZID="+05:00":20261130T090000
      DURATION:PT1H`),
    workshops: [],
    troubles: ['Workshop: its DTSTART is in the zone "+05:00", which is not known here'],
  },
  {
    name: 'a time without a zone is the estate’s, and the organiser is asked',
    feed: calendar(
      'X-WR-TIMEZONE:Asia/Tokyo',
      vevent`
      DTSTART:20261130T090000
      DURATION:PT1H`,
    ),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
    troubles: ['Workshop: it has no time zone; it was read as America/New_York'],
  },
  {
    name: 'a whole day is a day of the estate’s zone',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261130
      DTEND;VALUE=DATE:20261201`),
    workshops: ['2026-11-30T05:00Z 1440m Workshop'],
  },
  {
    name: 'a whole day without an end lasts a day',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261130`),
    workshops: ['2026-11-30T05:00Z 1440m Workshop'],
  },
  {
    name: 'three whole days: the last one is exclusive',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261130
      DTEND;VALUE=DATE:20261203`),
    workshops: ['2026-11-30T05:00Z 4320m Workshop'],
  },
  {
    name: 'a whole day on which the clocks go back has 25 hours',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261101`),
    workshops: ['2026-11-01T04:00Z 1500m Workshop'],
  },
  {
    name: 'a whole day on which the clocks go forward has 23 hours',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20270314`),
    workshops: ['2027-03-14T05:00Z 1380m Workshop'],
    until: '2027-04-01',
  },
  {
    name: 'a whole day that ends on itself is a day',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261130
      DTEND;VALUE=DATE:20261130`),
    workshops: ['2026-11-30T05:00Z 1440m Workshop'],
  },
  {
    name: 'a time that the clocks never show is read with the offset before the gap',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20270314T023000
      DURATION:PT1H`),
    workshops: ['2027-03-14T07:30Z 60m Workshop'],
    until: '2027-04-01',
  },
  {
    name: 'a time that the clocks show twice is the first of the two',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261101T013000
      DURATION:PT1H`),
    workshops: ['2026-11-01T05:30Z 60m Workshop'],
  },
  {
    name: 'a day by the calendar and 24 hours differ where the clocks change',
    feed: calendar(
      vevent`
      UID:a
      DTSTART;${NEW_YORK}:20261031T120000
      DURATION:P1D`,
      vevent`
      UID:b
      DTSTART;${NEW_YORK}:20261031T120000
      DURATION:PT24H`,
    ),
    workshops: ['2026-10-31T16:00Z 1500m Workshop', '2026-10-31T16:00Z 1440m Workshop'],
  },
  {
    name: 'a duration in weeks, and one of all units',
    feed: calendar(
      vevent`
      UID:a
      DTSTART:20261130T140000Z
      DURATION:P1W`,
      vevent`
      UID:b
      DTSTART:20261201T140000Z
      DURATION:+P1DT2H3M60S`,
    ),
    workshops: ['2026-11-30T14:00Z 10080m Workshop', '2026-12-01T14:00Z 1564m Workshop'],
  },
  {
    name: 'no end at all is told, and the workshop is there',
    feed: calendar(vevent`
      DTSTART:20261130T140000Z`),
    workshops: ['2026-11-30T14:00Z 0m Workshop'],
    troubles: ['Workshop: it does not say when it ends'],
  },
  {
    name: 'a length of nothing',
    feed: calendar(vevent`
      DTSTART:20261130T140000Z
      DURATION:PT0S`),
    workshops: ['2026-11-30T14:00Z 0m Workshop'],
  },
  {
    name: 'one that is on when the interval begins is there, one that has just ended is not',
    feed: calendar(
      vevent`
      UID:a
      SUMMARY:Workshop on
      DTSTART:20261031T230000Z
      DTEND:20261101T010000Z`,
      vevent`
      UID:b
      SUMMARY:Workshop over
      DTSTART:20261031T220000Z
      DTEND:20261101T000000Z`,
      vevent`
      UID:c
      SUMMARY:Workshop later
      DTSTART:20270201T000000Z
      DTEND:20270201T010000Z`,
    ),
    workshops: ['2026-10-31T23:00Z 120m Workshop on'],
  },
];

const series: readonly Case[] = [
  {
    name: 'weekly at nine stays at nine when the clocks go back',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261026T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=4`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop', '2026-11-16T14:00Z 60m Workshop'],
  },
  {
    name: 'and the length of each is that of the first, by the clock of no zone',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261025T000000
      DTEND;${NEW_YORK}:20261025T030000
      RRULE:FREQ=WEEKLY;COUNT=2`),
    workshops: ['2026-11-01T04:00Z 180m Workshop'],
  },
  {
    name: 'a series that began years ago',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20100105T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY`),
    workshops: ['2026-11-03T14:00Z 60m Workshop'],
    until: '2026-11-10',
  },
  {
    name: 'the first Wednesday of each month',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20260902T090000
      DURATION:PT1H
      RRULE:FREQ=MONTHLY;BYDAY=1WE`),
    workshops: ['2026-11-04T14:00Z 60m Workshop', '2026-12-02T14:00Z 60m Workshop', '2027-01-06T14:00Z 60m Workshop'],
  },
  {
    name: 'the last weekday of each month',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261130T090000
      DURATION:PT1H
      RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1`),
    workshops: ['2026-11-30T14:00Z 60m Workshop', '2026-12-31T14:00Z 60m Workshop', '2027-01-29T14:00Z 60m Workshop'],
  },
  {
    name: 'the 31st of each month skips the months that have none',
    feed: calendar(vevent`
      DTSTART:20261031T140000Z
      DURATION:PT1H
      RRULE:FREQ=MONTHLY`),
    workshops: ['2026-12-31T14:00Z 60m Workshop', '2027-01-31T14:00Z 60m Workshop'],
  },
  {
    name: 'every second week, and which weeks depends on the day that weeks begin',
    feed: calendar(vevent`
      DTSTART:20261101T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,TU;WKST=SU;COUNT=4`),
    workshops: [
      '2026-11-01T14:00Z 60m Workshop',
      '2026-11-03T14:00Z 60m Workshop',
      '2026-11-15T14:00Z 60m Workshop',
      '2026-11-17T14:00Z 60m Workshop',
    ],
  },
  {
    name: 'COUNT counts what EXDATE takes away',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=DAILY;COUNT=4
      EXDATE;${NEW_YORK}:20261103T090000`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-04T14:00Z 60m Workshop', '2026-11-05T14:00Z 60m Workshop'],
  },
  {
    name: 'the start is the first instance, also where its rule would not have it',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;BYDAY=WE;COUNT=3`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-04T14:00Z 60m Workshop', '2026-11-11T14:00Z 60m Workshop'],
  },
  {
    name: 'UNTIL in UTC lets the last one through and not the next',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;UNTIL=20261116T140000Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop', '2026-11-16T14:00Z 60m Workshop'],
  },
  {
    name: 'UNTIL a second before the last one',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;UNTIL=20261116T135959Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop'],
  },
  {
    name: 'UNTIL as a day means all of that day, where the event is',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T200000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;UNTIL=20261109`),
    workshops: ['2026-11-03T01:00Z 60m Workshop', '2026-11-10T01:00Z 60m Workshop'],
  },
  {
    name: 'UNTIL as a time without Z is by the event’s own clock',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;UNTIL=20261109T090000`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop'],
  },
  {
    name: 'whole days every week, over the change of the clocks',
    feed: calendar(vevent`
      DTSTART;VALUE=DATE:20261025
      RRULE:FREQ=WEEKLY;COUNT=3`),
    workshops: ['2026-11-01T04:00Z 1500m Workshop', '2026-11-08T05:00Z 1440m Workshop'],
  },
  {
    name: 'daily at 02:30 is not left out on the day on which there is no 02:30',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20270313T023000
      DURATION:PT1H
      RRULE:FREQ=DAILY;COUNT=3`),
    workshops: ['2027-03-13T07:30Z 60m Workshop', '2027-03-14T07:30Z 60m Workshop', '2027-03-15T06:30Z 60m Workshop'],
    until: '2027-04-01',
  },
  {
    name: 'a list of EXDATEs in UTC, and one of them matches nothing',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=4
      EXDATE:20261109T140000Z,20261116T140000Z,20261117T140000Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-23T14:00Z 60m Workshop'],
  },
  {
    name: 'an EXDATE that is a day takes the instance of that day, where the event is',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T200000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=3
      EXDATE;VALUE=DATE:20261109`),
    workshops: ['2026-11-03T01:00Z 60m Workshop', '2026-11-17T01:00Z 60m Workshop'],
  },
  {
    name: 'an EXDATE in the gap of a spring night',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20270313T023000
      DURATION:PT1H
      RRULE:FREQ=DAILY;COUNT=3
      EXDATE;${NEW_YORK}:20270314T023000`),
    workshops: ['2027-03-13T07:30Z 60m Workshop', '2027-03-15T06:30Z 60m Workshop'],
    until: '2027-04-01',
  },
  {
    name: 'EXDATE can take the start itself away',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2
      EXDATE:20261102T140000Z`),
    workshops: ['2026-11-09T14:00Z 60m Workshop'],
  },
  {
    name: 'RDATE adds to the start, without any rule',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RDATE:20261105T100000Z,20261201T100000Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-05T10:00Z 60m Workshop', '2026-12-01T10:00Z 60m Workshop'],
  },
  {
    name: 'RDATE on an instance of the rule is that instance',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2
      RDATE:20261109T140000Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop'],
  },
  {
    name: 'RDATE as periods that last as long as they say',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RDATE;VALUE=PERIOD:20261105T100000Z/PT3H,20261106T100000Z/20261106T120000Z`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-05T10:00Z 180m Workshop', '2026-11-06T10:00Z 120m Workshop'],
  },
  {
    name: 'two rules of one event are put together',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2
      RRULE:FREQ=MONTHLY;COUNT=2`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-09T14:00Z 60m Workshop', '2026-12-02T14:00Z 60m Workshop'],
  },
  {
    name: 'twice a day',
    feed: calendar(vevent`
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=DAILY;BYHOUR=9,14;COUNT=3`),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-02T19:00Z 60m Workshop', '2026-11-03T14:00Z 60m Workshop'],
  },
  {
    name: 'a rule that can never be true ends by itself',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30`),
    workshops: ['2026-11-02T14:00Z 60m Workshop'],
  },
  {
    name: 'a hostile rule costs its own event',
    feed: calendar(
      vevent`
      UID:a
      SUMMARY:Every second
      DTSTART:19700101T000000Z
      DURATION:PT1S
      RRULE:FREQ=SECONDLY`,
      vevent`
      UID:b
      DTSTART:20261201T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-12-01T14:00Z 60m Workshop'],
    troubles: ['Every second: it repeats more often than anybody could attend'],
  },
  {
    name: 'a rule that counts a million seconds costs its own event too',
    feed: calendar(vevent`
      SUMMARY:Every second
      DTSTART:20200101T000000Z
      DURATION:PT1S
      RRULE:FREQ=SECONDLY;COUNT=1000000`),
    workshops: [],
    troubles: ['Every second: it repeats more often than anybody could attend'],
  },
  {
    name: 'a rule that the standard forbids is not guessed at',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      RRULE:FREQ=WEEKLY;BYDAY=2MO`),
    workshops: [],
    troubles: ['Workshop: its rule is wrong: a numbered weekday in a WEEKLY rule'],
  },
  {
    name: 'a rule with a part that is not known is not guessed at',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      RRULE:FREQ=MONTHLY;RSCALE=HEBREW`),
    workshops: [],
    troubles: ['Workshop: its rule says "RSCALE=HEBREW", which is not known here'],
  },
];

const MASTER = vevent`
      UID:s
      SUMMARY:Workshop weekly
      DTSTART;${NEW_YORK}:20261102T090000
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=4`;

const overrides: readonly Case[] = [
  {
    name: 'one instance is moved, and nothing is inherited',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop moved
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20261110T130000
      DTEND;${NEW_YORK}:20261110T150000`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-10T18:00Z 120m Workshop moved',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'the override stands before its series in the file, and names its instance in UTC',
    feed: calendar(
      vevent`
      UID:s
      SUMMARY:Workshop moved
      RECURRENCE-ID:20261109T140000Z
      DTSTART;${NEW_YORK}:20261110T130000
      DURATION:PT1H`,
      MASTER,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-10T18:00Z 60m Workshop moved',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'one instance is cancelled',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20261109T090000
      STATUS:CANCELLED`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'one instance is moved out of the interval, another one into it',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop moved out
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20270309T090000
      DURATION:PT1H`,
      vevent`
      UID:t
      SUMMARY:Workshop yearly
      DTSTART;${NEW_YORK}:20250601T090000
      DURATION:PT1H
      RRULE:FREQ=YEARLY`,
      vevent`
      UID:t
      SUMMARY:Workshop moved in
      RECURRENCE-ID;${NEW_YORK}:20260601T090000
      DTSTART;${NEW_YORK}:20261201T090000
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
      '2026-12-01T14:00Z 60m Workshop moved in',
    ],
  },
  {
    name: 'an override without its series stands for itself',
    feed: calendar(vevent`
      UID:s
      SUMMARY:Workshop orphan
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20261110T130000
      DURATION:PT1H`),
    workshops: ['2026-11-10T18:00Z 60m Workshop orphan'],
  },
  {
    name: 'an override of an instance that the series no longer has stands for itself',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop left over
      RECURRENCE-ID;${NEW_YORK}:20261110T090000
      DTSTART;${NEW_YORK}:20261110T130000
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-09T14:00Z 60m Workshop weekly',
      '2026-11-10T18:00Z 60m Workshop left over',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'an override of another UID at the same time is none of ours',
    feed: calendar(
      vevent`
      UID:a
      SUMMARY:Workshop A
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2`,
      vevent`
      UID:b
      SUMMARY:Workshop B
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2`,
      vevent`
      UID:b
      SUMMARY:Workshop B moved
      RECURRENCE-ID:20261109T140000Z
      DTSTART:20261110T140000Z
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop A',
      '2026-11-02T14:00Z 60m Workshop B',
      '2026-11-09T14:00Z 60m Workshop A',
      '2026-11-10T14:00Z 60m Workshop B moved',
    ],
  },
  {
    name: 'an override that names its instance by the day only',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop moved
      RECURRENCE-ID;VALUE=DATE:20261109
      DTSTART;${NEW_YORK}:20261110T130000
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-10T18:00Z 60m Workshop moved',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'an override outlives an EXDATE of the same instance: it was written for a reason',
    feed: calendar(
      vevent`
      UID:s
      DTSTART:20261102T140000Z
      DURATION:PT1H
      RRULE:FREQ=WEEKLY;COUNT=2
      EXDATE:20261109T140000Z`,
      vevent`
      UID:s
      SUMMARY:Workshop moved
      RECURRENCE-ID:20261109T140000Z
      DTSTART:20261110T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-11-02T14:00Z 60m Workshop', '2026-11-10T14:00Z 60m Workshop moved'],
  },
  {
    name: 'this and all that follow are moved by as much',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop later
      RECURRENCE-ID;RANGE=THISANDFUTURE;${NEW_YORK}:20261116T090000
      DTSTART;${NEW_YORK}:20261117T110000
      DURATION:PT2H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-09T14:00Z 60m Workshop weekly',
      '2026-11-17T16:00Z 120m Workshop later',
      '2026-11-24T16:00Z 120m Workshop later',
    ],
  },
  {
    name: 'this and all that follow, and one of those has its own',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SUMMARY:Workshop later
      RECURRENCE-ID;${NEW_YORK};RANGE=THISANDFUTURE:20261109T090000
      DTSTART;${NEW_YORK}:20261109T110000
      DURATION:PT1H`,
      vevent`
      UID:s
      SUMMARY:Workshop of its own
      RECURRENCE-ID;${NEW_YORK}:20261116T090000
      DTSTART;${NEW_YORK}:20261116T080000
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-09T16:00Z 60m Workshop later',
      '2026-11-16T13:00Z 60m Workshop of its own',
      '2026-11-23T16:00Z 60m Workshop later',
    ],
  },
  {
    name: 'this and all that follow are cancelled',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      RECURRENCE-ID;RANGE=THISANDFUTURE;${NEW_YORK}:20261116T090000
      DTSTART;${NEW_YORK}:20261116T090000
      STATUS:CANCELLED`,
    ),
    workshops: ['2026-11-02T14:00Z 60m Workshop weekly', '2026-11-09T14:00Z 60m Workshop weekly'],
  },
  {
    name: 'a whole event is cancelled, with what replaced some of it',
    feed: calendar(
      vevent`
      UID:s
      DTSTART:20261102T140000Z
      RRULE:FREQ=WEEKLY
      STATUS:CANCELLED`,
      vevent`
      UID:s
      RECURRENCE-ID:20261109T140000Z
      DTSTART:20261110T140000Z
      DURATION:PT1H`,
    ),
    workshops: [],
  },
  {
    name: 'METHOD:CANCEL cancels everything in the calendar',
    feed: calendar(
      'METHOD:CANCEL',
      vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H`,
    ),
    workshops: [],
  },
  {
    name: 'the highest SEQUENCE wins, wherever it stands',
    feed: calendar(
      vevent`
      SUMMARY:Workshop new
      SEQUENCE:2
      DTSTAMP:20260901T000000Z
      DTSTART:20261103T140000Z
      DURATION:PT1H`,
      vevent`
      SUMMARY:Workshop old
      SEQUENCE:1
      DTSTAMP:20261001T000000Z
      DTSTART:20261102T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-11-03T14:00Z 60m Workshop new'],
  },
  {
    name: 'with the same SEQUENCE the latest DTSTAMP wins',
    feed: calendar(
      vevent`
      SUMMARY:Workshop new
      DTSTAMP:20261002T000000Z
      DTSTART:20261103T140000Z
      DURATION:PT1H`,
      vevent`
      SUMMARY:Workshop old
      DTSTAMP:20261001T000000Z
      DTSTART:20261102T140000Z
      DURATION:PT1H`,
    ),
    workshops: ['2026-11-03T14:00Z 60m Workshop new'],
  },
  {
    name: 'a later version of an override cancels it',
    feed: calendar(
      MASTER,
      vevent`
      UID:s
      SEQUENCE:3
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20261109T090000
      STATUS:cancelled`,
      vevent`
      UID:s
      SEQUENCE:2
      RECURRENCE-ID;${NEW_YORK}:20261109T090000
      DTSTART;${NEW_YORK}:20261110T090000
      DURATION:PT1H`,
    ),
    workshops: [
      '2026-11-02T14:00Z 60m Workshop weekly',
      '2026-11-16T14:00Z 60m Workshop weekly',
      '2026-11-23T14:00Z 60m Workshop weekly',
    ],
  },
  {
    name: 'a tentative workshop is prepared for',
    feed: calendar(vevent`
      DTSTART:20261102T140000Z
      DURATION:PT1H
      STATUS:TENTATIVE
      TRANSP:TRANSPARENT`),
    workshops: ['2026-11-02T14:00Z 60m Workshop'],
  },
];

const GOOD = vevent`
      UID:good
      DTSTART:20261201T140000Z
      DURATION:PT1H`;
const GOOD_LINE = '2026-12-01T14:00Z 60m Workshop';

const syntax: readonly Case[] = [
  {
    name: 'a byte order mark, and lines that end as on Unix',
    feed: `\uFEFF${calendar(GOOD).replaceAll('\r\n', '\n')}`,
    workshops: [GOOD_LINE],
  },
  {
    name: 'names in lower case',
    feed: calendar(GOOD.toLowerCase().replace('workshop', 'Workshop')),
    workshops: [GOOD_LINE],
  },
  { name: 'a calendar without events is a quiet quarter', feed: calendar(), workshops: [] },
  {
    name: 'lines folded anywhere, also between the parts of a zone’s name',
    feed: calendar(
      'BEGIN:VEVENT\r\nUID:u1\r\nSUMM\r\n ARY:Work\r\n shop\r\nDTSTART;TZID=America/\r\n\tNew_York:2026113\r\n 0T090000\r\nDURATION:PT1H\r\nEND:VEVENT',
    ),
    workshops: ['2026-11-30T14:00Z 60m Workshop'],
  },
  {
    name: 'a fold in the middle of a character',
    feed: foldedInACharacter(),
    workshops: ['2026-12-01T14:00Z 60m Workshop für alle'],
  },
  {
    name: 'escapes in a title',
    feed: calendar(vevent`
      SUMMARY:Workshop: agents\, loops\; and \\ more
      DTSTART:20261201T140000Z
      DURATION:PT1H`),
    workshops: ['2026-12-01T14:00Z 60m Workshop: agents, loops; and \\ more'],
  },
  {
    name: 'an alarm’s description does not become the event’s',
    feed: calendar(vevent`
      SUMMARY:Workshop
      DTSTART:20261201T140000Z
      DURATION:PT1H
      BEGIN:VALARM
      TRIGGER:-PT15M
      DURATION:PT5M
      SUMMARY:Alarm
      DESCRIPTION:workshop: no
      END:VALARM`),
    workshops: [GOOD_LINE],
  },
  {
    name: 'quoted parameters with colons and semicolons, carets, and commas in addresses',
    feed: calendar(vevent`
      DTSTART;X-WHO="Ana: ^'the; boss^'":20261201T140000Z
      DURATION:PT1H
      URL:https://example.com/a,b;c
      ATTENDEE;CN="Doe, Jane";PARTSTAT=ACCEPTED:mailto:jane@example.com`),
    workshops: [GOOD_LINE],
  },
  {
    name: 'unknown properties and components are none of ours',
    feed: calendar(
      'BEGIN:VTODO\r\nUID:t\r\nDTSTART:20261201T140000Z\r\nSUMMARY:Workshop\r\nEND:VTODO',
      'X-WR-CALNAME:ours',
      GOOD,
    ),
    workshops: [GOOD_LINE],
  },
  {
    name: 'a line that is none costs a question, and not its workshop',
    feed: calendar(vevent`
      DTSTART:20261201T140000Z
      DURATION:PT1H
      this came from a description that nobody folded`),
    workshops: [GOOD_LINE],
    troubles: ['Workshop: a line is not NAME:value'],
  },
  {
    name: 'an event without UID',
    feed: calendar(GOOD, 'BEGIN:VEVENT\r\nSUMMARY:Lab\r\nDTSTART:20261202T140000Z\r\nEND:VEVENT'),
    workshops: [GOOD_LINE],
    troubles: ['Lab: it has no UID'],
  },
  {
    name: 'an event without a start',
    feed: calendar(
      GOOD,
      vevent`
      SUMMARY:Lab`,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: it has no DTSTART'],
  },
  {
    name: 'a start on a day that does not exist',
    feed: calendar(
      GOOD,
      vevent`
      SUMMARY:Lab
      DTSTART:20261131T140000Z`,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: its DTSTART "20261131T140000Z" is no time'],
  },
  {
    name: 'an end before the start',
    feed: calendar(
      GOOD,
      vevent`
      SUMMARY:Lab
      DTSTART:20261202T140000Z
      DTEND:20261202T130000Z`,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: it ends before it starts'],
  },
  {
    name: 'a duration that is none',
    feed: calendar(
      GOOD,
      vevent`
      SUMMARY:Lab
      DTSTART:20261202T140000Z
      DURATION:2 hours`,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: its DURATION "2 hours" is none'],
  },
  {
    name: 'a negative duration',
    feed: calendar(
      GOOD,
      vevent`
      SUMMARY:Lab
      DTSTART:20261202T140000Z
      DURATION:-PT1H`,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: its DURATION "-PT1H" is negative'],
  },
  {
    name: 'an event that does not end costs itself and not the next one',
    feed: calendar(
      vevent`
      UID:a
      SUMMARY:Lab
      DTSTART:20261202T140000Z`.replace('END:VEVENT', 'X-END:none'),
      GOOD,
    ),
    workshops: [GOOD_LINE],
    troubles: ['Lab: it does not end'],
  },
  {
    name: 'two calendars in one file',
    feed: `${calendar(GOOD)}${calendar(vevent`
      UID:other
      DTSTART:20261202T140000Z
      DURATION:PT1H`)}`,
    workshops: [GOOD_LINE, '2026-12-02T14:00Z 60m Workshop'],
  },
  {
    name: 'what is wrong with a series is said once',
    feed: calendar(vevent`
      DTSTART:20261201T140000Z
      RRULE:FREQ=DAILY;COUNT=2`),
    workshops: ['2026-12-01T14:00Z 0m Workshop', '2026-12-02T14:00Z 0m Workshop'],
    troubles: ['Workshop: it does not say when it ends'],
  },
];

/** The ü is cut by the fold, as exporters do that count bytes. */
function foldedInACharacter(): Uint8Array {
  const bytes = Buffer.from(calendar(GOOD.replace('SUMMARY:Workshop', 'SUMMARY:Workshop für alle')));
  const cut = bytes.indexOf('ü') + 1;
  return Buffer.concat([bytes.subarray(0, cut), Buffer.from('\r\n '), bytes.subarray(cut)]);
}

export const cases: readonly Case[] = [...times, ...series, ...overrides, ...syntax];
