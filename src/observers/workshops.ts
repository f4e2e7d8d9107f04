import {
  HORIZON,
  nearOf,
  readRemembered,
  remember,
  type CalendarSighting,
  type Gone,
  type Remembered,
} from '../core/calendar.ts';
import { confirmationKey, readConfirmation } from '../core/confirmation.ts';
import type { Estate } from '../core/estate.ts';
import { whyOf } from '../core/outside-error.ts';
import { policyOf } from '../core/policy.ts';
import { between, days, hours, minus, plus } from '../core/time.ts';
import type { Calendar, Journal, World } from '../ports.ts';
import { oncePerLook, type Watch } from './look.ts';

/** Longer than any calendar stays unreadable; workshops end by themselves before that. */
const KEEP_MS = days(180);
/** Unchanged, the copy is written again only to say that it is still so: a quiet look writes nothing. */
const CONFIRM_MS = hours(1);
/** DynamoDB's item is 400 kB; a character may take three bytes. */
const MOST_CHARACTERS = 120_000;

const keyOf = ({ name }: Estate): string => `calendar of ${name}`;

/** The last good copy with what people have said about it: what the latest look went by. */
export async function lastCalendar(
  { estate, journal }: Pick<World, 'estate' | 'journal'>,
  now: Date,
): Promise<CalendarSighting | undefined> {
  const copy = await rememberedCalendar({ estate, journal }, now);
  return copy && confirmed(copy, journal, now);
}

async function confirmed(sighting: CalendarSighting, journal: Journal, now: Date): Promise<CalendarSighting> {
  return { ...sighting, gone: await Promise.all(sighting.gone.map((each) => askedAbout(each, journal, now))) };
}

/**
 * The calendar as it stands, or its last good copy with the reason why it could not be read: an unreadable calendar is
 * not an empty one. Throws only where there is no copy either. `undefined` for an estate without a calendar.
 */
export const sightCalendar = /* @__PURE__ */ oncePerLook(
  async (
    { calendar, estate, journal }: Pick<World, 'calendar' | 'estate' | 'journal'>,
    watch: Pick<Watch, 'now' | 'log' | 'signal'>,
  ): Promise<CalendarSighting | undefined> => {
    if (!calendar) return undefined;
    const known = await rememberedCalendar({ estate, journal }, watch.now);
    return confirmed(await readAgain(calendar, estate, journal, known, watch), journal, watch.now);
  },
);

/** What vanished is prepared for until a person says that it will not take place. */
async function askedAbout(gone: Gone, journal: Journal, now: Date): Promise<Gone> {
  if (gone.how !== 'vanished') return gone;
  const text = await journal.kept(confirmationKey(gone.workshop.id), now);
  const word = text === undefined ? undefined : readConfirmation(text);
  return word ? { ...gone, how: 'called off', by: word.by } : gone;
}

/** The last good copy alone, for whoever must know at once and has no way to the calendar. */
export async function rememberedCalendar(
  { estate, journal }: Pick<World, 'estate' | 'journal'>,
  now: Date,
): Promise<Remembered | undefined> {
  const kept = await journal.kept(keyOf(estate), now);
  return kept === undefined ? undefined : readRemembered(kept);
}

async function readAgain(
  calendar: Calendar,
  estate: Estate,
  journal: Journal,
  known: Remembered | undefined,
  { now, log, signal }: Pick<Watch, 'now' | 'log' | 'signal'>,
): Promise<CalendarSighting> {
  const span = { from: minus(now, HORIZON.behindMs), until: plus(now, HORIZON.aheadMs) };
  let seen: Remembered;
  try {
    seen = remember(known, await calendar.workshops(span, signal), nearOf(policyOf(estate)), now);
  } catch (error) {
    signal?.throwIfAborted();
    if (!known) throw error;
    log('could not read the calendar', error);
    return { ...known, unread: whyOf(error) };
  }
  if (!known || isNews(known, seen)) await journal.keep(keyOf(estate), spell(seen), plus(now, KEEP_MS));
  return seen;
}

const isNews = (known: Remembered, seen: Remembered): boolean =>
  spell({ ...known, asOf: seen.asOf }) !== spell(seen) || between(known.asOf, seen.asOf) >= CONFIRM_MS;

/** As much as the journal takes: the nearest workshops, since the others are read again long before they matter. */
function spell(seen: Remembered): string {
  const whole = JSON.stringify({ ...seen, troubles: seen.troubles.slice(0, 50) });
  if (whole.length <= MOST_CHARACTERS || seen.workshops.length === 0) return whole;
  return spell({ ...seen, workshops: seen.workshops.slice(0, Math.floor(seen.workshops.length / 2)) });
}
