import { attendanceOf, clockOf, dateOf, timesOf, untilOf } from '../board/when.ts';
import { printable, relative } from '../board/words.ts';
import { POOL_KINDS } from '../core/capacity.ts';
import { crowdsBehind, spellCrowd } from '../core/crowd.ts';
import type { CheckDue, Floor, Phase, Posture, Shut } from '../core/posture.ts';
import type { Workshop } from '../core/workshop.ts';
import { unpainted, type Tone } from './paint.ts';
import { table, type Cell, type Column, type TableStyle } from './table.ts';
import { pad, widthOf, wrap } from './text.ts';

const TONES: Partial<Record<Phase, Tone>> = { live: 'good', grace: 'good', planned: 'quiet' };

/** What must be true now, one line for everything that Greenroom touches, whether it is touched or not. */
export function postureLines(posture: Posture, estate: string, style: TableStyle = {}): string[] {
  const { paint = unpainted } = style;
  const { at, next } = posture;
  const rows: Row[] = [
    ...POOL_KINDS.map((kind) => floorRow(kind, posture)),
    shutRow('promotions', 'held', 'open', posture.held, at),
    rotationRow(posture),
    shutRow('nodes', 'frozen', 'may be replaced', posture.frozen, at),
    ...posture.checks.map((check) => checkRow(check, at)),
  ];
  return [
    paint('strong', `${estate} at ${dateOf(at)} ${clockOf(at)} UTC`),
    ...workshopsLines(posture, style),
    '',
    ...rowLines(rows, style),
    ...crowdLines(posture, style),
    '',
    next
      ? `The next change is ${relative(at, next)}: ${dateOf(next)} ${clockOf(next)} UTC.`
      : 'Nothing changes as far as the calendar goes.',
  ];
}

const COLUMNS: readonly Column[] = [{ title: 'what' }, { title: 'must be' }, { title: 'until' }];
const ROOM_FOR_TITLES = 24;

/** A table whose last column wraps, below the others where there is no room beside them: no title is cut short. */
function rowLines(rows: readonly Row[], style: TableStyle): string[] {
  const { width = 80, paint = unpainted } = style;
  const [head = '', ...lines] = table(
    COLUMNS,
    rows.map(({ cells }) => cells),
    { ...style, indent: 2 },
  );
  const beside = Math.max(...[head, ...lines].map(widthOf)) + 2;
  const isBeside = width - beside >= ROOM_FOR_TITLES;
  const indent = isBeside ? beside : 2 + widthOf('provisioners') + 2;
  return [
    isBeside ? pad(head, beside) + paint('quiet', 'for') : head,
    ...lines.flatMap((line, i) => {
      const titles = wrap(printable(rows[i]?.titles ?? ''), width - indent).map((each) => ' '.repeat(indent) + each);
      if ((rows[i]?.titles ?? '') === '') return [line];
      return isBeside ? [pad(line, beside) + titles[0]?.slice(beside), ...titles.slice(1)] : [line, ...titles];
    }),
  ];
}

/** Why a floor is higher than any one workshop would explain. */
function crowdLines({ floors }: Posture, { width = 80 }: TableStyle): string[] {
  const crowds = floors.flatMap(crowdsBehind).filter(({ workshops }) => workshops.length > 1);
  const said = [...new Set(crowds.map(spellCrowd))];
  return said.flatMap((sentence) => ['', ...wrap(printable(`${sentence}.`), width - 2).map((line) => `  ${line}`)]);
}

/** Workshops beyond these are on the plan. */
const SHOWN = 5;

const INDENT = 10;

function workshopsLines({ at, workshops }: Posture, { width = 80, paint = unpainted }: TableStyle): string[] {
  if (workshops.length === 0) return ['', 'No workshop is on the calendar.'];
  const blocks = workshops.slice(0, SHOWN).flatMap(({ workshop, phase }) => {
    const facts = [timesOf(workshop), attendanceOf(workshop)].flatMap((fact) => wrap(fact, width - INDENT));
    const title = `${paint('strong', printable(workshop.title))} ${startsOrEnds(workshop, at)}`;
    const word = paint(TONES[phase] ?? 'accent', phase) + ' '.repeat(INDENT - phase.length);
    return ['', word + title, ...facts.map((line) => ' '.repeat(INDENT) + line)];
  });
  const more = workshops.length - SHOWN;
  return more > 0 ? [...blocks, '', `And ${more} more: npx greenroom plan`] : blocks;
}

function startsOrEnds({ starts, ends }: Workshop, at: Date): string {
  if (at < starts) return `starts ${relative(at, starts)}`;
  return at < ends ? `ends ${relative(at, ends)}` : `ended ${relative(at, ends)}`;
}

interface Row {
  readonly cells: readonly Cell[];
  readonly titles?: string;
}

function floorRow(kind: Floor['kind'], { at, floors }: Posture): Row {
  const floor = floors.find((each) => each.kind === kind);
  if (!floor) return { cells: [kind, { text: 'as they are', tone: 'quiet' }] };
  const most = crowdsBehind(floor).flatMap(({ workshops }) => workshops);
  const must: Cell = { text: `at least ${floor.replicas}`, tone: 'accent' };
  return { cells: [kind, must, untilOf(floor.until, at)], titles: titlesOf(most) };
}

function shutRow(what: string, word: string, otherwise: string, shut: Shut | undefined, at: Date): Row {
  if (!shut) return { cells: [what, { text: otherwise, tone: 'quiet' }] };
  return { cells: [what, { text: word, tone: 'accent' }, untilOf(shut.until, at)], titles: titlesOf(shut.workshops) };
}

function rotationRow({ at, paused, rotationDue }: Posture): Row {
  if (!rotationDue) return shutRow('rotation', 'paused', 'runs', paused, at);
  const { until, outlast, workshops } = rotationDue;
  const must: Cell = { text: `made anew, to last past ${untilOf(outlast, at)}`, tone: 'accent' };
  return { cells: ['keys', must, untilOf(until, at)], titles: titlesOf(workshops) };
}

const checkRow = ({ workshop, since }: CheckDue, at: Date): Row => ({
  cells: ['checks', { text: `made since ${untilOf(since, at)}`, tone: 'caution' }, untilOf(workshop.ends, at)],
  titles: titlesOf([workshop]),
});

const titlesOf = (workshops: readonly { readonly title: string }[]): string =>
  workshops.map(({ title }) => `“${title}”`).join(', ');
