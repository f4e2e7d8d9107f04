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
export function calendarText(events: readonly Event[], before = ''): string {
  const blocks = events.map((event) => eventLines(event).join(BREAK));
  const others = eventsIn(before).filter((block) => !events.some((event) => block.includes(uidOf(event))));
  return [...HEAD, ...blocks, ...others.flatMap(calledOff), FOOT, ''].join(BREAK);
}

/** What was called off before is forgotten. */
const calledOff = (block: string): string[] =>
  block.includes('STATUS:CANCELLED') ? [] : [block.replace('END:VEVENT', `STATUS:CANCELLED${BREAK}END:VEVENT`)];

const BREAK = '\r\n';

const eventsIn = (text: string): string[] => text.match(/BEGIN:VEVENT[^]*?END:VEVENT/g) ?? [];

const uidOf = ({ title, starts }: Event): string =>
  `${title.toLowerCase().replaceAll(' ', '-')}-${starts.getTime() / 60_000}@rehearsal`;

function eventLines(event: Event): string[] {
  const { title, starts, lastsMinutes, people, zone } = event;
  return [
    'BEGIN:VEVENT',
    `UID:${uidOf(event)}`,
    `DTSTAMP:${starts.toISOString().slice(0, 10).replaceAll('-', '')}T000000Z`,
    `SUMMARY:${title}`,
    `DTSTART;TZID=${zone}:${localTime(starts, zone)}`,
    `DTEND;TZID=${zone}:${localTime(plus(starts, minutes(lastsMinutes)), zone)}`,
    `DESCRIPTION:Bring a laptop.\\nattendance: ${people}`,
    'END:VEVENT',
  ];
}

/** `20261203T090000`, on the clocks of a zone. */
function localTime(instant: Date, timeZone: string): string {
  const shown = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(instant);
  return shown.replaceAll(/[-:]/g, '').replace(' ', 'T');
}
