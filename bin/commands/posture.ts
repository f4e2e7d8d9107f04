import { days, plus } from '../../src/core/time.ts';
import { postureAt } from '../../src/core/posture.ts';
import { troubleLines } from '../../src/terminal/plan.ts';
import { postureLines } from '../../src/terminal/posture.ts';
import { announcedTo, CALENDAR, readTime } from '../calendar.ts';
import { command, EXIT } from '../command.ts';
import { ESTATE } from '../stage.ts';

/** As far as a plan looks, so that a workshop that is still far away is not passed over. */
const AHEAD_MS = days(90);

export default command({
  name: 'posture',
  summary: 'What must be true now for the workshops on the calendar, until when, and for whom',
  usage: ['[--at <time>] [--calendar <file>] [--estate <name>]'],
  about:
    'Says how many replicas there must be at least, whether promotions are held, rotation is paused and nodes are frozen, and which checks are due: what the calendar asks for, not what is there. Changes nothing.',
  flags: {
    at: {
      type: 'string',
      value: '<time>',
      about: 'Another moment, past or future: 17:00, "2026-12-03 16:00", 4h. Left out: now',
    },
    calendar: CALENDAR,
    estate: ESTATE,
  },
  examples: [
    ['greenroom posture', 'now'],
    ['greenroom posture --at "2026-12-03 16:00" --calendar workshops.ics', 'an hour before a workshop'],
    ['greenroom posture --json | jq ".held.until"', 'for a script: may this be deployed?'],
  ],
  words: [0, 0],
  run: async (call) => {
    const { terminal, flags, now } = call;
    const at = flags.at === undefined ? now() : readTime('posture', 'at', flags.at, now());
    const { estate, policy, workshops, troubles } = await announcedTo(call, { from: at, until: plus(at, AHEAD_MS) });
    const posture = postureAt(at, workshops, policy);
    terminal.out(...postureLines(posture, estate, terminal), ...troubleLines(troubles, terminal));
    terminal.document({ estate, ...posture, troubles });
    return EXIT.done;
  },
});
