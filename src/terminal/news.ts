import { printable } from '../board/words.ts';
import type { News } from '../core/report.ts';
import { unpainted, type Tone } from './paint.ts';
import type { TableStyle } from './table.ts';
import { wrap } from './text.ts';
import { together } from './together.ts';

const TONES: Readonly<Record<string, Tone>> = {
  fail: 'bad',
  failed: 'bad',
  unknown: 'caution',
  warn: 'caution',
  resolved: 'good',
  done: 'good',
};

/** What is told at one moment, what is the same for several regions once. */
export function newsBlock(news: readonly News[], at: Date, style: TableStyle = {}): string[] {
  const told = news.map((each) => ({ ...each, whole: each.subject }));
  const lines = together(told, ({ line, subject, kind }) => `${kind} ${line.replace(subject, '')}`).map(
    ({ line, whole, subject }) => line.replace(whole, subject),
  );
  return lines.flatMap((line) => newsLines(line, at, style));
}

/** A line of news with the time of day in front, broken under itself; its first word says how bad it is. */
function newsLines(line: string, at: Date, { width = 80, paint = unpainted }: TableStyle = {}): string[] {
  const clock = at.toISOString().slice(11, 19);
  const [first = '', ...rest] = wrap(printable(line), width - clock.length - 2);
  const word = /^\w+(?=:)/.exec(first)?.[0] ?? '';
  const tone = TONES[word];
  const told = tone ? paint(tone, word) + first.slice(word.length) : first;
  return [`${paint('quiet', clock)}  ${told}`, ...rest.map((each) => ' '.repeat(clock.length + 2) + each)];
}
