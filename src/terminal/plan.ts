import { count, listed, printable } from '../board/words.ts';
import { attendanceOf, clockOf, dateOf, timesOf, untilOf } from '../board/when.ts';
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

/** Every change by its day and hour, with its reason: what a facilitator can check before anything happens. */
export function planLines({ estate, from, until, workshops, changes }: Plan, style: TableStyle = {}): string[] {
  const { paint = unpainted } = style;
  const span = `${dateOf(from)} to ${dateOf(until)}`;
  const title = `${estate} from ${span}: ${count(workshops.length, 'workshop')}, ${count(changes.length, 'change')}`;
  if (changes.length === 0) return [paint('strong', title), 'Nothing is planned: nothing will be touched.'];
  const days = Map.groupBy(changes, ({ at }) => dateOf(at));
  return [
    paint('strong', title),
    ...workshops.flatMap((workshop) => ['', ...workshopLines(workshop, style)]),
    '',
    paint('quiet', 'All times below are UTC.'),
    ...[...days].flatMap(([day, ofDay]) => ['', paint('strong', day), ...dayLines(ofDay, style)]),
  ];
}

/** Who comes when, in the zone of those who come. */
export function workshopLines(workshop: Workshop, { width = 80, paint = unpainted }: TableStyle): string[] {
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

function dayLines(changes: readonly Change[], style: TableStyle): string[] {
  let lastClock = '';
  return merged(changes).flatMap((same) => {
    const clock = clockOf(same[0].at);
    const shown = clock === lastClock ? '     ' : clock;
    lastClock = clock;
    return changeLines(shown, same, style);
  });
}

type Same = readonly [Change, ...Change[]];

/** The same thing done to both kinds of pools for the same reason is one thing to a person. */
function merged(changes: readonly Change[]): Same[] {
  const groups = Map.groupBy(changes, ({ at, does, until, why }) => JSON.stringify([at, does, until, why]));
  return [...groups.values()] as unknown as Same[];
}

const DOES = 9;

function changeLines(clock: string, same: Same, { width = 80, paint = unpainted }: TableStyle): string[] {
  const [change] = same;
  const indent = 2 + clock.length + 2 + DOES;
  const lines = wrap(glued(printable(sentenceOf(same))), Math.max(20, width - indent)).map(unglued);
  const [first = '', ...rest] = lines;
  const does = paint(TONES[change.does] ?? 'quiet', change.does) + pad('', DOES - change.does.length);
  return [`  ${clock}  ${does}${first}`, ...rest.map((line) => ' '.repeat(indent) + line)];
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

/** What is done, until when, and why, as one sentence. */
function sentenceOf(same: Same): string {
  const [{ at, does, until, why }] = same;
  const pools = listed(same.flatMap((each) => poolOf(each)));
  const lasting = until ? ` until ${untilOf(until, at)}` : '';
  const sentences: Readonly<Record<Deed, string>> = {
    check: `everything is looked at: ${why}`,
    raise: `${pools}${lasting}: ${why}`,
    lower: `${pools}${lasting}: ${why}`,
    keep: `${pools}${lasting}: ${why}`,
    restore: `${pools} go back to what they were: ${why}`,
    hold: `promotions${lasting}: ${why}`,
    release: `promotions: ${why}`,
    rotate: `every key, to last past ${until ? untilOf(until, at) : ''}: ${why}`,
    pause: `rotation${lasting}: ${why}`,
    resume: `rotation: ${why}`,
    freeze: `nodes${lasting}: ${why}`,
    thaw: `nodes: ${why}`,
    start: why,
    end: why,
  };
  return sentences[does];
}

const poolOf = ({ kind, replicas }: Change): string[] => {
  if (kind === undefined) return [];
  return [replicas === undefined ? kind : `${kind} to at least ${replicas}`];
};
