import { clockOf, dayOf } from '../board/when.ts';
import type { Workshop } from '../core/workshop.ts';
import { table, type Cell, type Column, type TableStyle } from './table.ts';

const COLUMNS: readonly Column[] = [
  { title: 'date' },
  { title: 'time' },
  { title: 'zone' },
  { title: 'workshop', yields: true },
  { title: 'people', align: 'right' },
  { title: 'says who' },
];

const SAYS = { description: 'description', attendees: 'accepted', estate: 'default' } as const;

/** The workshops ahead as their people see them, each on the clock of its own zone. */
export const workshopsLines = (workshops: readonly Workshop[], style: TableStyle = {}): string[] =>
  workshops.length === 0 ? ['No workshop is on the calendar.'] : table(COLUMNS, workshops.map(row), style);

const row = ({ title, starts, ends, zone, attendance }: Workshop): Cell[] => [
  dayOf(starts, zone),
  `${clockOf(starts, zone)} to ${endOf(starts, ends, zone)}`,
  zone,
  title,
  String(attendance.people),
  { text: SAYS[attendance.from], tone: 'quiet' },
];

function endOf(starts: Date, ends: Date, zone: string): string {
  const clock = clockOf(ends, zone);
  return dayOf(starts, zone) === dayOf(ends, zone) ? clock : `${dayOf(ends, zone)} ${clock}`;
}
