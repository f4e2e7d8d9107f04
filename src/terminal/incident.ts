import { clockOf } from '../board/when.ts';
import { between, spokenDuration } from '../core/time.ts';
import { unpainted } from './paint.ts';
import { table, type Cell, type TableStyle } from './table.ts';

/** A workshop with the rotator of the incident in it, as its people lived through it. */
export interface IncidentRow {
  readonly withGreenroom: boolean;
  readonly people: number;
  readonly deleted: readonly Date[];
  readonly requests: number;
  readonly failed: number;
  readonly firstFailure?: Date;
  readonly lastFailure?: Date;
  readonly restarted: number;
}

const number = (count: number): string => count.toLocaleString('en-US');

const ROWS: readonly (readonly [string, (row: IncidentRow) => string])[] = [
  ['people', ({ people }) => String(people)],
  ['requests to the models', ({ requests }) => number(requests)],
  ['failed requests', ({ failed }) => number(failed)],
  [
    'failing',
    ({ firstFailure: first, lastFailure: last }) =>
      first && last ? `from ${clockOf(first)} UTC, for ${spokenDuration(between(first, last))}` : 'never',
  ],
  ['keys deleted in the workshop', ({ deleted }) => deleted.map((at) => `1 at ${clockOf(at)} UTC`).join(', ') || '0'],
  ['workspaces restarted', ({ restarted }) => String(restarted)],
];

/** The same workshop without Greenroom and with it, as far as both have been played. */
export function incidentLines(rows: readonly IncidentRow[], style: TableStyle = {}): string[] {
  const { paint = unpainted } = style;
  const columns = [false, true].map((withGreenroom) => rows.find((row) => row.withGreenroom === withGreenroom));
  const cell = (row: IncidentRow | undefined, say: (row: IncidentRow) => string): Cell =>
    row ? { text: say(row), tone: row.failed > 0 ? 'bad' : 'good' } : { text: 'not played yet', tone: 'quiet' };
  const lines = table(
    [{ title: 'the historic rotator in a workshop' }, { title: 'without Greenroom' }, { title: 'with Greenroom' }],
    ROWS.map(([what, say]) => [what, ...columns.map((row) => cell(row, say))]),
    style,
  );
  const missing = columns[0] ? (columns[1] ? undefined : '') : ' --without-greenroom';
  return missing === undefined
    ? lines
    : [...lines, paint('quiet', `The other column: npx greenroom scene historic-rotator${missing}`)];
}
