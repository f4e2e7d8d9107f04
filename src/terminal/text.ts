import { stripVTControlCharacters } from 'node:util';

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
const ASCII = /^[\x20-\x7e]*$/;
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** How many columns of a terminal a text takes: colours none, an ideograph or an emoji two. */
export function widthOf(text: string): number {
  const bare = stripVTControlCharacters(text);
  if (ASCII.test(bare)) return bare.length;
  let columns = 0;
  for (const { segment } of segmenter.segment(bare)) columns += WIDE.test(segment) ? 2 : 1;
  return columns;
}

/** The text in at most `columns` columns, with an ellipsis where something was left out. */
export function fit(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns < 1) return '';
  let kept = '';
  let used = 0;
  for (const { segment } of segmenter.segment(text)) {
    const wide = WIDE.test(segment) ? 2 : 1;
    if (used + wide > columns - 1) break;
    kept += segment;
    used += wide;
  }
  return `${kept}…`;
}

export type Align = 'left' | 'right';

export function pad(text: string, columns: number, align: Align = 'left'): string {
  const room = ' '.repeat(Math.max(0, columns - widthOf(text)));
  return align === 'left' ? text + room : room + text;
}

/** Breaks a sentence into lines of at most `columns` columns, between words where it can. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, columns))) {
    if (line !== '' && widthOf(line) + 1 + widthOf(word) > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** A line of at most `columns` columns, broken between words and hung under its own beginning. */
export function fold(line: string, columns: number): string[] {
  if (widthOf(line) <= columns) return [line];
  const bare = line.trimStart();
  const lead = line.slice(0, line.length - bare.length);
  const [first = '', ...rest] = wrap(bare, Math.max(1, columns - lead.length - HANG.length));
  return [lead + first, ...rest.map((each) => lead + HANG + each)];
}

const HANG = '  ';

/** A digest or an address may be longer than a line: it is cut hard, because leaving a part out would be a lie. */
function pieces(word: string, columns: number): string[] {
  if (widthOf(word) <= columns) return [word];
  const cut: string[] = [];
  for (let at = 0; at < word.length; at += columns) cut.push(word.slice(at, at + columns));
  return cut;
}
