import { printable } from './words.ts';

const safe: unique symbol = Symbol('safe');

/** Markup that was made by `html` and nothing else, so that text can never pass for it. */
export interface Html {
  readonly [safe]: string;
}

export type Value = Html | string | number | false | null | undefined | readonly Value[];

/**
 * A fragment of markup. Everything put into it is escaped, unless it is such a fragment itself; lists are joined,
 * and `undefined`, `null` and `false` leave nothing behind. Attributes must be quoted.
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  return {
    [safe]: strings.map((string, index) => string + (index < values.length ? spell(values[index]) : '')).join(''),
  };
}

/** Text that is known to be markup because we wrote it ourselves: a style sheet, a script. Never anything from outside. */
export const ours = (markup: string): Html => ({ [safe]: markup });

export const markupOf = (fragment: Html): string => fragment[safe];

function spell(value: Value): string {
  if (value === undefined || value === null || value === false) return '';
  if (typeof value === 'string') return escaped(value);
  if (typeof value === 'number') return String(value);
  return isHtml(value) ? value[safe] : value.map(spell).join('');
}

const isHtml = (value: Html | readonly Value[]): value is Html => !Array.isArray(value);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

const escaped = (text: string): string => printable(text).replace(/[&<>"'`]/g, (mark) => ENTITIES[mark] ?? '');
