import { unpainted, type Paint, type Tone } from './paint.ts';
import { printable } from '../board/words.ts';
import { fit, pad, widthOf, type Align } from './text.ts';

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
