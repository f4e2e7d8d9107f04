import { Aws, Duration } from 'aws-cdk-lib';
import type { TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Estate } from '../src/core/estate.ts';
import { ringForErrors } from './alarms.ts';
import { nameFor, programName } from './names.ts';
import {
  grantCalendar,
  grantClusters,
  grantCopies,
  grantCredentials,
  grantJournal,
  grantSlack,
  grantKeys,
  grantWatchingKeys,
  powers,
  type Powers,
} from './powers.ts';
import { Program, type ProgramProps } from './program.ts';
import { putInto } from './vpc.ts';
import type { Wakeups } from './wakeups.ts';

/** What the programs live among. */
export interface Premises {
  readonly estate: Estate;
  /** The state machine's ARN, known before it is made: `parity` runs in it and may start it. */
  readonly machine: string;
  readonly journal: TableV2;
  readonly news: ITopic;
  readonly deadLetters: IQueue;
  readonly wakeups: Wakeups;
  /** For sources that ask who is reading. */
  readonly credentials: readonly Secret[];
}

export type ProgramName = keyof typeof powers;
export type Programs = Readonly<Record<ProgramName, Program>>;

type Shape = Pick<ProgramProps, 'description' | 'timeout' | 'memoryMiB'> & {
  readonly woken?: Omit<NonNullable<ProgramProps['woken']>, 'deadLetters'>;
};

/** By then the next wake-up is there. */
const UNTIL_THE_NEXT = { freshFor: Duration.minutes(5) };

/** From this much memory on Lambda gives a whole processor: to hash and encrypt a stream, or to shake many hands at once. */
const WHOLE_CPU_MIB = 1_769;

const shapes: Readonly<Record<ProgramName, Shape>> = {
  look: {
    description: 'Looks at every tag, and has mended what differs',
    timeout: Duration.minutes(2),
    memoryMiB: 512,
    woken: UNTIL_THE_NEXT,
  },
  parity: {
    description: 'Looks behind every tag, at all of its content',
    timeout: Duration.minutes(10),
    memoryMiB: 1_024,
    woken: UNTIL_THE_NEXT,
  },
  posture: {
    description: 'Looks at what the calendar asks for, and turns what it may',
    timeout: Duration.minutes(4),
    memoryMiB: 512,
    woken: UNTIL_THE_NEXT,
  },
  lift: {
    description: 'Lifts every lease that has ended, although nothing else runs',
    timeout: Duration.minutes(5),
    memoryMiB: 512,
    // Because nobody else may be left to do it: Lambda tries as long and as often as it can.
    woken: { freshFor: Duration.hours(6), again: 2 },
  },
  credentials: {
    description: 'Looks at everything that ends, against the calendar',
    timeout: Duration.minutes(4),
    memoryMiB: 512,
    woken: UNTIL_THE_NEXT,
  },
  plan: {
    description: 'Claims a release and finds what each region lacks of it',
    timeout: Duration.minutes(5),
    memoryMiB: 1_024,
  },
  transfer: {
    description: 'Brings a shard of content to every region that lacks it',
    timeout: Duration.minutes(15),
    memoryMiB: WHOLE_CPU_MIB,
  },
  promote: {
    description: 'Points a tag in every region at once',
    timeout: Duration.minutes(10),
    memoryMiB: WHOLE_CPU_MIB,
  },
  abandon: {
    description: 'Yields the claim of a run that failed',
    timeout: Duration.minutes(1),
    memoryMiB: 512,
  },
};

export const LOOKS_WITHIN = shapes.look.timeout;

/** Every program but the webhook, each with its powers and no others. */
export function makePrograms(scope: Construct, premises: Premises): Programs {
  const made = Object.entries(shapes).map(([label, shape]) => {
    const program = makeProgram(scope, label, shape, premises);
    empower(program, powers[label as ProgramName], premises);
    return [label, program] as const;
  });
  return Object.fromEntries(made) as unknown as Programs;
}

function makeProgram(scope: Construct, label: string, { woken, ...shape }: Shape, premises: Premises): Program {
  const { estate, machine, journal, news, deadLetters, wakeups } = premises;
  const may: Powers = powers[label as ProgramName];
  const program = new Program(scope, label, {
    ...shape,
    // Because whoever lets them into a cluster, or calls them when all else is dead, must know what they are called.
    ...(may.clusters && { name: programName(nameFor(estate), label) }),
    ...(woken && { woken: { ...woken, deadLetters } }),
    environment: {
      GREENROOM_ESTATE: estate.name,
      GREENROOM_ACCOUNT: Aws.ACCOUNT_ID,
      GREENROOM_TABLE: journal.tableName,
      GREENROOM_MACHINE: machine,
      GREENROOM_TOPIC: news.topicArn,
      ...(may.wakeups && wakeups.environment),
    },
  });
  if (estate.vpc && (may.clusters || may.keys)) putInto(program, { vpc: estate.vpc, name: nameFor(estate), label });
  // Because whoever waits for the others hears of it himself, tries again, and tells if that was no use.
  if (woken) ringForErrors(program, label, news);
  return program;
}

function empower(program: Program, { copies, journal: verbs, ...may }: Powers, premises: Premises): void {
  const { estate, journal, machine, news, credentials, wakeups } = premises;
  grantCopies(program, program, estate, copies);
  grantJournal(program, journal, verbs);
  if (may.source) grantCredentials(program, credentials);
  if (may.tells) {
    news.grantPublish(program);
    grantSlack(program, program, estate);
  }
  if (may.clusters) grantClusters(program, program, estate);
  if (may.calendar) grantCalendar(program, program, estate);
  if (may.wakeups) wakeups.grant(program, may.wakeups);
  if (may.keys === 'administer') grantKeys(program, program, estate);
  if (may.keys === 'watch') grantWatchingKeys(program, program, estate);
  if (may.mirrors) {
    program.addToRolePolicy(new PolicyStatement({ actions: ['states:StartExecution'], resources: [machine] }));
  }
}
