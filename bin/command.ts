import { parseArgs } from 'node:util';
import type { Terminal } from './terminal.ts';
import { nearest } from '../src/terminal/nearest.ts';

/** Documented in `greenroom --help`; scripts rely on them. */
export const EXIT = { done: 0, failed: 1, usage: 2, blind: 3, interrupted: 130 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Something a person has to read: what, and what to do about it. Never a stack. */
export class Stop extends Error {
  readonly exit: Exit;
  readonly remedy: string | undefined;

  constructor(
    sentence: string,
    { exit = EXIT.failed, remedy, cause }: { exit?: Exit; remedy?: string; cause?: unknown } = {},
  ) {
    super(sentence, { cause });
    this.name = 'Stop';
    this.exit = exit;
    this.remedy = remedy;
  }
}

export const usage = (sentence: string, remedy?: string): Stop =>
  new Stop(sentence, { exit: EXIT.usage, ...(remedy !== undefined && { remedy }) });

export interface Flag {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  readonly multiple?: true;
  /** What stands for the value in the help: `<ref>`. */
  readonly value?: string;
  readonly about: string;
}

export type Flags = Readonly<Record<string, Flag>>;

export type Given<F extends Flags> = {
  readonly [N in keyof F]?: F[N] extends { type: 'boolean' }
    ? boolean
    : F[N] extends { multiple: true }
      ? readonly string[]
      : string;
};

/** What every command is called with. */
export interface Call<F extends Flags = Flags> {
  readonly args: readonly string[];
  readonly flags: Given<F> & Given<typeof COMMON>;
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C; the second one ends the process. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

export interface Definition<F extends Flags> {
  readonly name: string;
  readonly summary: string;
  /** Without `greenroom` and the command's name. */
  readonly usage: readonly string[];
  readonly about: string;
  readonly flags: F;
  readonly examples: readonly (readonly [command: string, what: string])[];
  /** How many words may follow, at least and at most. */
  readonly words: readonly [number, number];
  run(call: Call<F>): Promise<Exit>;
}

export type Command = Definition<Flags>;

export const COMMON = {
  json: { type: 'boolean', about: 'One JSON document on stdout; progress stays on stderr' },
  data: { type: 'string', value: '<dir>', about: 'Where the embedded world is kept (.greenroom)' },
  verbose: { type: 'boolean', about: 'Whole errors, with their causes' },
  help: { type: 'boolean', short: 'h', about: 'This text' },
} as const satisfies Flags;

/** A command with its flags known to the compiler. */
export const command = <const F extends Flags>(definition: Definition<F>): Command => definition;

export interface Parsed {
  readonly args: readonly string[];
  readonly flags: Given<Flags> & Given<typeof COMMON>;
}

/** Reads what follows the command's name. Every complaint names the nearest thing that would have been understood. */
export function parse({ name, flags, words: [least, most] }: Command, argv: readonly string[]): Parsed {
  const options = { ...flags, ...COMMON };
  const { values, positionals } = parsed(name, options, argv);
  const wanted = values['help'] === true ? 0 : least;
  if (positionals.length < wanted) throw usage(`${name}: something is missing`, seeHelp(name));
  if (positionals.length > most) throw usage(`${name}: what is "${positionals[most]}"?`, seeHelp(name));
  return { args: positionals, flags: values as Parsed['flags'] };
}

export const seeHelp = (name: string): string => `greenroom ${name} --help`;

function parsed(name: string, options: Flags, argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: { ...options }, allowPositionals: true, allowNegative: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const unknown = /^Unknown option '(-[^']*)'/.exec(error.message)?.[1];
    if (unknown === undefined) throw usage(`${name}: ${firstSentence(error.message)}`, seeHelp(name));
    const meant = nearest(unknown.replace(/^-+/, ''), Object.keys(options));
    throw usage(`${name}: unknown option ${unknown}`, meant === undefined ? seeHelp(name) : `did you mean --${meant}?`);
  }
}

const firstSentence = (text: string): string => text.replace(/\. .*$/s, '').replace(/\.$/, '');
