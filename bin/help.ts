import { COMMON, type Command, type Flags } from './command.ts';
import { commands } from './commands/index.ts';
import { unpainted, type Paint } from '../src/terminal/paint.ts';
import { pad, widthOf } from '../src/terminal/text.ts';

const GAP = '   ';

/** `greenroom --help`. */
export function toolHelp(paint: Paint = unpainted): string {
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
      ['greenroom up', 'a whole world on this machine: source, three regions, a board'],
      ['greenroom publish', 'in another terminal: release a new version there and watch it travel'],
      ['greenroom <command> --help', 'options and examples'],
    ]),
    '',
    head('Where'),
    '  Commands act on the world that `greenroom up` runs in this directory, unless --estate names another.',
    '  `greenroom mirror <source> --to <ref>` needs neither: it copies between any registries.',
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

/** `greenroom <command> --help`. */
export function commandHelp({ name, usage, about, flags, examples }: Command, paint: Paint = unpainted): string {
  const head = (text: string): string => paint('strong', text);
  return [
    about,
    '',
    head('Usage'),
    ...usage.map((line) => `  greenroom ${name}${line === '' ? '' : ` ${line}`}`),
    '',
    head('Options'),
    ...listed(
      Object.entries({ ...flags, ...COMMON } as Flags).map(([flag, spec]) => [spelled(flag, spec), spec.about]),
    ),
    '',
    head('Examples'),
    ...listed(examples),
  ].join('\n');
}

function spelled(name: string, { short, value, multiple }: Flags[string]): string {
  const flag = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return `${flag}${value === undefined ? '' : ` ${value}`}${multiple ? ' …' : ''}`;
}

const LONGEST_FIRST = 34;

/** Two columns; where the first is long, the second goes on a line of its own below it. */
function listed(rows: readonly (readonly [string, string])[]): string[] {
  const fitting = rows.map(([first]) => widthOf(first)).filter((width) => width <= LONGEST_FIRST);
  const first = Math.max(0, ...fitting);
  return rows.flatMap(([left, right]) =>
    widthOf(left) > LONGEST_FIRST
      ? [`  ${left}`, `  ${' '.repeat(first)}${GAP}${right}`]
      : [`  ${pad(left, first)}${GAP}${right}`],
  );
}
