import { relative } from '../../src/board/words.ts';
import type { Hold } from '../../src/core/promotion.ts';
import { spoken } from '../../src/core/time.ts';
import { listing, type Cell, type Column } from '../../src/terminal/table.ts';
import { command, EXIT, type Exit } from '../command.ts';
import { spellScope } from '../scope.ts';
import { ESTATE, onStage } from '../stage.ts';

export default command({
  name: 'holds',
  summary: 'Which holds stand or are to come, until when, and why',
  usage: ['[--estate <name>]'],
  about: 'Lists every hold that has not ended, those that end first in front. Changes nothing.',
  flags: { estate: ESTATE },
  examples: [['greenroom holds', 'what keeps tags from moving']],
  words: [0, 0],
  run: (call) =>
    onStage(call, async ({ world }): Promise<Exit> => {
      const { terminal, now } = call;
      const at = now();
      const holds = [...(await world.journal.holds(at))].sort((a, b) => a.until.getTime() - b.until.getTime());
      if (holds.length === 0) terminal.out('There are no holds.');
      else
        terminal.out(
          ...listing(
            COLUMNS,
            holds.map((hold) => row(hold, at)),
            terminal,
          ),
        );
      terminal.document({ estate: world.estate.name, at, holds });
      return EXIT.done;
    }),
});

const COLUMNS: readonly Column[] = [
  { title: 'id' },
  { title: 'over' },
  { title: 'from' },
  { title: 'until' },
  { title: 'by' },
  { title: 'why', yields: true },
];

const row = ({ id, scope, since, until, by, why }: Hold, now: Date): Cell[] => [
  id,
  spellScope(scope),
  since <= now ? relative(now, since) : spoken(since),
  spoken(until),
  by,
  why,
];
