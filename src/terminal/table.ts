import { unpainted, type Paint, type Tone } from './paint.ts';
import { printable } from '../board/words.ts';
import { fit, pad, widthOf, wrap, type Align } from './text.ts';

export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Column {
  readonly title: string;
  readonly align?: Align;
  /** May be cut where the terminal is narrow; the others are shown whole. */
  readonly yields?: boolean;
}

export interface TableStyle {
  readonly width?: number;
  readonly paint?: Paint;
  readonly indent?: number;
}

const GAP = '  ';
const LEAST = 8;

/** Rows under their titles, each column as wide as it must be, the yielding ones cut to the terminal's width. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  { width = Number.POSITIVE_INFINITY, paint = unpainted, indent = 0 }: TableStyle = {},
): string[] {
  const widths = widthsOf(columns, rows, width - indent);
  const line = (cells: readonly Cell[]): string =>
    ' '.repeat(indent) + columns.map((column, i) => draw(cells[i] ?? '', widths[i] ?? 0, column, paint)).join(GAP);
  const titles = columns.map(({ title }): Cell => ({ text: title, tone: 'quiet' }));
  return [titles, ...rows].map((cells) => line(cells).trimEnd());
}

/** Less of a cut column than this tells nobody anything. */
const READABLE = 16;

/** A table where the terminal has room for it; elsewhere a few lines for each row, with nothing cut. */
export function listing(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  style: TableStyle = {},
): string[] {
  const { width = Number.POSITIVE_INFINITY, indent = 0 } = style;
  const natural = widthsOf(columns, rows, Number.POSITIVE_INFINITY);
  const least = columns.map(({ yields }, i) => Math.min(natural[i] ?? 0, yields ? READABLE : Number.POSITIVE_INFINITY));
  const needed = least.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1);
  return needed <= width - indent
    ? table(columns, rows, style)
    : rows.flatMap((cells) => record(columns, cells, style));
}

/** What names a row on a line of its own, and below it each of the others beside its title. */
function record(
  columns: readonly Column[],
  cells: readonly Cell[],
  { width = Number.POSITIVE_INFINITY, paint = unpainted, indent = 0 }: TableStyle,
): string[] {
  const names = 1 + columns.findIndex(({ title }) => title !== '');
  const inked = (cell: Cell): string =>
    typeof cell === 'string' ? printable(cell) : paint(cell.tone, printable(cell.text));
  const head = ' '.repeat(indent) + cells.slice(0, names).map(inked).join(GAP);
  const labels = Math.max(...columns.slice(names).map(({ title }) => widthOf(title)));
  const lead = ' '.repeat(indent + 2);
  const room = Math.max(LEAST, width - lead.length - labels - GAP.length);
  const lines = columns.slice(names).flatMap(({ title }, i): string[] => {
    const cell = cells[names + i] ?? '';
    if (textOf(cell) === '') return [];
    return wrap(textOf(cell), room).map((line, nth) => {
      const label = pad(nth === 0 ? title : '', labels);
      return lead + paint('quiet', label) + GAP + (typeof cell === 'string' ? line : paint(cell.tone, line));
    });
  });
  return [head, ...lines];
}

const textOf = (cell: Cell): string => printable(typeof cell === 'string' ? cell : cell.text);

function draw(cell: Cell, columns: number, { align = 'left' }: Column, paint: Paint): string {
  const shown = fit(textOf(cell), columns);
  const padded = pad(shown, columns, align);
  if (typeof cell === 'string' || shown === '') return padded;
  return padded.replace(shown, () => paint(cell.tone, shown));
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly Cell[])[], room: number): number[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(widthOf(title), ...rows.map((cells) => widthOf(textOf(cells[i] ?? '')))),
  );
  let over = widths.reduce((sum, each) => sum + each, 0) + GAP.length * (columns.length - 1) - room;
  while (over > 0) {
    const widest = columns
      .map(({ yields }, i) => ({ i, columns: yields ? (widths[i] ?? 0) : 0 }))
      .reduce((a, b) => (b.columns > a.columns ? b : a));
    if (widest.columns <= LEAST) break;
    const given = Math.min(over, widest.columns - LEAST, 1);
    widths[widest.i] = widest.columns - given;
    over -= given;
  }
  return widths;
}
