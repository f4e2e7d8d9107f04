import { isObject, parseJson } from './json.ts';

/** One way in that a server offers: the scheme in lower case, its parameters by their names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const NAME = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const PARAMETER = new RegExp(`(${NAME})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,"]+))`, 'y');
const SCHEME = new RegExp(`(${NAME})(?:[ \\t]+([A-Za-z0-9._~+/-]+=*)(?=[ \\t]*(?:,|$)))?`, 'y');
const BETWEEN = /[\s,]*/y;

/**
 * Every challenge of a WWW-Authenticate header, in its order.
 *
 * Several challenges and their parameters are all separated by commas, and a scope has commas inside its quotes, so
 * the text cannot be cut at commas. What cannot be read ends the list. Source: RFC 9110 §11.6.1.
 */
export function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Record<string, string> }[] = [];
  let at = past(BETWEEN, header, 0)?.end ?? 0;
  while (at < header.length) {
    const parameter = past(PARAMETER, header, at);
    const last = found.at(-1);
    const next = parameter && last ? parameter : past(SCHEME, header, at);
    if (!next) break;
    const [, name = '', quoted, bare] = next.groups;
    if (next === parameter && last)
      last.parameters[name.toLowerCase()] = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '';
    else found.push({ scheme: name.toLowerCase(), parameters: {} });
    at = past(BETWEEN, header, next.end)?.end ?? next.end;
  }
  return found;
}

function past(pattern: RegExp, text: string, from: number): { groups: RegExpExecArray; end: number } | undefined {
  pattern.lastIndex = from;
  const groups = pattern.exec(text);
  return groups ? { groups, end: pattern.lastIndex } : undefined;
}

const LINK = /<([^<>]*)>((?:[ \t]*;[ \t]*[^\s=;,<>]+(?:[ \t]*=[ \t]*(?:"[^"]*"|[^\s;,"<>]*))?)*)/g;
const REL = /;[ \t]*rel[ \t]*=[ \t]*(?:"([^"]*)"|([^\s;,"]+))/i;

/** The address of the next page as the Link header gives it: relative or absolute, and to be resolved. Source: RFC 8288. */
export function nextPage(header: string | undefined): string | undefined {
  for (const [, target, attributes = ''] of (header ?? '').matchAll(LINK)) {
    const [, quoted, bare] = REL.exec(attributes) ?? [];
    if ((quoted ?? bare ?? '').toLowerCase().split(/\s+/).includes('next')) return target;
  }
  return undefined;
}

/**
 * Milliseconds that a Retry-After header asks for: seconds, or until an HTTP date, which may be past already.
 *
 * A date is held against the answer's own `Date`, because it is by the server's clock and ours may be another.
 */
export function retryAfter(header: string | undefined, date: string | undefined): number | undefined {
  const text = header?.trim() ?? '';
  if (/^\d+(?:\.\d+)?$/.test(text)) return Number(text) * 1_000;
  const ms = instantOf(text) - instantOf(date?.trim() ?? '');
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

const instantOf = (text: string): number => (/^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : NaN);

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  '\u00b5s': 1e-3,
  '\u03bcs': 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};
const GO_PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)/g;
const GO_DURATION = /^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))+$/;

/** Milliseconds of a duration as Go writes it: `880.092µs` (either micro sign), `1.16676ms`, `1m30s`. */
export function goDuration(text: string): number | undefined {
  if (text === '0') return 0;
  if (!GO_DURATION.test(text)) return undefined;
  return [...text.matchAll(GO_PART)].reduce((sum, [, n, unit = '']) => sum + Number(n) * (MS_PER_UNIT[unit] ?? NaN), 0);
}

/**
 * Milliseconds that a message asks us to wait, as in GHCR's `toomanyrequests: retry-after: 1.16676ms, allowed: 44000/minute`.
 * GHCR says it here and often nowhere else.
 */
export function waitInMessage(message: string): number | undefined {
  const told = /retry-after:\s*"?([0-9.]+[0-9.a-z\u00b5\u03bc]*)/i.exec(message)?.[1];
  if (told === undefined) return undefined;
  return /^\d+$/.test(told) ? Number(told) * 1_000 : goDuration(told);
}

export interface ContentRange {
  /** Both inclusive, as HTTP counts. */
  readonly first: number;
  readonly last: number;
  /** Of the whole, where the server knows. */
  readonly size?: number;
}

/** `bytes 5-9/10`, `bytes 5-9/*`. */
export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const [, first, last, size] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(header?.trim() ?? '') ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first)) return undefined;
  return { first: Number(first), last: Number(last), ...(size !== '*' && { size: Number(size) }) };
}

/** What a server said was wrong. */
export interface Complaint {
  readonly code?: string;
  readonly message?: string;
}

const LONGEST_MESSAGE = 300;

/**
 * The first error of a body: a registry's `{"errors":[{"code","message"}]}`, a token server's `{"details"}`, or the
 * `<Code>` of object storage. Of the latter nothing else is read: it repeats parts of the signed address.
 */
export function parseComplaint(body: string): Complaint {
  const json = parseJson(body);
  if (!isObject(json)) return pick({ code: /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(body)?.[1] });
  const first = Array.isArray(json['errors']) ? (json['errors'] as readonly unknown[])[0] : json;
  const { code, message, details, error, error_description: description } = (first ?? {}) as Record<string, unknown>;
  return pick({ code: code ?? error, message: message ?? details ?? description });
}

function pick({ code, message }: { readonly code?: unknown; readonly message?: unknown }): Complaint {
  return {
    ...(typeof code === 'string' && code !== '' && { code: plain(code) }),
    ...(typeof message === 'string' && message !== '' && { message: plain(message) }),
  };
}

/** One line, so that nothing a server says can forge a line of a log. */
const plain = (text: string): string =>
  text
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST_MESSAGE);
