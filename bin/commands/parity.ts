import { parity as automation } from '../../src/automations.ts';
import type { View } from '../../src/board/view.ts';
import { parityLines } from '../../src/terminal/parity.ts';
import { command, EXIT, type Exit } from '../command.ts';
import { look, viewOf } from '../look.ts';
import { ESTATE, narrowed, onStage } from '../stage.ts';

/** What the shell is told: silence and doubt are not the same as drift. */
export function exitFor({ verdict }: Pick<View, 'verdict'>): Exit {
  return { GO: EXIT.done, 'NO-GO': EXIT.failed, UNKNOWN: EXIT.blind }[verdict.word];
}

export default command({
  name: 'parity',
  summary: 'Does every region serve what the source serves? GO or NO-GO',
  usage: ['[image[:tag]] [--quiet-look] [--estate <name>]'],
  about:
    'Compares every region with the source: the digest behind each tag, and everything that the digest reaches. Without a word also what runs in every cluster, and the version of every proxy. Changes nothing. Exits with 0 for GO, 1 for NO-GO, 3 where somebody could not be asked.',
  flags: {
    'quiet-look': { type: 'boolean', about: 'Compare tags only: one request to the source and one to each region' },
    estate: ESTATE,
  },
  examples: [
    ['greenroom parity', 'every image in every region, to the last blob, and every pod that runs one'],
    ['greenroom parity coder-preview:latest', 'one tag, in the regions alone'],
    ['greenroom parity --quiet-look --json | jq .verdict.word', 'for a script'],
    ['greenroom parity --estate ai.coder.com', 'the estate in AWS'],
  ],
  words: [0, 1],
  run: (call) =>
    onStage(call, async ({ world }) => {
      const { terminal, flags, args, now, signal } = call;
      const seen = narrowed(world, args[0]);
      const depth = flags['quiet-look'] ? 'tag' : 'content';
      // One image may be asked about in the middle of a rollout; the estate as a whole is the whole chain.
      const whole = args[0] === undefined && depth === 'content' ? { checks: automation.checks } : {};
      const looked = await look(seen, { depth, now: now(), log: terminal.trouble, signal, history: 1, ...whole });
      const view = viewOf(seen, looked, now());
      terminal.out(...parityLines(view, terminal));
      terminal.document(parityDocument(view));
      return exitFor(view);
    }),
});

/** The documented shape: `docs/cli.md`. */
export const parityDocument = ({ estate, at, verdict, regions, images, findings, pins, holds }: View): object => ({
  estate,
  at,
  verdict,
  regions,
  images,
  findings,
  pins,
  holds,
});
