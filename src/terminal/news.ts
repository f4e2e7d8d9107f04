import { printable } from '../board/words.ts';
import { linesOf, paragraphsOf, type Paragraph } from '../core/message.ts';
import type { News } from '../core/report.ts';
import { unpainted, type Tone } from './paint.ts';
import type { TableStyle } from './table.ts';
import { fold } from './text.ts';

const TONES: Readonly<Record<string, Tone>> = {
  fail: 'bad',
  failed: 'bad',
  unknown: 'caution',
  warn: 'caution',
  resolved: 'good',
  done: 'good',
};

/** What is told at one moment, each paragraph with the time of day in front and broken under itself. */
export const newsBlock = (news: readonly News[], at: Date, style: TableStyle = {}): string[] =>
  paragraphsOf(news).flatMap((paragraph) => paragraphLines(paragraph, at, style));

/** Its first word says how bad it is; commands are left whole, to be copied. */
function paragraphLines(paragraph: Paragraph, at: Date, { width = 80, paint = unpainted }: TableStyle = {}): string[] {
  const clock = at.toISOString().slice(11, 19);
  const indent = ' '.repeat(clock.length + 2);
  const tone = TONES[paragraph.word.replace(/^still /, '')];
  return linesOf(paragraph).flatMap((line, index) => {
    if (line.startsWith(COMMAND)) return [`${indent}${paint('accent', printable(line))}`];
    const [first = '', ...rest] = fold(printable(line), width - indent.length);
    if (index > 0) return [first, ...rest].map((each) => indent + each);
    const { length } = paragraph.word;
    const told = tone ? paint(tone, first.slice(0, length)) + first.slice(length) : first;
    return [`${paint('quiet', clock)}  ${told}`, ...rest.map((each) => indent + each)];
  });
}

const COMMAND = '    npx ';
