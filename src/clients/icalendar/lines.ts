import { fault, parsed, type Parsed } from '../../core/parsed.ts';

/** `NAME;PARAMETER=VALUE:value`, unfolded. */
export interface Line {
  readonly name: string;
  /** By their names in capitals; quotes and RFC 6868 carets resolved. */
  readonly parameters: ReadonlyMap<string, string>;
  /** As it stands there: what its escapes mean depends on the property. */
  readonly value: string;
}

/** What stands between BEGIN:VEVENT and END:VEVENT, without what is nested in it: an alarm has a description of its own. */
export interface Block {
  readonly lines: readonly string[];
  /** It does not end: another one began, or the calendar ended. */
  readonly isBroken: boolean;
}

export interface Blocks {
  readonly events: readonly Block[];
  /** Lines of the calendars themselves. */
  readonly header: readonly Line[];
}

const BOM = /^\uFEFF/;

/** Unfolds bytes rather than characters, because a fold may stand in the middle of one. RFC 5545 §3.1. */
export function unfolded(body: Uint8Array): readonly string[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1');
  const text = Buffer.from(bytes.replaceAll(/\r?\n[ \t]/g, ''), 'latin1').toString('utf8');
  return text
    .replace(BOM, '')
    .split(/\r\n|\n|\r/)
    .filter((line) => line.trim() !== '');
}

/** The events of a whole calendar, in the order in which they stand. A text that is no calendar, or not all of one, is a fault. */
export function blocksIn(lines: readonly string[]): Parsed<Blocks> {
  const [first = ''] = lines;
  if (lines.length === 0) return fault('it is empty');
  if (!/^BEGIN:VCALENDAR\s*$/i.test(first)) return fault(`it is no calendar: ${lookOf(first)}`);
  const desk = newDesk();
  for (const line of lines) {
    const [, verb, kind = ''] = /^(BEGIN|END):([\w-]+)\s*$/i.exec(line)?.map((each) => each.toUpperCase()) ?? [];
    if (verb === 'BEGIN') desk.begin(kind);
    else if (verb === 'END') desk.end(kind);
    else desk.take(line);
  }
  const { events, header } = desk;
  return desk.isOpen() ? fault('it breaks off before END:VCALENDAR') : parsed({ events, header });
}

/** Sorts lines by what is open when they come. An event that does not end costs itself and no other. */
function newDesk() {
  const events: Block[] = [];
  const header: Line[] = [];
  const open: string[] = [];
  let event: string[] | undefined;
  const close = (isBroken: boolean): void => {
    if (event) events.push({ lines: event, isBroken });
    event = undefined;
  };
  return {
    events,
    header,
    isOpen: () => open.length > 0,
    begin: (kind: string) => {
      if (kind === 'VEVENT' || kind === 'VCALENDAR') {
        close(true);
        open.length = kind === 'VEVENT' ? Math.min(open.length, 1) : 0;
      }
      open.push(kind);
      if (kind === 'VEVENT') event = [];
    },
    end: (kind: string) => {
      if (kind === 'VEVENT' || kind === 'VCALENDAR') close(kind !== 'VEVENT');
      const at = open.lastIndexOf(kind);
      if (at >= 0) open.length = at;
    },
    take: (line: string) => {
      if (open.at(-1) === 'VEVENT') event?.push(line);
      else if (open.length === 1) header.push(...headerLine(line));
    },
  };
}

const headerLine = (line: string): Line[] => {
  const read = parseLine(line);
  return read.ok ? [read.value] : [];
};

/** What somebody sees there who opens it, and nothing of what may be secret in it. */
const lookOf = (first: string): string =>
  /^\s*<(?:!doctype|html|\?xml)/i.test(first)
    ? 'it is a web page, such as a login'
    : 'it does not begin with BEGIN:VCALENDAR';

const NAME = /^([\w-]+)/;
const PARAMETER = /;([\w-]+)=((?:"[^"]*"|[^";:,]*)(?:,(?:"[^"]*"|[^";:,]*))*)/y;

export function parseLine(text: string): Parsed<Line> {
  const [name] = NAME.exec(text) ?? [];
  if (name === undefined) return fault('a line is not NAME:value');
  const parameters = new Map<string, string>();
  PARAMETER.lastIndex = name.length;
  let end = name.length;
  for (let found = PARAMETER.exec(text); found; found = PARAMETER.exec(text)) {
    const [, parameter = '', value = ''] = found;
    parameters.set(parameter.toUpperCase(), uncareted(value.replaceAll('"', '')));
    end = PARAMETER.lastIndex;
  }
  if (text[end] !== ':')
    return fault(`${text[end] === ';' ? `its ${name.toUpperCase()}` : 'a'} line is not NAME:value`);
  return parsed({ name: name.toUpperCase(), parameters, value: text.slice(end + 1) });
}

/** RFC 6868. */
const uncareted = (text: string): string =>
  text.replaceAll(/\^([n'^])/g, (_, sign: string) => ({ n: '\n', "'": '"', '^': '^' })[sign] ?? sign);
