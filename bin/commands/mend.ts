import { command, EXIT, type Exit } from '../command.ts';
import { ask } from '../embedded/control.ts';
import { needRunning } from '../embedded/state.ts';

export default command({
  name: 'mend',
  summary: 'Make what is broken in the embedded world work again',
  usage: ['[region|gateway]'],
  about: 'Ends what `greenroom break` began: in one region, in the gateway, or in all of them.',
  flags: {},
  examples: [
    ['greenroom mend eu-west-2', 'London is back'],
    ['greenroom mend gateway', 'keys work as before'],
    ['greenroom mend', 'all of them'],
  ],
  words: [0, 1],
  run: async ({ args: [region], flags, terminal, signal }): Promise<Exit> => {
    const state = await needRunning(flags.data);
    const { mended } = await ask<{ mended: readonly string[] }>(state, 'mend', { region }, signal);
    terminal.out(
      mended.length === 0 ? 'Nothing was broken.' : `Mended: ${mended.join(', ')}. The next look puts the rest right.`,
    );
    terminal.document({ mended });
    return EXIT.done;
  },
});
