import { attendanceOf, clockOf, dateOf, dayOf } from '../board/when.ts';
import { printable } from '../board/words.ts';
import { crowdAt, spellCrowd } from '../core/crowd.ts';
import type { Sizing } from '../core/policy.ts';
import type { Workshop } from '../core/workshop.ts';
import { unpainted } from './paint.ts';
import type { TableStyle } from './table.ts';
import { pad, widthOf, wrap } from './text.ts';

/** The workshops ahead as their people see them, each on the clock of its own zone. Nothing is cut short. */
export function workshopsLines(workshops: readonly Workshop[], sizing: Sizing, style: TableStyle = {}): string[] {
  if (workshops.length === 0) return ['No workshop is on the calendar.'];
  const dates = workshops.map(({ starts, zone }) => dateOf(starts, zone));
  const column = Math.max(...dates.map(widthOf)) + 2;
  return workshops.flatMap((workshop, i) =>
    workshopLines(workshop, crowdOf(workshop, workshops, sizing), column, style).map(
      (line, n) => pad(n === 0 ? (dates[i] ?? '') : '', column) + line,
    ),
  );
}

function workshopLines(
  workshop: Workshop,
  crowd: string | undefined,
  column: number,
  { width = 80, paint = unpainted }: TableStyle,
): string[] {
  const { title, starts, ends, zone } = workshop;
  const room = Math.max(20, width - column);
  const when = `${clockOf(starts, zone)} to ${endOf(starts, ends, zone)} in ${zone}; ${attendanceOf(workshop)}`;
  return [
    ...wrap(printable(title), room).map((line) => paint('strong', line)),
    ...wrap(when, room),
    ...(crowd === undefined ? [] : wrap(printable(crowd), room).map((line) => paint('caution', line))),
  ];
}

/** Told where it is one larger room that has to be got ready. */
function crowdOf(workshop: Workshop, workshops: readonly Workshop[], sizing: Sizing): string | undefined {
  const crowd = crowdAt(workshop, workshops, sizing);
  return crowd.workshops.length > 1 ? `${spellCrowd(crowd)}.` : undefined;
}

function endOf(starts: Date, ends: Date, zone: string): string {
  const clock = clockOf(ends, zone);
  return dayOf(starts, zone) === dayOf(ends, zone) ? clock : `${dayOf(ends, zone)} ${clock}`;
}
