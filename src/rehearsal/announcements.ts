import { plus, minutes } from '../core/time.ts';

/** An event of the embedded world's calendar, as an organiser would enter it. */
export interface Event {
  readonly title: string;
  readonly starts: Date;
  readonly lastsMinutes: number;
  readonly people: number;
  /** Where its people are. */
  readonly zone: string;
}

const HEAD = ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Greenroom//rehearsal//EN'];
const FOOT = 'END:VCALENDAR';

/** A calendar with these events, and those that were there before called off: none of them vanishes. */
export const calendarText = (events: readonly Event[], before = ''): string =>
  [...HEAD, ...events.flatMap(eventLines), ...eventsIn(calledOff(before)), FOOT, ''].join('\r\n');

/** Every event that is not called off yet, called off. */
const calledOff = (text: string): string =>
  eventsIn(text)
    .filter((block) => !block.includes('STATUS:CANCELLED'))
    .map((block) => block.replace('END:VEVENT', 'STATUS:CANCELLED\r\nEND:VEVENT'))
    .join('\r\n');

const eventsIn = (text: string): string[] => text.match(/BEGIN:VEVENT[^]*?END:VEVENT/g) ?? [];

const eventLines = ({ title, starts, lastsMinutes, people, zone }: Event): string[] => [
  'BEGIN:VEVENT',
  `UID:${title.toLowerCase().replaceAll(' ', '-')}-${starts.getTime() / 60_000}@rehearsal`,
  `DTSTAMP:${starts.toISOString().slice(0, 10).replaceAll('-', '')}T000000Z`,
  `SUMMARY:${title}`,
  `DTSTART;TZID=${zone}:${localTime(starts, zone)}`,
  `DTEND;TZID=${zone}:${localTime(plus(starts, minutes(lastsMinutes)), zone)}`,
  `DESCRIPTION:Bring a laptop.\\nattendance: ${people}`,
  'END:VEVENT',
];

/** `20261203T090000`, on the clocks of a zone. */
function localTime(instant: Date, timeZone: string): string {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(instant);
  return shown.replaceAll(/[-:]/g, '').replace(' ', 'T');
}
