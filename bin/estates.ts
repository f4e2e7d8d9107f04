import { estates } from '../estates/index.ts';
import type { Estate } from '../src/core/estate.ts';
import { readEstate } from '../src/estate.ts';
import { ConfigError, readConfig } from '../src/config.ts';
import { connectAws } from '../src/connect-aws.ts';
import { awsClusters } from '../src/connect-clusters.ts';
import { awsKeys } from '../src/connect-keys.ts';
import { calendarOf } from '../src/connect-calendar.ts';
import { nearest } from '../src/terminal/nearest.ts';
import { usage, type Call } from './command.ts';
import type { Stage } from './stage.ts';

const WANTED =
  'set GREENROOM_TABLE to the journal’s table (an output of the home stack), GREENROOM_ACCOUNT to the account, and credentials as for the AWS CLI';

/** An estate by its name, as it stands in git. */
export function estateNamed(name: string): Estate {
  const estate = estates.get(name);
  if (estate) return readEstate(estate);
  const known = [...estates.keys()];
  const meant = nearest(name, known);
  throw usage(
    `there is no estate "${name}"`,
    meant === undefined ? `there is ${known.join(', ')}` : `did you mean ${meant}?`,
  );
}

/** An estate in AWS: its registries and its journal, reached from this terminal. */
export function openEstate(name: string, { env, now }: Pick<Call, 'env' | 'now'>): Stage {
  const { home, calendar } = estateNamed(name);
  try {
    const aws = connectAws(readConfig({ ...env, GREENROOM_ESTATE: name }, ['account', 'table']), now);
    const seen = { ...aws, ...awsClusters(aws.estate, now) };
    const world = {
      ...seen,
      ...awsKeys(seen),
      ...(calendar && { calendar: calendarOf({ name, home, calendar }, now) }),
    };
    return { world, touched: async () => undefined, close: () => undefined };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw usage(`--estate ${name}: ${error.faults.join('; ')}`, WANTED);
  }
}
