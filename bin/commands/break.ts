import { roughly } from '../../src/board/words.ts';
import { WAYS_TO_BREAK, type WayToBreak } from '../../src/rehearsal/embedded.ts';
import { WAYS_TO_BREAK_A_GATEWAY, type WayToBreakAGateway } from '../../src/rehearsal/litellm/breakdown.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { parseDuration } from '../../src/terminal/duration.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { GATEWAY, waysFor } from '../embedded/breakage.ts';
import { ask } from '../embedded/control.ts';
import { needRunning } from '../embedded/state.ts';

const REGION_MEANINGS: Record<WayToBreak, string> = {
  offline: 'every connection to it is reset',
  'disk-full': 'it refuses uploads: no space left on device',
  slow: 'its bytes trickle',
  'refuse-tags': 'it takes content and refuses to move tags',
};

const GATEWAY_MEANINGS: Record<WayToBreakAGateway, string> = {
  offline: 'every connection to every one of its pods is reset',
  'replica-offline': 'every connection to one of its pods is reset',
  'database-down': 'replicas know only the keys that they remember, for a minute',
  'database-open': 'its database is down, and meanwhile it lets everybody in',
  'refuse-keys': 'every key hears 401, as after a restart with another salt',
  slow: 'every answer takes ten seconds, longer than anybody waits',
  'old-version': 'it behaves as before May 2026: 400 for expired keys, a memory that use prolongs',
};

const meaningOf = (thing: string, how: string): string => {
  const meanings: Readonly<Record<string, string>> = thing === GATEWAY ? GATEWAY_MEANINGS : REGION_MEANINGS;
  return meanings[how] ?? how;
};

const listed = (thing: string): string =>
  waysFor(thing)
    .map((how) => `  ${how.padEnd(16)} ${meaningOf(thing, how)}`)
    .join('\n');

export default command({
  name: 'break',
  summary: 'Make a region of the embedded world fail, or its model gateway',
  usage: [
    `<region> [--how ${WAYS_TO_BREAK.join('|')}] [--for <duration>]`,
    `gateway [--how ${WAYS_TO_BREAK_A_GATEWAY.join('|')}] [--for <duration>]`,
  ],
  about: `Makes a region of the world that \`greenroom up\` runs here misbehave, or its model gateway, until \`greenroom mend\` or for a while.\n\nA region\n${listed('a region')}\n\nThe gateway\n${listed(GATEWAY)}`,
  flags: {
    how: { type: 'string', value: '<way>', about: 'offline, where nothing is said' },
    for: { type: 'string', value: '<duration>', about: '60s, 5m, 1h; until greenroom mend, where nothing is said' },
  },
  examples: [
    ['greenroom break eu-west-2', 'London is gone'],
    ['greenroom break us-west-2 --how refuse-tags --for 60s', 'and publish: no region moves without the others'],
    ['greenroom break gateway --how database-down', 'then greenroom keys, and look at the board'],
    ['greenroom mend', 'all is well again'],
  ],
  words: [1, 1],
  run: async ({ args: [region = ''], flags, terminal, signal }): Promise<Exit> => {
    const how = readWay(region, flags.how ?? 'offline');
    const forMs = flags.for === undefined ? undefined : readFor(flags.for);
    const state = await needRunning(flags.data);
    await ask(state, 'break', { region, how, forMs }, signal);
    const until =
      forMs === undefined ? `Mend it with npx greenroom mend ${region}.` : `It mends itself in ${roughly(forMs)}.`;
    terminal.out(`${region} is ${how === 'slow' ? 'slow' : 'broken'}: ${meaningOf(region, how)}. ${until}`);
    terminal.document({ region, how, forMs: forMs ?? null });
    return EXIT.done;
  },
});

function readWay(thing: string, text: string): string {
  const ways = waysFor(thing);
  if (ways.includes(text)) return text;
  const meant = nearest(text, ways);
  throw usage(`break: --how ${text}`, meant === undefined ? `one of ${ways.join(', ')}` : `did you mean ${meant}?`);
}

function readFor(text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw usage(`break: --for: ${duration.fault}`);
  return duration.value;
}
