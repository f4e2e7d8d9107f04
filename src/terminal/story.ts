import { clockOf, dateOf, untilOf } from '../board/when.ts';
import { printable } from '../board/words.ts';
import { spellSetting, type Entry } from '../core/lease.ts';
import { unpainted } from './paint.ts';
import type { TableStyle } from './table.ts';
import { fit, pad, widthOf, wrap } from './text.ts';

const LONGEST_NAME = 16;

/** A knob's story as it is read: day by day, the newest first, and no reason cut short. */
export function storyLines(entries: readonly Entry[], style: TableStyle = {}): string[] {
  const { paint = unpainted } = style;
  const byWidth = Math.min(LONGEST_NAME, Math.max(...entries.map(({ by }) => widthOf(printable(by)))));
  const days = Map.groupBy(entries, ({ at }) => dateOf(at));
  return [...days].flatMap(([day, ofDay], i) => [
    ...(i > 0 ? [''] : []),
    `${paint('strong', day)}${i === 0 ? paint('quiet', ' (all times are UTC)') : ''}`,
    ...ofDay.flatMap((entry) => entryLines(entry, byWidth, style)),
  ]);
}

function entryLines(entry: Entry, byWidth: number, { width = 80 }: TableStyle): string[] {
  const { at, by } = entry;
  const lead = `  ${clockOf(at)}  ${pad(fit(printable(by), byWidth), byWidth)}  `;
  const [first = '', ...rest] = wrap(printable(sentenceOf(entry)), Math.max(20, width - widthOf(lead)));
  return [lead + first, ...rest.map((line) => ' '.repeat(widthOf(lead)) + line)];
}

function sentenceOf({ at, line, change }: Entry): string {
  if (!change) return line;
  const { from, to, until, why } = change;
  const turned = `from ${spellSetting(from)} to ${spellSetting(to)}`;
  return until ? `set ${turned} until ${untilOf(until, at)}: ${why}` : `put back ${turned}; ${why}`;
}
