#!/usr/bin/env node
import { commands, type CommandName } from './commands/index.ts';
import { EXIT, parse, Stop, usage, type Command, type Exit } from './command.ts';
import { asTyped, commandHelp, toolHelp } from './help.ts';
import { openTerminal, wholeOf, type Terminal } from './terminal.ts';
import { OutsideError } from '../src/core/outside-error.ts';
import { nearest } from '../src/terminal/nearest.ts';
import { paintFor } from '../src/terminal/paint.ts';
import manifest from '../package.json' with { type: 'json' };

/** npm and the terminal may both deliver one Ctrl-C; only one that comes later is a second one. */
const SAME_KEYSTROKE_MS = 400;

/** Longer lines than this are hard to read, whatever the terminal could show. */
const WIDTH = Math.min(process.stdout.columns ?? 100, 100);

const stdout = (text: string): boolean => process.stdout.write(`${text}\n`);
const stderr = (text: string): boolean => process.stderr.write(`${text}\n`);
const now = (): Date => new Date();

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(process.exitCode);
  throw error;
});
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<Exit> {
  const [first, ...rest] = argv;
  if (first === undefined || first === '--help' || first === '-h' || (first === 'help' && rest[0] === undefined)) {
    stdout(toolHelp(WIDTH, paintFor(process.stdout)));
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  if (first === '--version' || first === 'version') {
    stdout(manifest.version);
    return EXIT.done;
  }
  try {
    const asked = first === 'help' ? [rest[0] ?? '', '--help'] : argv;
    return await perform(await find(asked[0] ?? ''), asked.slice(1));
  } catch (error) {
    return explained(error, argv.includes('--verbose'));
  }
}

async function find(name: string): Promise<Command> {
  if (Object.hasOwn(commands, name)) return (await commands[name as CommandName].load()).default;
  const meant = nearest(name, Object.keys(commands));
  throw usage(
    `there is no command "${name}"`,
    meant === undefined ? 'greenroom --help' : `did you mean greenroom ${meant}?`,
  );
}

async function perform(command: Command, argv: readonly string[]): Promise<Exit> {
  const { args, flags } = parse(command, argv);
  if (flags['help'] === true) {
    stdout(commandHelp(command, WIDTH, paintFor(process.stdout)));
    return EXIT.done;
  }
  const { json = false, verbose = false } = flags;
  const terminal = openTerminal({ out: process.stdout, err: process.stderr, env: process.env, json, verbose, now });
  const interrupted = listenForInterrupts(terminal);
  try {
    return await command.run({ args, flags, terminal, signal: interrupted, env: process.env, now });
  } catch (error) {
    if (!interrupted.aborted) throw error;
    terminal.trouble('interrupted', error);
    terminal.say('Interrupted. No tag was left on incomplete content.');
    return EXIT.interrupted;
  } finally {
    terminal.close();
  }
}

/** The first Ctrl-C asks; the second one does not. */
function listenForInterrupts(terminal: Terminal): AbortSignal {
  const controller = new AbortController();
  let askedAt = 0;
  const ask = (): void => {
    if (askedAt > 0 && Date.now() - askedAt > SAME_KEYSTROKE_MS) process.exit(EXIT.interrupted);
    if (askedAt > 0) return;
    askedAt = Date.now();
    controller.abort(new Stop('interrupted', { exit: EXIT.interrupted }));
  };
  process.on('SIGINT', ask).on('SIGTERM', ask).on('SIGHUP', ask);
  process.on('exit', () => terminal.close());
  return controller.signal;
}

/** One line naming the thing and what to do about it; the rest only for those who ask. */
function explained(error: unknown, verbose: boolean): Exit {
  const paint = paintFor(process.stderr);
  const sentence = error instanceof Error ? error.message : String(error);
  stderr(`${paint('bad', 'greenroom:')} ${sentence}`);
  if (error instanceof Stop && error.remedy !== undefined) stderr(`  ${paint('accent', '→')} ${asTyped(error.remedy)}`);
  if (verbose && error instanceof Error) stderr(wholeOf(error));
  else if (!(error instanceof Stop)) stderr(`  ${paint('accent', '→')} the same command with --verbose says more`);
  if (error instanceof Stop) return error.exit;
  return error instanceof OutsideError ? EXIT.blind : EXIT.failed;
}
