import { days, plus } from '../../src/core/time.ts';
import { isWithin } from '../../src/core/workshop.ts';
import { troubleLines } from '../../src/terminal/plan.ts';
import { workshopsLines } from '../../src/terminal/workshops.ts';
import { announcedTo, CALENDAR } from '../calendar.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { ESTATE } from '../stage.ts';

const DAYS = 90;
const MOST_DAYS = 400;

export default command({
  name: 'workshops',
  summary: 'The workshops ahead, how many people each expects, and what is doubtful in the calendar',
  usage: ['[--calendar <file>] [--days <n>] [--estate <name>]'],
  about:
    'Reads a calendar as Greenroom does: which events are workshops, when they are on their own clock, how many people are expected and who says so. An event is a workshop by its category, a word of its title, or a line of its description: "attendance: 20", "estate: ai.coder.com", "workshop: yes". "workshop: no" makes it none. What cannot be read is listed below. Changes nothing.',
  flags: {
    calendar: CALENDAR,
    days: { type: 'string', value: '<n>', about: `How far ahead (${DAYS}, at most ${MOST_DAYS})` },
    estate: ESTATE,
  },
  examples: [
    ['greenroom workshops --calendar examples/workshops.ics', 'the example'],
    ['greenroom workshops --calendar team.ics --days 14', 'what an exported calendar would make Greenroom do'],
    ['greenroom workshops --json | jq ".workshops[].attendance"', 'for a script'],
  ],
  words: [0, 0],
  run: async (call): Promise<Exit> => {
    const { terminal, flags, now } = call;
    const at = now();
    const span = { from: at, until: plus(at, days(readDays(flags.days))) };
    const { estate, policy, workshops, troubles } = await announcedTo(call, span);
    const ahead = workshops.filter(({ starts, ends }) => ends > at && (starts <= at || isWithin(span, starts)));
    terminal.out(...workshopsLines(ahead, policy.sizing, terminal), ...troubleLines(troubles, terminal));
    terminal.document({ estate, ...span, workshops: ahead, troubles });
    return EXIT.done;
  },
});

function readDays(text = String(DAYS)): number {
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1 && count <= MOST_DAYS) return count;
  throw usage(`workshops: --days ${text}`, `a whole number from 1 to ${MOST_DAYS}`);
}
