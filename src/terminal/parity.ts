import type { FindingView } from '../board/findings.ts';
import type { CellState, CellView, ImageView, Parity, ReleaseView } from '../board/releases.ts';
import type { View } from '../board/view.ts';
import { printable } from '../board/words.ts';
import type { Status } from '../core/finding.ts';
import { unpainted, type Paint, type Tone } from './paint.ts';
import { table, type Cell, type Column, type TableStyle } from './table.ts';
import { widthOf, wrap } from './text.ts';
import { together } from './together.ts';

const WORDS = { GO: 'good', 'NO-GO': 'bad', UNKNOWN: 'caution' } as const satisfies Record<string, Tone>;

/** The one word, and why. */
export function verdictLines(
  { verdict }: Pick<View, 'verdict'>,
  { width = 80, paint = unpainted }: TableStyle = {},
): string[] {
  const [first = '', ...rest] = wrap(printable(verdict.why), width - verdict.word.length - 3);
  const indent = ' '.repeat(verdict.word.length + 2);
  return [`${paint(WORDS[verdict.word], verdict.word)}  ${first}`, ...rest.map((line) => indent + line)];
}

/** Images × regions, the verdict above and what is amiss below. */
export function parityLines(view: View, style: TableStyle = {}): string[] {
  const amiss = view.findings.filter(({ status }) => status !== 'ok');
  return [
    ...verdictLines(view, style),
    ...view.images.flatMap((image) => ['', ...imageLines(image, view, style)]),
    ...together(amiss, sameFinding).flatMap((finding) => ['', ...findingLines(finding, style)]),
  ];
}

const sameFinding = ({ check, status, evidence, remedy }: FindingView): string =>
  JSON.stringify([check, status, evidence, remedy]);

function imageLines(image: ImageView, { regions }: View, style: TableStyle): string[] {
  const { paint = unpainted, width = 80 } = style;
  const title = `${paint('strong', image.name)}  ${paint('quiet', `from ${printable(image.source)}`)}`;
  const columns: Column[] = [
    { title: 'tag', yields: true },
    { title: 'wanted' },
    ...regions.map(({ region }) => ({ title: region })),
    { title: 'parity' },
  ];
  const rows = image.releases.map((release) => [
    release.tag,
    release.wanted.short ?? { text: 'unknown', tone: 'caution' as const },
    ...release.cells.map((cell) => cellOf(cell, release)),
    parityCell(release.parity),
  ]);
  const wide = table(columns, rows, { ...style, width: Number.POSITIVE_INFINITY, paint: unpainted, indent: 2 });
  const fits = wide.every((line) => line.length <= width);
  return [title, ...(fits ? table(columns, rows, { ...style, indent: 2 }) : narrow(image, style))];
}

/** One row for each region, where a row for each tag would not fit. */
function narrow(image: ImageView, style: TableStyle): string[] {
  const columns: Column[] = [
    { title: 'tag' },
    { title: 'region', yields: true },
    { title: 'serves' },
    { title: 'parity' },
  ];
  const rows = image.releases.flatMap((release) => [
    [release.tag, 'source', release.wanted.short ?? 'unknown', parityCell(release.parity)],
    ...release.cells.map((cell) => ['', cell.region, cellOf(cell, release), '']),
  ]);
  return table(columns, rows, { ...style, indent: 2 });
}

const STATES: Record<CellState, { mark: string; tone: Tone }> = {
  'in step': { mark: '✓', tone: 'good' },
  pinned: { mark: '✓', tone: 'good' },
  copying: { mark: '…', tone: 'accent' },
  held: { mark: '•', tone: 'caution' },
  behind: { mark: '✗', tone: 'bad' },
  missing: { mark: '✗', tone: 'bad' },
  unknown: { mark: '?', tone: 'caution' },
};

/** Where a region serves what is wanted, the digest stands in the row already. */
function cellOf({ state, digest, short }: CellView, { wanted }: ReleaseView): Cell {
  const { mark, tone } = STATES[state];
  const said = digest !== undefined && digest === wanted.digest ? saidOf(state) : (short ?? saidOf(state));
  return { text: `${mark} ${said}`, tone };
}

const saidOf = (state: CellState): string => (state === 'in step' ? 'same' : state);

function parityCell({ holds, agree, of }: Parity): Cell {
  const tone: Tone = holds === 'yes' ? 'good' : holds === 'no' ? 'bad' : 'caution';
  return { text: `${agree} of ${of}`, tone };
}

const TONES: Record<Status, Tone> = { ok: 'good', warn: 'caution', fail: 'bad', unknown: 'caution' };

/** What is amiss, what was wanted, and what to do about it. */
function findingLines(finding: FindingView, { width = 80, paint = unpainted }: TableStyle = {}): string[] {
  const { evidence, remedy } = finding;
  const block = (text: string): string[] => wrap(printable(text), width - 4).map((line) => `    ${line}`);
  const ask = remedy === undefined ? [] : wrap(printable(remedy.say), width - 4);
  return [
    ...heading(finding, width, paint),
    ...block(`want ${evidence.want}`),
    ...block(`have ${evidence.have}`),
    ...ask.map((line, i) => `  ${i === 0 ? paint('accent', '→') : ' '} ${line}`),
    ...(remedy?.command === undefined ? [] : [`    ${paint('accent', remedy.command)}`]),
  ];
}

const STATUS_COLUMNS = 8;

/** Status, subject and check in one line where there is room for it. */
function heading({ status, subject, check }: FindingView, width: number, paint: Paint): string[] {
  const [first = '', ...more] = wrap(printable(subject), width - STATUS_COLUMNS);
  const word = paint(TONES[status], status.padEnd(STATUS_COLUMNS - 1));
  const fits = more.length === 0 && STATUS_COLUMNS + widthOf(first) + 2 + widthOf(check) <= width;
  const strong = [first, ...more].map((line) => paint('strong', line));
  const [head = '', ...rest] = strong;
  if (fits) return [`${word} ${head}  ${paint('quiet', check)}`];
  const indent = ' '.repeat(STATUS_COLUMNS);
  return [`${word} ${head}`, ...rest.map((line) => indent + line), indent + paint('quiet', check)];
}
