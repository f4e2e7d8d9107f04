import type { Verdict } from '../../src/board/verdict.ts';
import { spoken } from '../../src/core/time.ts';
import { incidentLines, type IncidentRow } from '../../src/terminal/incident.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { verdictLines } from '../../src/terminal/parity.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { ask } from '../embedded/control.ts';
import { scenes, isScene, type SceneName } from '../embedded/scenes.ts';
import { needRunning } from '../embedded/state.ts';

const NAMES = Object.keys(scenes) as SceneName[];

export default command({
  name: 'scene',
  summary: 'Bring the embedded world to a moment worth looking at, such as the morning of a workshop',
  usage: ['<scene>', 'historic-rotator [--without-greenroom]'],
  about: `Moves the clock of the world that \`greenroom up\` runs here on, looking whenever something is to happen, until the scene is set. The clock only goes on: each scene is days after the one before. What a scene broke is mended when the next one is set.\n\n${NAMES.map((name) => `  ${name.padEnd(21)} ${scenes[name].about}`).join('\n')}`,
  flags: {
    'without-greenroom': { type: 'boolean', about: 'Of historic-rotator: Greenroom sleeps through it, as it was' },
  },
  examples: [
    ['greenroom scene morning-of', 'then look at the board, and at greenroom posture'],
    ['greenroom scene api-down', 'what cannot be seen is unknown, and nothing is undone'],
    ['greenroom scene historic-rotator --without-greenroom', 'the incident, with its failed requests'],
    ['greenroom scene historic-rotator', 'the same workshop, looked after'],
    ['greenroom scene quiet-week', 'all is well again, days later'],
  ],
  words: [1, 1],
  run: async ({ args: [text = ''], flags, terminal, signal }): Promise<Exit> => {
    const name = readScene(text);
    const withGreenroom = flags['without-greenroom'] !== true;
    if (!withGreenroom && name !== 'historic-rotator')
      throw usage(`scene: ${name} is not played without Greenroom`, 'greenroom scene historic-rotator is');
    const state = await needRunning(flags.data);
    terminal.say(`Moving the clock on: ${scenes[name].about}.`);
    const set = await ask<Played>(state, 'scene', { name, withGreenroom }, signal);
    terminal.out(`It is ${spoken(new Date(set.at))}.`, '', ...verdictLines(set, terminal));
    if (set.incidents) terminal.out('', ...incidentLines(set.incidents.map(dated), terminal));
    terminal.document({ scene: name, ...set });
    return EXIT.done;
  },
});

interface Played {
  readonly at: string;
  readonly verdict: Verdict;
  readonly incidents?: readonly Spelled[];
}

type Spelled = Omit<IncidentRow, 'deleted' | 'firstFailure' | 'lastFailure'> & {
  readonly deleted: readonly string[];
  readonly firstFailure?: string;
  readonly lastFailure?: string;
};

/** As it was before it went through JSON. */
const dated = ({ deleted, firstFailure, lastFailure, ...row }: Spelled): IncidentRow => ({
  ...row,
  deleted: deleted.map((at) => new Date(at)),
  ...(firstFailure !== undefined && { firstFailure: new Date(firstFailure) }),
  ...(lastFailure !== undefined && { lastFailure: new Date(lastFailure) }),
});

function readScene(text: string): SceneName {
  if (isScene(text)) return text;
  const meant = nearest(text, NAMES);
  throw usage(
    `scene: there is no scene "${text}"`,
    meant === undefined ? `one of ${NAMES.join(', ')}` : `did you mean greenroom scene ${meant}?`,
  );
}
