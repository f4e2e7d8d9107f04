import { commands, type CommandName } from './commands/index.ts';
import { EXIT, parse, Stop, usage, type Command, type Exit, type Parsed } from './command.ts';
import { clockIn } from './embedded/clock.ts';
import { asTyped, commandHelp, toolHelp } from './help.ts';
import { foldedFor, openTerminal, wholeOf, type Terminal, type TerminalStream } from './terminal.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import { nearest } from '../src/terminal/nearest.ts';
import { paintFor } from '../src/terminal/paint.ts';
import manifest from '../package.json' with { type: 'json' };

/** What the command line needs of the process that it runs in. */
export interface Process {
  readonly out: TerminalStream;
  readonly err: TerminalStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** Begins to listen for Ctrl-C, which aborts the signal; the terminal is given back if the process has to end at once. */
  readonly interruptible: (terminal: Terminal) => AbortSignal;
}

/** Longer lines than this are hard to read, whatever the terminal could show. */
const WIDEST = 100;

/** Reads the words of a command line, does what they say, and tells what the shell is to be told. */
export async function main(argv: readonly string[], host: Process): Promise<Exit> {
  const { out } = host;
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest[0] === undefined)) {
    print(out, toolHelp(widthOf(out), paintFor(out)));
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  if (first === '--version' || first === 'version') {
    print(out, manifest.version);
    return EXIT.done;
  }
  try {
    const asked = first === 'help' ? [rest[0] ?? '', '--help'] : argv;
    return await perform(await find(asked[0] ?? ''), asked.slice(1), host);
  } catch (error) {
    return explained(error, host.err, argv.includes('--verbose'));
  }
}

const print = (stream: TerminalStream, text: string): boolean => stream.write(foldedFor(stream, text.split('\n')));
const widthOf = ({ columns = WIDEST }: TerminalStream): number => Math.min(columns, WIDEST);

async function find(name: string): Promise<Command> {
  if (Object.hasOwn(commands, name)) return (await commands[name as CommandName].load()).default;
  const meant = nearest(name, Object.keys(commands));
  throw usage(
    `there is no command "${name}"`,
    meant === undefined ? 'greenroom --help' : `did you mean greenroom ${meant}?`,
  );
}

async function perform(command: Command, argv: readonly string[], host: Process): Promise<Exit> {
  const { out, err, env } = host;
  const { args, flags } = parse(command, argv);
  const now = clockFor(command, flags, host.now);
  if (flags['help'] === true) {
    print(out, commandHelp(command, widthOf(out), paintFor(out)));
    return EXIT.done;
  }
  const { json = false, verbose = false } = flags;
  const terminal = openTerminal({ out, err, env, json, verbose, now });
  const signal = host.interruptible(terminal);
  try {
    return await command.run({ args, flags, terminal, signal, env, now });
  } catch (error) {
    if (!signal.aborted) throw error;
    terminal.trouble('interrupted', error);
    terminal.say('Interrupted. No tag was left on incomplete content.');
    return EXIT.interrupted;
  } finally {
    terminal.close();
  }
}

/** What acts upon the embedded world goes by its clock, which may have been moved on. */
function clockFor({ flags: known }: Command, flags: Parsed['flags'], wall: () => Date): () => Date {
  const isElsewhere = flags['estate'] !== undefined || flags['calendar'] !== undefined;
  return 'estate' in known && !isElsewhere ? clockIn(flags.data, wall) : wall;
}

/** One line naming the thing and what to do about it; the rest only for those who ask. */
function explained(error: unknown, err: TerminalStream, verbose: boolean): Exit {
  const paint = paintFor(err);
  const sentence = error instanceof Error ? error.message : String(error);
  print(err, `${paint('bad', 'greenroom:')} ${sentence}`);
  if (error instanceof Stop && error.remedy !== undefined) {
    print(err, `  ${paint('accent', '→')} ${asTyped(error.remedy)}`);
  }
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (/^(?:ENOSPC|EDQUOT)$/.test(code))
    print(err, `  ${paint('accent', '→')} make room on that disk, or name another directory with --data <dir>`);
  if (verbose && error instanceof Error) print(err, wholeOf(error));
  else if (!(error instanceof Stop)) print(err, `  ${paint('accent', '→')} the same command with --verbose says more`);
  if (error instanceof Stop) return error.exit;
  return error instanceof OutsideError ? EXIT.blind : EXIT.failed;
}
