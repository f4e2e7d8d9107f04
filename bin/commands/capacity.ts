import { capacityFor } from '../../src/core/capacity.ts';
import { DEFAULT_POLICY, policyOf, type Sizing } from '../../src/core/policy.ts';
import { capacityLines } from '../../src/terminal/capacity.ts';
import { parseDuration } from '../../src/terminal/duration.ts';
import { command, EXIT, usage } from '../command.ts';

export default command({
  name: 'capacity',
  summary: 'How many provisioners a workshop needs, and why',
  usage: ['--attendance <people> [--build <time>] [--arrival <time>] [--show <percent>]'],
  about:
    'Reckons how long people would wait for a provisioner, and how many are enough that nineteen in twenty hardly wait at all. Never fewer than the workshop guide asks for. Looks at nothing and changes nothing.',
  flags: {
    attendance: { type: 'string', value: '<people>', about: 'How many people are expected' },
    build: {
      type: 'string',
      value: '<time>',
      about: 'How long one workspace takes to build, at most in nine of ten: 90s',
    },
    arrival: { type: 'string', value: '<time>', about: 'Over how long people click: 2m. 0s is all at once' },
    show: { type: 'string', value: '<percent>', about: 'How many of those expected come: 80%' },
    estate: { type: 'string', value: '<name>', about: "Reckon with this estate's policy, instead of the defaults" },
  },
  examples: [
    ['greenroom capacity --attendance 25', 'everyone clicks within two minutes'],
    ['greenroom capacity --attendance 25 --build 45s --arrival 5m', 'a quick template, and people who trickle in'],
    ['greenroom capacity --attendance 25 --json | jq .needed', 'for a script'],
  ],
  words: [0, 0],
  run: async ({ terminal, flags }) => {
    if (flags.attendance === undefined) throw usage('capacity: for how many people?', '--attendance 25');
    const people = readPeople(flags.attendance);
    const sizing = readSizing(flags, await sizingOf(flags.estate));
    const capacity = capacityFor(people, sizing);
    terminal.out(...capacityLines(capacity, sizing, terminal));
    terminal.document({ ...capacity, sizing });
    return EXIT.done;
  },
});

const MOST_PEOPLE = 1_000;

function readPeople(text: string): number {
  const people = Number(text);
  if (/^\d+$/.test(text) && people >= 1 && people <= MOST_PEOPLE) return people;
  throw usage(`capacity: --attendance ${text}`, `a whole number of people from 1 to ${MOST_PEOPLE}`);
}

/** The estates are data, and only loaded for whoever names one. */
async function sizingOf(estate: string | undefined): Promise<Sizing> {
  if (estate === undefined) return DEFAULT_POLICY.sizing;
  return policyOf((await import('../estates.ts')).estateNamed(estate)).sizing;
}

interface Asked {
  readonly build?: string;
  readonly arrival?: string;
  readonly show?: string;
}

const readSizing = ({ build, arrival, show }: Asked, sizing: Sizing): Sizing => ({
  ...sizing,
  ...(build !== undefined && { buildSeconds: readSeconds('build', build) }),
  ...(arrival !== undefined && { arrivalSeconds: /^0s?$/.test(arrival) ? 0 : readSeconds('arrival', arrival) }),
  ...(show !== undefined && { showRate: readShare(show) }),
});

const LONGEST_SECONDS = 7_200;

function readSeconds(flag: string, text: string): number {
  const duration = parseDuration(text);
  if (!duration.ok) throw usage(`capacity: --${flag}: ${duration.fault}`);
  const length = duration.value / 1_000;
  if (length > LONGEST_SECONDS) throw usage(`capacity: --${flag} ${text}`, 'two hours at most');
  return length;
}

function readShare(text: string): number {
  const [, digits] = /^(\d{1,3})%?$/.exec(text) ?? [];
  const percent = Number(digits);
  if (percent >= 5 && percent <= 100) return percent / 100;
  throw usage(`capacity: --show ${text}`, 'a share of those expected, from 5% to 100%');
}
