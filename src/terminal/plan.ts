import { count, listed, printable } from '../board/words.ts';
import { attendanceOf, clockOf, dateOf, dayOf, timesOf, untilOf } from '../board/when.ts';
import type { Trouble } from '../core/announcement.ts';
import type { Change, Deed } from '../core/instants.ts';
import type { Interval, Workshop } from '../core/workshop.ts';
import { unpainted, type Tone } from './paint.ts';
import type { TableStyle } from './table.ts';
import { fit, pad, wrap } from './text.ts';

export interface Plan extends Interval {
  readonly estate: string;
  readonly workshops: readonly Workshop[];
  readonly changes: readonly Change[];
}

/** Workshop after workshop, what is done for it by day and hour, and why: what a facilitator can check beforehand. */
export function planLines({ estate, from, until, workshops, changes }: Plan, style: TableStyle = {}): string[] {
  const { paint = unpainted } = style;
  const span = `${dateOf(from)} to ${dateOf(until)}`;
  const title = `${estate} from ${span}: ${count(workshops.length, 'workshop')}, ${count(changes.length, 'change')}`;
  if (changes.length === 0) return [paint('strong', title), 'Nothing is planned: nothing will be touched.'];
  return [paint('strong', title), ...chaptersOf(workshops, changes).flatMap((chapter) => chapterLines(chapter, style))];
}

/** Workshops for which something is done together, and everything that is done for any of them. */
interface Chapter {
  readonly workshops: readonly Workshop[];
  readonly changes: readonly Change[];
}

function chaptersOf(workshops: readonly Workshop[], changes: readonly Change[]): Chapter[] {
  const chapterOf = new Map(workshops.map(({ id }): [string, string] => [id, id]));
  for (const { workshops: together } of changes) {
    const joined = new Set(together.map(({ id }) => chapterOf.get(id)));
    const [first = ''] = joined;
    for (const [id, chapter] of chapterOf) if (joined.has(chapter)) chapterOf.set(id, first);
  }
  const chapters = Map.groupBy(changes, ({ workshops: [any] }) => chapterOf.get(any?.id ?? ''));
  return [...chapters].map(([chapter, ofChapter]) => ({
    workshops: workshops.filter(({ id }) => chapterOf.get(id) === chapter),
    changes: ofChapter,
  }));
}

function chapterLines(chapter: Chapter, style: TableStyle): string[] {
  const { width = 80, paint = unpainted } = style;
  const { workshops, changes } = chapter;
  const zone = zoneFor(workshops);
  const days = Map.groupBy(changes, ({ at }) => dateOf(at, zone));
  return [
    '',
    ...workshops.flatMap((workshop) => ['', ...workshopLines(workshop, style)]),
    '',
    ...wrap(zoneNote(zone, chapter), width).map((line) => paint('quiet', line)),
    ...[...days].flatMap(([day, ofDay]) => ['', paint('strong', day), ...dayLines(ofDay, zone, style)]),
  ];
}

/** The clock of those who come; where they do not share one, the one that everything else is printed in. */
function zoneFor(workshops: readonly Workshop[]): string {
  const [zone = 'UTC', ...others] = new Set(workshops.map((workshop) => workshop.zone));
  return others.length === 0 ? zone : 'UTC';
}

function zoneNote(zone: string, { workshops: [first], changes }: Chapter): string {
  if (changes.every(({ at }) => clockOf(at, zone) === clockOf(at))) return 'All times below are UTC.';
  const starts = first?.starts ?? new Date(0);
  const offsets = new Set(changes.map(({ at }) => offsetOf(at, zone)));
  const example = `${clockOf(starts, zone)} is ${clockOf(starts)} UTC`;
  return offsets.size === 1
    ? `All times below are of ${zone}, where ${example}.`
    : `All times below are of ${zone}, whose clocks change in between: on ${dayOf(starts, zone)} ${example}.`;
}

/** How far a zone's clock is ahead of UTC, in whole minutes of a day. */
function offsetOf(at: Date, zone: string): number {
  const [there = 0, here = 0] = [clockOf(at, zone), clockOf(at)].map((clock) => {
    const [hour = 0, minute = 0] = clock.split(':').map(Number);
    return hour * 60 + minute;
  });
  return (there - here + 1_440) % 1_440;
}

/** Who comes when, in the zone of those who come. */
function workshopLines(workshop: Workshop, { width = 80, paint = unpainted }: TableStyle): string[] {
  const facts = [timesOf(workshop), attendanceOf(workshop)].flatMap((fact) => wrap(fact, width - 2));
  return [paint('strong', fit(printable(workshop.title), width)), ...facts.map((line) => `  ${line}`)];
}

