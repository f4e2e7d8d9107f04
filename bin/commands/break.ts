import { roughly } from '../../src/board/words.ts';
import { WAYS_TO_BREAK, type WayToBreak } from '../../src/rehearsal/embedded.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { parseDuration } from '../../src/terminal/duration.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { ask } from '../embedded/control.ts';
import { needRunning } from '../embedded/state.ts';

const MEANINGS: Record<WayToBreak, string> = {
  offline: 'every connection to it is reset',
  'disk-full': 'it refuses uploads: no space left on device',
  slow: 'its bytes trickle',
  'refuse-tags': 'it takes content and refuses to move tags',
};

export default command({
  name: 'break',
  summary: `Make a region of the embedded world fail: ${WAYS_TO_BREAK.join(', ')}`,
  usage: [`<region> [--how ${WAYS_TO_BREAK.join('|')}] [--for <duration>]`],
  about: `Makes a region of the world that \`greenroom up\` runs here misbehave, until \`greenroom mend\` or for a while.\n\n${WAYS_TO_BREAK.map((how) => `  ${how.padEnd(12)} ${MEANINGS[how]}`).join('\n')}`,
  flags: {
    how: { type: 'string', value: '<way>', about: 'offline, where nothing is said' },
    for: { type: 'string', value: '<duration>', about: '60s, 5m, 1h; until greenroom mend, where nothing is said' },
  },
  examples: [
    ['greenroom break eu-west-2', 'London is gone'],
    ['greenroom break us-west-2 --how refuse-tags --for 60s', 'and publish: no region moves without the others'],
    ['greenroom mend', 'all is well again'],
  ],
  words: [1, 1],
  run: async ({ args: [region = ''], flags, terminal, signal }): Promise<Exit> => {
    const how = readWay(flags.how ?? 'offline');
    const forMs = flags.for === undefined ? undefined : readFor(flags.for);
    const state = await needRunning(flags.data);
    await ask(state, 'break', { region, how, forMs }, signal);
    const until =
      forMs === undefined ? `Mend it with npx greenroom mend ${region}.` : `It mends itself in ${roughly(forMs)}.`;
    terminal.out(`${region} is ${how === 'slow' ? 'slow' : 'broken'}: ${MEANINGS[how]}. ${until}`);
    terminal.document({ region, how, forMs: forMs ?? null });
    return EXIT.done;
  },
});

function readWay(text: string): WayToBreak {
  const way = WAYS_TO_BREAK.find((each) => each === text);
  if (way) return way;
  const meant = nearest(text, WAYS_TO_BREAK);
  throw usage(
    `break: --how ${text}`,
    meant === undefined ? `one of ${WAYS_TO_BREAK.join(', ')}` : `did you mean ${meant}?`,
  );
}

function readFor(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw usage(`break: --for: ${duration.fault}`);
  return duration.value;
}
