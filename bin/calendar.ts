import { estates } from '../estates/index.ts';
import { icalendar } from '../src/clients/icalendar.ts';
import { calendarOf } from '../src/connect-calendar.ts';
import type { CalendarReading } from '../src/core/calendar.ts';
import type { Estate, EstateCalendar } from '../src/core/estate.ts';
import { policyOf, type Policy } from '../src/core/policy.ts';
import { horizonOf } from '../src/core/posture.ts';
import type { Interval } from '../src/core/workshop.ts';
import type { Calendar } from '../src/ports.ts';
import { parseInstant } from '../src/terminal/instant.ts';
import { EXIT, Stop, usage, type Call, type Flag } from './command.ts';
import { estateNamed } from './estates.ts';
import { onStage } from './stage.ts';

export const CALENDAR = {
  type: 'string',
  value: '<file>',
  about: "Read this iCalendar file (or https:// or s3:// address) instead of the estate's calendar",
} as const satisfies Flag;

/** What the calendar says about a stretch of time, and by which rules it is to be taken. */
export interface Announced extends Pick<CalendarReading, 'workshops' | 'troubles'> {
  readonly estate: string;
  readonly policy: Policy;
}

type Asking = Pick<Call, 'terminal' | 'now' | 'env' | 'signal'> & {
  readonly flags: { readonly data?: string; readonly estate?: string; readonly calendar?: string };
};

/** Every workshop that matters between two instants. Throws `OutsideError` where the calendar cannot be read. */
export async function announcedTo(call: Asking, between: Interval): Promise<Announced> {
  const { calendar: address } = call.flags;
  if (address === undefined) return onStage(call, ({ world }) => read(world.estate, world.calendar, between, call));
  const estate = theEstate(call.flags.estate);
  return read(estate, calendarAt(address, estate, call), between, call);
}

/** Objects of S3 are read with the credentials that the AWS CLI would take. */
function calendarAt(address: string, { name, home, calendar: given }: Estate, { now }: Pick<Call, 'now'>): Calendar {
  const { zone, marks, attendance, sharedWith } = given ?? USUAL;
  const calendar = { zone, marks, attendance, ...(sharedWith && { sharedWith }) };
  if (/^s3:/i.test(address)) return calendarOf({ name, home, calendar: { ...calendar, object: address } }, now);
  return icalendar({ address: () => Promise.resolve(address), estate: { name, calendar }, now });
}

/** For an estate that does not say how its workshops are announced. */
const USUAL: EstateCalendar = { zone: 'UTC', marks: ['workshop'], attendance: 20 };

/** A file needs no world: the one estate that there is will do, where none is named. */
function theEstate(name: string | undefined): Estate {
  const [only, ...others] = estates.values();
  if (name === undefined && only && others.length === 0) return only;
  if (name !== undefined) return estateNamed(name);
  throw usage('whose workshops?', `--estate ${[...estates.keys()].join(' or ')}`);
}

async function read(
  estate: Estate,
  calendar: Calendar | undefined,
  between: Interval,
  { signal }: Pick<Call, 'signal'>,
): Promise<Announced> {
  if (!calendar) {
    throw new Stop(`${estate.name} has no calendar`, { exit: EXIT.usage, remedy: '--calendar <file> reads one' });
  }
  const policy = policyOf(estate);
  const { workshops, troubles } = await calendar.workshops(horizonOf(between, policy), signal);
  return { estate: estate.name, policy, workshops, troubles };
}

/** A day means its first moment, in UTC like every other time. */
export function readTime(command: string, flag: string, text: string, now: Date): Date {
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = parseInstant(isDay ? `${text} 00:00` : text, now);
  if (!instant.ok) throw usage(`${command}: --${flag}: ${instant.fault}`);
  return instant.value;
}
