import { COMMON, type Command, type Flags } from './command.ts';
import { commands } from './commands/index.ts';
import { unpainted, type Paint } from '../src/terminal/paint.ts';
import { fold, pad, widthOf, wrap } from '../src/terminal/text.ts';

const GAP = '   ';

/** `greenroom --help`. */
export function toolHelp(width: number, paint: Paint = unpainted): string {
  const listed = (rows: Rows): string[] => columns(rows, width);
  const head = (text: string): string => paint('strong', text);
  return [
    'Greenroom gets a multi-region Coder environment ready before every live workshop.',
    '',
    head('Usage'),
    '  greenroom <command> [options]',
    '',
    head('Commands'),
    ...listed(Object.entries(commands).map(([name, { summary }]) => [name, summary])),
    '',
    head('Start here'),
    ...listed([
      [asTyped('greenroom up'), 'a whole world on this machine: images, clusters, a calendar, a board'],
      [asTyped('greenroom scene morning-of'), 'in another terminal: on to the morning of its next workshop'],
      [asTyped('greenroom <command> --help'), 'options and examples'],
    ]),
    '',
    head('Where'),
    ...indented(
      'Commands act on the world that `greenroom up` runs in this directory, unless --estate names another. `greenroom mirror <source> --to <ref>` needs neither: it copies between any registries.',
      width,
    ),
    '',
    head('Exit codes'),
    ...listed([
      ['0', 'done, in sync, or GO'],
      ['1', 'NO-GO, or something failed; no tag was left on incomplete content'],
      ['2', 'not understood: the command line is wrong'],
      ['3', 'could not look: a registry, the journal or AWS could not be reached'],
      ['130', 'interrupted by Ctrl-C'],
    ]),
    '',
    head('Environment'),
    ...listed([
      ['NO_COLOR, FORCE_COLOR', 'without colour, with colour'],
      ['CI', 'plain lines instead of progress bars'],
      ['DOCKER_CONFIG', 'the directory of the config.json that names credentials'],
    ]),
  ].join('\n');
}

const indented = (text: string, width: number): string[] => wrap(text, width - 2).map((line) => `  ${line}`);

/** `greenroom <command> --help`. */
export function commandHelp(command: Command, width: number, paint: Paint = unpainted): string {
  const { name, usage, about, flags, examples } = command;
  const listed = (rows: Rows): string[] => columns(rows, width);
  const head = (text: string): string => paint('strong', text);
  return [
    ...about.split('\n').flatMap((line) => (line.startsWith(' ') ? [line] : wrap(line, width))),
    '',
    head('Usage'),
    ...usage.flatMap((line) => fold(`  greenroom ${name}${line === '' ? '' : ` ${line}`}`, width)),
    '',
    head('Options'),
    ...listed(
      Object.entries({ ...flags, ...COMMON } as Flags).map(([flag, spec]) => [spelled(flag, spec), spec.about]),
    ),
    '',
    head('Examples'),
    ...listed(examples.map(([line, what]) => [asTyped(line), what] as const)),
    '',
    ...wrap('Exits with 0 (done), 1 (failed), 2 (not understood), 3 (could not look), 130 (Ctrl-C).', width),
  ].join('\n');
}

function spelled(name: string, { short, value, multiple }: Flags[string]): string {
  const flag = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return `${flag}${value === undefined ? '' : ` ${value}`}${multiple ? ' …' : ''}`;
}

const LONGEST_FIRST = 34;

type Rows = readonly (readonly [string, string])[];

/** Two columns; where the first is long, the second goes on a line of its own below it. */
function columns(rows: Rows, width: number): string[] {
  const fitting = rows.map(([first]) => widthOf(first)).filter((each) => each <= LONGEST_FIRST);
  const first = Math.max(0, ...fitting) + 2 + GAP.length;
  return rows.flatMap(([left, right]) => {
    const isLong = widthOf(left) > LONGEST_FIRST;
    const indent = isLong ? 6 : first;
    const lines = wrap(right, width - indent).map((line) => ' '.repeat(indent) + line);
    return isLong
      ? [`  ${left}`, ...lines]
      : [pad(`  ${left}`, first) + (lines[0] ?? '').trimStart(), ...lines.slice(1)];
  });
}

/** A command as a newcomer has to type it: nothing of ours is installed anywhere. */
export const asTyped = (text: string): string =>
  text.replace(CALLS, (call, before: string | undefined) => (before === undefined ? `npx ${call}` : call));

const CALLS = new RegExp(`(npx )?\\bgreenroom (?=${Object.keys(commands).join('|')}|--|<)`, 'g');
