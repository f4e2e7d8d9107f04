import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { Login } from './clients/bearer.ts';
import { dynamoJournal } from './clients/dynamodb.ts';
import { copyRepository } from './clients/ecr/copy-repository.ts';
import { noWakeups } from './clients/no-wakeups.ts';
import { registries } from './clients/registry.ts';
import { secretsManager, type Secrets } from './clients/secrets-manager.ts';
import { slackRoad } from './clients/slack.ts';
import { snsRoad } from './clients/sns.ts';
import { stepFunctionsMirroring } from './clients/step-functions.ts';
import { clustersOf } from './cluster.ts';
import type { Config } from './config.ts';
import type { Image } from './core/estate.ts';
import { parseJson } from './core/json.ts';
import { OutsideError } from './core/outside-error.ts';
import { sure } from './core/parsed.ts';
import { E_MAIL } from './core/untold.ts';
import { parseReference, type Reference } from './core/reference.ts';
import type { Journal, Mirroring, Registries, Repository, Road } from './ports.ts';
import type { Surroundings } from './reconcile.ts';

type With<K extends keyof Config> = Pick<Config, 'estate' | 'hosts'> & Required<Pick<Config, K>>;
type Whole = With<'account' | 'table'> & Partial<Pick<Config, 'machine' | 'topic'>>;

/**
 * The world of a Lambda function, or of a terminal that acts upon AWS.
 *
 * Kept apart from `connect`, so that no function carries SQLite or the rehearsal. Without a machine nothing can be
 * set going, and without a topic nobody can be told: whoever tries is told so.
 */
export function connectAws(config: Whole, now: () => Date): Surroundings {
  return {
    estate: config.estate,
    registries: awsRegistries(config, now),
    clusters: clustersOf(config.estate),
    journal: awsJournal(config),
    crew: crewOf(config, now),
    wakeups: noWakeups,
    mirroring: config.machine === undefined ? noMirroring : awsMirroring({ ...config, machine: config.machine }, now),
    mendsElsewhere: true,
  };
}

/** The same where no image is looked at: such a function carries nothing that speaks to registries. */
export function connectAwsWithoutImages(
  config: With<'table'> & Partial<Pick<Config, 'topic'>>,
  now: () => Date,
): Surroundings {
  const noImages = (): never => {
    throw new Error('nothing here reaches a registry');
  };
  return {
    estate: config.estate,
    registries: { source: noImages, copy: noImages },
    clusters: clustersOf(config.estate),
    journal: awsJournal(config),
    crew: crewOf(config, now),
    wakeups: noWakeups,
    mirroring: noMirroring,
  };
}

const awsJournal = ({ table, estate }: With<'table'>): Journal => dynamoJournal({ table, region: estate.home });

const crewOf = (config: Pick<Config, 'estate' | 'hosts' | 'topic'>, now: () => Date): Road[] =>
  config.topic === undefined ? [nobody] : awsCrew({ ...config, topic: config.topic }, now);

/** The topic, and every channel that the estate names: each hears for itself, so that one can tell that the other is out. */
function awsCrew({ topic, estate }: With<'topic'>, now: () => Date): Road[] {
  const { name, home, people } = estate;
  const { hear: hears, slack = [], board } = people;
  const client = new SecretsManagerClient({ region: home });
  const caller = { region: home, credentials: client.config.credentials };
  const secrets = secretsManager({ now, client });
  const said = { estate: name, ...(board !== undefined && { board }) };
  return [
    snsRoad({ ...said, topic, ...(hears && { hears }), now, caller }),
    ...slack.map(({ secret, ...channel }) => slackRoad({ ...said, ...channel, secret: () => secrets.read(secret) })),
  ];
}

function awsMirroring({ machine, estate: { home: region } }: With<'machine'>, now: () => Date): Mirroring {
  const { credentials } = new SecretsManagerClient({ region }).config;
  return stepFunctionsMirroring({ machine, now, caller: { region, credentials } });
}

const nobody: Road = {
  name: E_MAIL,
  say: () => Promise.reject(new Error('nobody can be told: GREENROOM_TOPIC is not set')),
};
const noMirroring: Mirroring = {
  mirror: () => Promise.reject(new Error('nothing can be set going: GREENROOM_MACHINE is not set')),
};

/** Sources wherever they are released, copies in the account's own registry of each region. */
function awsRegistries({ account, estate, hosts }: With<'account'>, now: () => Date): Registries {
  const secrets = secretsManager({ now, client: new SecretsManagerClient({ region: estate.home }) });
  const sources = new Map<string, (reference: Reference) => Repository>();
  const openerOf = ({ credentials: name = '' }: Image): ((reference: Reference) => Repository) => {
    const login = name === '' ? undefined : () => loginFrom(secrets, name);
    const howToLogIn = (): string => `put a login that it takes into the secret ${name}`;
    const opener = sources.get(name) ?? registries({ now, hosts, ...(login && { login, howToLogIn }) });
    sources.set(name, opener);
    return opener;
  };
  const copies = new Map<string, (reference: Reference) => Repository>();
  const keeperOf = ({ moving }: Image): ((reference: Reference) => Repository) => {
    const keeper = copies.get(moving.join()) ?? registries({ now, hosts, newRepository: copyRepository(moving) });
    copies.set(moving.join(), keeper);
    return keeper;
  };
  return {
    source: (image) => openerOf(image)(sure(parseReference(image.source))),
    copy: (image, region) =>
      keeperOf(image)({ registry: `${account}.dkr.ecr.${region}.amazonaws.com`, repository: image.repository }),
  };
}

/** The fault says which secret and what is wrong with it, and never what stands in it. */
async function loginFrom(secrets: Secrets, name: string): Promise<Login> {
  const login = parsedLogin(await secrets.read(name));
  if (login) return login;
  throw new OutsideError({
    service: 'secrets manager',
    operation: `sign in with ${name}`,
    trouble: 'refused',
    detail: 'it is not {"username":"…","password":"…"}',
  });
}

function parsedLogin(text: string): Login | undefined {
  const value = parseJson(text) as Partial<Login> | null | undefined;
  const { username, password } = value ?? {};
  return typeof username === 'string' && typeof password === 'string' ? { username, password } : undefined;
}
