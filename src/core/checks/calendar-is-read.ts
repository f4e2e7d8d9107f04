import type { CalendarSighting } from '../calendar.ts';
import type { Check } from '../check.ts';
import type { Judgement, Remedy } from '../finding.ts';
import type { RoomSighting } from '../room.ts';
import { between, days, hours, spoken, spokenDuration } from '../time.ts';

/** The calendar can be read, or could be so lately that its last good copy still tells of every workshop to prepare for. */
export const calendarIsRead: Check<'room'> = {
  name: 'calendar-is-read',
  needs: ['room'],
  concerns: ({ calendar }) => calendar !== undefined,
  judge: ({ room }, now) => judgeReading(room, now),
};

/** The copy says only to the hour when it was last found unchanged, so that a younger one may be minutes old. */
const MISSED_MS = hours(2);
/** Preparing begins a day ahead: in an older copy, what was announced since is missing when its time has come. */
const STALE_MS = days(1);

function judgeReading({ calendar }: RoomSighting, now: Date): Judgement[] {
  const looked = { subject: 'calendar' };
  if (!calendar.seen) {
    const evidence = { want: 'a calendar, or its last good copy', have: calendar.why };
    return [{ ...looked, status: 'unknown', evidence, remedy: ask(UNREAD) }];
  }
  if (!calendar.value) return [];
  const { unread, asOf } = calendar.value;
  const ageMs = between(asOf, now);
  const evidence = {
    want: 'the calendar as it stands now',
    have: unread === undefined ? spellRead(calendar.value) : `${spellCopy(calendar.value, ageMs)}; ${unread}`,
    gauge: { value: Math.round(ageMs / 60_000), unit: 'minutes old' },
  };
  if (unread === undefined || ageMs < MISSED_MS) return [{ ...looked, status: 'ok', evidence }];
  return [{ ...looked, status: ageMs < STALE_MS ? 'warn' : 'unknown', evidence, remedy: ask(UNREAD) }];
}

const UNREAD =
  'Find out why the calendar cannot be read: its address is in the secret that the estate names, or is the estate’s object or file. What was asked for stays.';

const spellRead = ({ workshops }: CalendarSighting): string => `read, with ${workshops.length} workshops`;

const spellCopy = ({ workshops, asOf }: CalendarSighting, ageMs: number): string =>
  `a copy of ${spoken(asOf)}, ${spokenDuration(ageMs)} old, with ${workshops.length} workshops`;

const ask = (sentence: string): Remedy => ({ by: 'person', ask: sentence });
