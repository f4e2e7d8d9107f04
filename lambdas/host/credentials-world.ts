import { readConfig } from '../../src/config.ts';
import { connectAwsWithoutImages } from '../../src/connect-aws.ts';
import { calendarOf } from '../../src/connect-calendar.ts';
import { awsClusters } from '../../src/connect-clusters.ts';
import { awsIssuers } from '../../src/connect-issuers.ts';
import { awsKeys } from '../../src/connect-keys.ts';
import type { Surroundings } from '../../src/reconcile.ts';

let world: Surroundings | undefined;

/** Everything that ends and everybody who holds it: the calendar, the gateway, secrets, issuers, clusters. No images. */
export const connectedToCredentials = (): Surroundings => (world ??= connect());

const now = (): Date => new Date();

function connect(): Surroundings {
  const config = readConfig(process.env, ['table', 'topic']);
  const { estate } = config;
  const { calendar, name, home } = estate;
  const seen = { ...connectAwsWithoutImages(config, now), ...awsClusters(estate, now) };
  return {
    ...seen,
    ...awsKeys(seen),
    issuers: awsIssuers(estate),
    ...(calendar && { calendar: calendarOf({ name, home, calendar }, now) }),
  };
}
