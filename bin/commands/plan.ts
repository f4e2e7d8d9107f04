import { instantsOf } from '../../src/core/instants.ts';
import { days, plus, spoken } from '../../src/core/time.ts';
import type { Interval } from '../../src/core/workshop.ts';
import { planLines, troubleLines } from '../../src/terminal/plan.ts';
import { announcedTo, CALENDAR, readTime } from '../calendar.ts';
import { command, EXIT, usage } from '../command.ts';
import { ESTATE } from '../stage.ts';

const AHEAD = days(90);

export default command({
  name: 'plan',
  summary: 'Everything Greenroom will do for the workshops on the calendar, and why',
  usage: ['[--from <time>] [--to <time>] [--calendar <file>] [--estate <name>]'],
  about:
    'Lists every change of the next 90 days: when everything is looked at, what is raised, held, paused and frozen, until when, and when it is put back. Worked out from the calendar as it stands now; a workshop that is moved or cancelled moves or cancels all of it. Changes nothing.',
  flags: {
    from: { type: 'string', value: '<time>', about: 'A day, a day and a time, or a duration from now. Left out: now' },
    to: { type: 'string', value: '<time>', about: 'The same. Left out: 90 days after --from' },
    calendar: CALENDAR,
    estate: ESTATE,
  },
  examples: [
    ['greenroom plan --calendar workshops.ics', 'what would be done for these workshops'],
    ['greenroom plan --from 2026-12-01 --to 2026-12-08', 'one week'],
    ['greenroom plan --json | jq -r ".changes[] | [.at, .does, .why] | @tsv"', 'for a script'],
  ],
  words: [0, 0],
  run: async (call) => {
    const { terminal, flags, now } = call;
    const span = readSpan(flags, now());
    const { estate, policy, workshops, troubles } = await announcedTo(call, span);
    const changes = instantsOf(workshops, policy, span.from, span.until);
    const concerned = workshops.filter((workshop) => changes.some((change) => change.workshops.includes(workshop)));
    const plan = { estate, ...span, workshops: concerned, changes };
    terminal.out(...planLines(plan, terminal), ...troubleLines(troubles, terminal));
    terminal.document({
      ...plan,
      changes: changes.map(({ workshops, ...change }) => ({ ...change, workshops: workshops.map(({ id }) => id) })),
      troubles,
    });
    return EXIT.done;
  },
});

function readSpan({ from, to }: { readonly from?: string; readonly to?: string }, now: Date): Interval {
  const start = from === undefined ? now : readTime('plan', 'from', from, now);
  const until = to === undefined ? plus(start, AHEAD) : readTime('plan', 'to', to, now);
  if (start < until) return { from: start, until };
  throw usage(`plan: --to ${spoken(until)} is not after --from ${spoken(start)}`);
}
