import { capacityFor } from '../../src/core/capacity.ts';
import { buildTimesOf, type BuildTimes } from '../../src/core/coder.ts';
import { DEFAULT_POLICY, policyOf, type Sizing } from '../../src/core/policy.ts';
import { capacityLines } from '../../src/terminal/capacity.ts';
import { parseDuration } from '../../src/terminal/duration.ts';
import { spoken } from '../../src/core/time.ts';
import { command, EXIT, Stop, usage, type Call } from '../command.ts';
import { onStage } from '../stage.ts';

export default command({
  name: 'capacity',
  summary: 'How many provisioners a workshop needs, and why',
  usage: [
    '--attendance <people> [--build <time>] [--arrival <time>] [--show <percent>]',
    '--attendance <people> --measured [--estate <name>]',
  ],
  about:
    'Reckons how long people would wait for a provisioner, and how many are enough that nineteen in twenty hardly wait at all. Never fewer than the workshop guide asks for. With --measured it reckons with the builds that Coder has seen lately, and otherwise looks at nothing. Changes nothing.',
  flags: {
    attendance: { type: 'string', value: '<people>', about: 'How many people are expected' },
    build: {
      type: 'string',
      value: '<time>',
      about: 'How long one workspace takes to build, at most in nine of ten: 90s',
    },
    measured: { type: 'boolean', about: 'Ask Coder how long its latest builds took, instead of --build' },
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
  run: async (call) => {
    const { terminal, flags } = call;
    if (flags.attendance === undefined) throw usage('capacity: for how many people?', '--attendance 25');
    const people = readPeople(flags.attendance);
    if (flags.measured && flags.build !== undefined)
      throw usage('capacity: --measured and --build', 'one of them: both say how long a build takes');
    const measured = flags.measured ? await measure(call) : undefined;
    const build = measured && `${measured.p95Seconds}s`;
    const sizing = readSizing({ ...flags, ...(build !== undefined && { build }) }, await sizingOf(flags.estate));
    const capacity = capacityFor(people, sizing);
    terminal.out(...(measured ? [measuredLine(measured), ''] : []), ...capacityLines(capacity, sizing, terminal));
    terminal.document({ ...capacity, sizing, ...(measured && { measured }) });
    return EXIT.done;
  },
});

/** How long a provisioner was busy with the latest builds, on the pool that the estate names first. */
const measure = (call: Parameters<typeof onStage>[0] & Pick<Call, 'signal'>): Promise<BuildTimes> =>
  onStage(call, async ({ world: { coder, estate } }) => {
    if (!coder) throw new Stop(`${estate.name} names no Coder to be asked`, { remedy: '--build 90s' });
    const pool = (estate.pools ?? []).find(({ kind }) => kind === 'provisioners');
    const builds = await coder.builds(pool?.organization ?? 'default', call.signal);
    const times = buildTimesOf(builds);
    if (times) return times;
    const seen = `Coder has seen ${builds.length} builds lately, which are too few to tell`;
    throw new Stop(`capacity: ${seen}`, { remedy: '--build 90s' });
  });

const measuredLine = ({ builds, p50Seconds, p95Seconds, since }: BuildTimes): string =>
  `Measured: of the last ${builds} workspace builds since ${spoken(since)} half took ${p50Seconds} s at most and nineteen in twenty ${p95Seconds} s.`;

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
