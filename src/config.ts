import { estates } from '../estates/index.ts';
import type { Estate } from './core/estate.ts';
import { readEstate } from './estate.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What may differ between installations. Each is left out where nothing was said; a host names those it cannot do without. */
export interface Config {
  readonly estate: Estate;
  /** Twelve digits: whose registries in each region hold the copies. */
  readonly account?: string;
  /** DynamoDB's table with the journal. */
  readonly table?: string;
  /** EventBridge's bus for wake-ups. */
  readonly bus?: string;
  /** The ARN of the state machine that mirrors. */
  readonly machine?: string;
  /** The ARN of the topic that tells the crew. */
  readonly topic?: string;
  /** In AWS the name of the secret that signs webhooks, on a laptop the secret itself. */
  readonly webhookSecret?: string;
  /** The file that holds the journal on a laptop; `:memory:` keeps it in this process. */
  readonly db?: string;
  /** Plays this scene in memory instead of touching anything real. */
  readonly rehearsal?: string;
  /** Where a registry's host is really to be found: `/etc/hosts` for registries, for trials on one machine. */
  readonly hosts: ReadonlyMap<string, string>;
  /** The values of secrets by name, on a laptop. */
  readonly secrets: ReadonlyMap<string, string>;
}

export type Setting = keyof typeof SETTINGS;

const SETTINGS = {
  account: 'GREENROOM_ACCOUNT',
  table: 'GREENROOM_TABLE',
  bus: 'GREENROOM_BUS',
  machine: 'GREENROOM_MACHINE',
  topic: 'GREENROOM_TOPIC',
  webhookSecret: 'GREENROOM_WEBHOOK_SECRET',
  db: 'GREENROOM_DB',
  rehearsal: 'GREENROOM_REHEARSAL',
} as const;

export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The environment as a configuration, with everything in `needs`; or one error that lists all that is wrong with it. */
export function readConfig<const N extends Setting = never>(
  env: Environment,
  needs: readonly N[] = [],
): Config & Required<Pick<Config, N>> {
  const given = Object.entries(SETTINGS).flatMap(([setting, name]) => (env[name] ? [[setting, env[name]]] : []));
  const settings = Object.fromEntries(given) as Partial<Record<Setting, string>>;
  const faults = needs.flatMap((setting) => (settings[setting] ? [] : [`${SETTINGS[setting]} is not set`]));
  const name = env['GREENROOM_ESTATE'] ?? [...estates.keys()][0];
  const estate = estates.get(name ?? '');
  if (!estate) faults.push(`GREENROOM_ESTATE: no estate "${name}", only ${[...estates.keys()].join(', ')}`);
  if (!estate || faults.length > 0) throw new ConfigError(faults);
  const account = settings.account ?? estate.account;
  const config: Config = {
    ...settings,
    ...(account && { account }),
    estate: readEstate(estate),
    hosts: new Map(),
    secrets: new Map(),
  };
  return config as Config & Required<Pick<Config, N>>;
}
