import { relative } from '../../src/board/words.ts';
import { days, plus, spoken } from '../../src/core/time.ts';
import { postureAt } from '../../src/core/posture.ts';
import { verdictLines } from '../../src/terminal/parity.ts';
import type { View } from '../../src/board/view.ts';
import { announcedTo, readTime } from '../calendar.ts';
import { command, EXIT, Stop, type Call, type Exit } from '../command.ts';
import { clockIn } from '../embedded/clock.ts';
import { ask } from '../embedded/control.ts';
import { needRunning } from '../embedded/state.ts';

export default command({
  name: 'clock',
  summary: 'What time it is in the embedded world, and how to move it on',
  usage: ['[<time>|next]'],
  about:
    'Moves the clock of the world that `greenroom up` runs here on to a time, by a duration, or to the next change that the calendar brings; Greenroom looks whenever something is to happen in between. Left out, only says what time it is there. A clock that was moved on stays ahead: it never goes back.',
  flags: {},
  examples: [
    ['greenroom clock', 'what time it is there'],
    ['greenroom clock next', 'to the next change of the plan'],
    ['greenroom clock 4h', 'four hours on'],
    ['greenroom clock "2026-12-03 16:10"', 'to an instant, in UTC'],
  ],
  words: [0, 1],
  run: async (call): Promise<Exit> => {
    const { args, flags, terminal, signal } = call;
    const state = await needRunning(flags.data);
    const now = clockIn(flags.data, call.now);
    const at = now();
    const [text] = args;
    if (text === undefined) {
      terminal.out(`It is ${spoken(at)} there.`);
      terminal.document({ at });
      return EXIT.done;
    }
    const to = text === 'next' ? await nextChange({ ...call, now }) : readTime('clock', 'to', text, at);
    if (to < at)
      throw new Stop(`clock: ${spoken(to)} is past, and the clock goes on only`, {
        exit: EXIT.usage,
        remedy: `it is ${spoken(at)} there`,
      });
    terminal.say(`Moving the clock on to ${spoken(to)}, ${relative(at, to)}.`);
    const moved = await ask<{ at: string; verdict: View['verdict'] }>(state, 'clock', { to }, signal);
    terminal.out(`It is ${spoken(new Date(moved.at))}.`, '', ...verdictLines(moved, terminal));
    terminal.document(moved);
    return EXIT.done;
  },
});

/** A moment after it, so that it has happened. */
async function nextChange(call: Call): Promise<Date> {
  const at = call.now();
  const { policy, workshops } = await announcedTo(call, { from: at, until: plus(at, days(90)) });
  const { next } = postureAt(at, workshops, policy);
  if (next) return next;
  throw new Stop('clock: nothing changes as far as the calendar goes', { remedy: 'greenroom scene quiet-week' });
}
