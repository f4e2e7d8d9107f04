import type { EstateCalendar } from './estate.ts';
import type { Attendance, Workshop } from './workshop.ts';

/** One occurrence on a calendar, before anybody asks whether it is a workshop. */
export interface Announcement {
  /** The feed's UID, and for one of a series its original start too: the same however often it is moved or renamed. */
  readonly id: string;
  readonly title: string;
  /** Plain text or HTML. */
  readonly description: string;
  readonly categories: readonly string[];
  /** How many people have accepted. */
  readonly accepted: number;
  readonly starts: Date;
  readonly ends: Date;
  readonly zone: string;
  /** Whoever reads it is to use their own clock: the estate's was used. */
  readonly isFloating: boolean;
  /** Its end was not said. */
  readonly isEndless: boolean;
}

/** What the organiser is asked to put right. The event still counts as far as it could be read. */
export interface Trouble {
  /** As the organiser knows it: its title. */
  readonly event: string;
  /** `it has no UID`. */
  readonly why: string;
  readonly at?: Date;
}

/** What an announcement amounts to for an estate: a workshop or none, and what is doubtful about it. */
export interface Ruling {
  readonly workshop?: Workshop;
  readonly doubts: readonly string[];
}

/**
 * Whether an announcement is a workshop of this estate, and how many people are expected.
 *
 * A category, a word of the title, or one of the lines `attendance: 20`, `estate: …` and `workshop: yes` make it one;
 * `workshop: no` outranks all of them. In doubt it is one: capacity that nobody needed costs less than a room that
 * waits, and the doubt is told.
 */
export function rulingOn(announcement: Announcement, estate: string, calendar: EstateCalendar): Ruling {
  const said = statementsIn(announcement.description);
  const strange = said.estates.filter((name) => name !== estate && !calendar.sharedWith?.includes(name));
  const isElsewhere = said.estates.length > 0 && strange.length === 0 && !said.estates.includes(estate);
  if (said.workshop === false || isElsewhere || !isMarked(announcement, said, estate, calendar)) return { doubts: [] };
  const { id, title, starts, ends, zone } = announcement;
  const attendance = attendanceOf(said, announcement, calendar);
  return {
    workshop: { id, title: title === '' ? 'a workshop without a title' : title, starts, ends, zone, attendance },
    doubts: [
      ...strange.map((name) => `it names the estate "${name}", which is not known here; ${estate} gets ready for it`),
      ...said.unclear.map((text) => `it says "${text}", which is no number of people`),
      ...doubtsAbout(announcement),
    ],
  };
}

function isMarked(
  { title, categories }: Announcement,
  { workshop, estates, people }: Statements,
  estate: string,
  { marks }: EstateCalendar,
): boolean {
  if (workshop === true || people !== undefined || estates.includes(estate)) return true;
  return marks.some((mark) => [title, ...categories].some((text) => hasWord(text, mark)));
}