/** What in the calendar was doubtful: those who keep it are asked, because nobody else can know. */
export function troubleLines(
  troubles: readonly Trouble[],
  { width = 80, paint = unpainted }: TableStyle = {},
): string[] {
  if (troubles.length === 0) return [];
  const asked = troubles.flatMap(({ event, why, at }) => {
    const day = at === undefined ? '' : ` on ${dateOf(at)}`;
    const [first = '', ...rest] = wrap(printable(`“${event}”${day}: ${why}`), width - 4);
    return [`  → ${first}`, ...rest.map((line) => `    ${line}`)];
  });
  return ['', paint('caution', 'To be put right in the calendar'), ...asked];
}

/** What has one reason at one instant stands under it: a reason that is read seven times is not read. */
function dayLines(changes: readonly Change[], zone: string, style: TableStyle): string[] {
  let lastClock = '';
  const reasons = Map.groupBy(changes, ({ at, why }) => JSON.stringify([at, why]));
  return [...reasons.values()].flatMap((same) => {
    const [{ at, why } = { at: new Date(0), why: '' }] = same;
    const clock = clockOf(at, zone);
    const shown = clock === lastClock ? ' '.repeat(clock.length) : clock;
    lastClock = clock;
    const tone = TONES[same[0]?.does ?? 'check'];
    return [
      ...hanging(`  ${shown}  `, why + elsewhere(same, zone), style, same.some(isEvent) ? tone : undefined),
      ...merged(same.filter((change) => !isEvent(change))).flatMap((each) => changeLines(each, zone, style)),
    ];
  });
}

/** What people do and nobody has to do anything about: its reason says it all. */
const isEvent = ({ does }: Change): boolean => does === 'start' || does === 'end';

/** When it starts for those who come, where the times are of another zone. */
function elsewhere([change]: readonly Change[], zone: string): string {
  const [workshop] = change?.workshops ?? [];
  if (change?.does !== 'start' || !workshop || clockOf(change.at, workshop.zone) === clockOf(change.at, zone))
    return '';
  return `, at ${clockOf(change.at, workshop.zone)} in ${workshop.zone}`;
}

type Same = readonly [Change, ...Change[]];

/** The same thing done to both kinds of pools for the same reason is one thing to a person. */
function merged(changes: readonly Change[]): Same[] {
  const groups = Map.groupBy(changes, ({ does, until }) => JSON.stringify([does, until]));
  return [...groups.values()] as unknown as Same[];
}

const INDENT = ' '.repeat(11);
const DOES = 9;

function changeLines(same: Same, zone: string, style: TableStyle): string[] {
  const [{ does }] = same;
  const { paint = unpainted } = style;
  const [first = '', ...rest] = hanging(' '.repeat(INDENT.length + DOES), sentenceOf(same, zone), style);
  const lead = INDENT + paint(TONES[does] ?? 'quiet', does) + pad('', DOES - does.length);
  return [lead + first.slice(INDENT.length + DOES), ...rest];
}

/** A sentence after its lead, and wrapped under itself. */
function hanging(lead: string, sentence: string, { width = 80, paint = unpainted }: TableStyle, tone?: Tone): string[] {
  const [first = '', ...rest] = wrap(glued(printable(sentence)), Math.max(20, width - lead.length)).map(unglued);
  const toned = (line: string): string => (tone ? paint(tone, line) : line);
  return [lead + toned(first), ...rest.map((line) => ' '.repeat(lead.length) + toned(line))];
}

/** A number stays with its unit. */
const glued = (text: string): string => text.replaceAll(/(\d) (?=(?:d|h|min|s)\b)/g, '$1\u00a0');
const unglued = (line: string): string => line.replaceAll('\u00a0', ' ');

const TONES: Partial<Record<Deed, Tone>> = {
  raise: 'accent',
  hold: 'accent',
  pause: 'accent',
  freeze: 'accent',
  rotate: 'accent',
  check: 'caution',
  start: 'good',
  end: 'good',
};

/** What is done and until when, as one sentence. */
function sentenceOf(same: Same, zone: string): string {
  const [{ at, does, until }] = same;
  const pools = listed(same.flatMap((each) => poolOf(each)));
  const end = until ? untilOf(until, at, zone) : '';
  const lasting = until ? ` until ${end}` : '';
  const sentences: Readonly<Record<Deed, string>> = {
    check: 'everything is looked at',
    raise: `${pools}${lasting}`,
    lower: `${pools}${lasting}`,
    keep: `${pools.replaceAll(' to at least', ' at no fewer than')}${lasting}`,
    restore: `${pools} go back to what they were`,
    hold: `no new image is promoted${lasting}`,
    release: 'images are promoted again',
    rotate: `every key is made anew, to last past ${end}`,
    pause: `no key is rotated${lasting}`,
    resume: 'keys are rotated again',
    freeze: `no node is replaced${lasting}`,
    thaw: 'nodes are replaced again',
    start: '',
    end: '',
  };
  return sentences[does];
}

const poolOf = ({ kind, replicas }: Change): string[] => {
  if (kind === undefined) return [];
  return [replicas === undefined ? kind : `${kind} to at least ${replicas}`];
};