/** `Workshops!` has the word `workshop`; `workshopping` has not. */
function hasWord(text: string, word: string): boolean {
  const escaped = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${escaped}s?(?![\\p{L}\\p{N}])`, 'iu').test(text);
}

function attendanceOf({ people }: Statements, { accepted }: Announcement, { attendance }: EstateCalendar): Attendance {
  if (people !== undefined) return { people, from: 'description' };
  return accepted > 0 ? { people: accepted, from: 'attendees' } : { people: attendance, from: 'estate' };
}

function doubtsAbout({ title, isEndless, isFloating, zone }: Announcement): string[] {
  return [
    ...(isEndless ? ['it does not say when it ends'] : []),
    ...(isFloating ? [`it has no time zone; it was read as ${zone}`] : []),
    ...(/^\W*cancel{1,2}ed\b/i.test(title) ? ['its title says that it is cancelled, and its status does not'] : []),
  ];
}

/** What a description says to Greenroom, in lines of their own. */
interface Statements {
  /** The largest, where it says several. */
  readonly people?: number;
  /** Attendance that was said and not understood. */
  readonly unclear: readonly string[];
  readonly estates: readonly string[];
  readonly workshop?: boolean;
}

const STATEMENT = /^[\s>*_•·–-]*(attendance|attendees|estates?|workshop)[\s*_]*[:=：][\s*_]*(.*?)[\s*_]*$/i;

function statementsIn(description: string): Statements {
  const said = plainText(description)
    .split('\n')
    .flatMap((line) => {
      const [, name, value = ''] = STATEMENT.exec(line) ?? [];
      return name === undefined ? [] : [{ name: name.toLowerCase(), value, line: line.trim() }];
    });
  const named = (prefix: string) => said.filter(({ name }) => name.startsWith(prefix));
  const counts = named('atten').map((each) => ({ ...each, people: peopleIn(each.value) }));
  const people = counts.flatMap((each) => each.people ?? []);
  const [answer] = named('workshop').flatMap(({ value }) => answerIn(value) ?? []);
  return {
    ...(people.length > 0 && { people: Math.max(...people) }),
    // "Attendees: bring your laptop" is a sentence among people and none of ours.
    unclear: counts.flatMap((each) => (each.people === undefined && each.name === 'attendance' ? [each.line] : [])),
    estates: named('estate').flatMap(({ value }) => estatesIn(value)),
    ...(answer !== undefined && { workshop: answer }),
  };
}

const ABOUT =
  '(?:(?:about|around|approx(?:imately|\\.)?|circa|ca\\.?|roughly|some|up to|at most|at least|max(?:imum|\\.)?|min(?:imum|\\.)?|expected|over|under|[~≈<>≤≥])\\s*)*';
const NUMBER = "(\\d{1,3}(?:[,\u202f\u00a0 ’']\\d{3})+|\\d+)";
const PEOPLE = new RegExp(`^${ABOUT}${NUMBER}(?:\\s*(?:-|–|—|to|or)\\s*${NUMBER})?(?![\\d.]*\\d)(.*)$`, 'i');
/** `2 teams of 10`, `3 x 8`, `50 %`: a number, and not of people. */
const NOT_PEOPLE =
  /^\s*(?:x|×|\*|%|percent\b|teams?\b|groups?\b|tables?\b|rooms?\b|sessions?\b|companies\b|hours?\b|days?\b)/i;
/** More than any room holds; a year or a telephone number more likely. */
const MOST_PEOPLE = 1_000;

/** `20`, `about 20 people`, `20-25` (the upper one), `1,200`. `undefined` for everything else: no number is guessed. */
function peopleIn(text: string): number | undefined {
  const [, first, second, rest = ''] = PEOPLE.exec(text.trim()) ?? [];
  if (first === undefined || NOT_PEOPLE.test(rest)) return undefined;
  const people = Math.max(numberOf(first), numberOf(second ?? '0'));
  return people <= MOST_PEOPLE ? people : undefined;
}

const numberOf = (digits: string): number => Number(digits.replaceAll(/\D/g, ''));

/** A sentence after the name is for people: only what could be a host's name counts. */
const estatesIn = (text: string): string[] =>
  (text.toLowerCase().match(/[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+/g) ?? []).map((name) => name.replace(/\.$/, ''));

function answerIn(text: string): boolean | undefined {
  if (/^(?:yes|true|on|ja|oui)\b/i.test(text)) return true;
  return /^(?:no|false|off|not)\b/i.test(text) ? false : undefined;
}

const ENTITIES: Readonly<Record<string, string>> = { nbsp: ' ', amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** A description without its HTML, which Google writes as soon as somebody pastes into it. */
function plainText(text: string): string {
  if (!/<\/?[a-z][^>]*>|&[a-z]+;|&#\d+;/i.test(text)) return text;
  return text
    .replaceAll(/<(?:br|\/p|\/div|\/li|\/h\d|\/tr|p|div|li|ul|ol)\b[^>]*>/gi, '\n')
    .replaceAll(/<\/?[a-z][^>]*>/gi, '')
    .replaceAll(/&#(\d{1,6});/g, (_, code: string) => String.fromCodePoint(Math.min(Number(code), 0x10ffff)))
    .replaceAll(/&([a-z]+);/gi, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole);
}
