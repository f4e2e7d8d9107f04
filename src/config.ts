import { estates } from '../estates/index.ts';
import type { Estate } from './core/estate.ts';

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
  /** The group of Scheduler's one-off schedules, the ARN of the role by which they call, and of those whom they call. */
  readonly wakeups?: string;
  readonly wakeupsRole?: string;
  readonly posture?: string;
  readonly lift?: string;
  /** The ARN of the queue for wake-ups that could not be delivered. */
  readonly deadLetters?: string;
  /** The name or ARN of the secret that signs webhooks. Never the secret itself: this is printed and inherited. */
  readonly webhookSecret?: string;
  /** Where a registry's host is really to be found: `/etc/hosts` for registries, for trials on one machine. */
  readonly hosts: ReadonlyMap<string, string>;
}

export class ConfigError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the configuration is wrong:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

interface Variable {
  readonly name: string;
  readonly allowed: RegExp;
  readonly want: string;
}

const arnOf = (service: string): RegExp => new RegExp(`^arn:[a-z-]+:${service}:[a-z0-9-]+:\\d{12}:.+$`);

const SETTINGS = {
  account: { name: 'GREENROOM_ACCOUNT', allowed: /^\d{12}$/, want: 'twelve digits' },
  table: {
    name: 'GREENROOM_TABLE',
    allowed: /^[A-Za-z0-9_.-]{3,255}$|^arn:/,
    want: 'the name or ARN of a DynamoDB table',
  },
  bus: { name: 'GREENROOM_BUS', allowed: /^[A-Za-z0-9/_.-]+$|^arn:/, want: 'the name or ARN of an event bus' },
  machine: { name: 'GREENROOM_MACHINE', allowed: arnOf('states'), want: 'the ARN of a state machine' },
  topic: { name: 'GREENROOM_TOPIC', allowed: arnOf('sns'), want: 'the ARN of an SNS topic' },
  wakeups: { name: 'GREENROOM_WAKEUPS', allowed: /^[0-9A-Za-z_.-]{1,64}$/, want: 'the name of a schedule group' },
  wakeupsRole: {
    name: 'GREENROOM_WAKEUPS_ROLE',
    allowed: /^arn:[a-z-]+:iam::\d{12}:role\/.+$/,
    want: 'the ARN of a role',
  },
  posture: { name: 'GREENROOM_POSTURE', allowed: arnOf('lambda'), want: 'the ARN of a function' },
  lift: { name: 'GREENROOM_LIFT', allowed: arnOf('lambda'), want: 'the ARN of a function' },
  deadLetters: { name: 'GREENROOM_DEAD_LETTERS', allowed: arnOf('sqs'), want: 'the ARN of a queue' },
  webhookSecret: {
    name: 'GREENROOM_WEBHOOK_SECRET',
    allowed: /^[A-Za-z0-9/_+=.@:-]{1,2048}$/,
    want: 'the name or ARN of a secret',
  },
} as const satisfies Record<string, Variable>;

export type Setting = keyof typeof SETTINGS;

/** The environment as a configuration with everything in `needs`; or one error that lists all that is wrong with it. */
export function readConfig<const N extends Setting = never>(
  env: Environment,
  needs: readonly N[] = [],
): Config & Required<Pick<Config, N>> {
  const faults: string[] = [];
  const estate = readNamedEstate(env['GREENROOM_ESTATE'], faults);
  const hosts = readHosts(env['GREENROOM_HOSTS'] ?? '', faults);
  const given = { ...(estate?.account && { account: estate.account }), ...readSettings(env, faults) };
  for (const setting of needs) if (!(setting in given)) faults.push(missing(SETTINGS[setting]));
  if (!estate || faults.length > 0) throw new ConfigError(faults);
  const config: Config = { ...given, estate, hosts };
  return config as Config & Required<Pick<Config, N>>;
}

function readSettings(env: Environment, faults: string[]): Partial<Record<Setting, string>> {
  const settings: Partial<Record<Setting, string>> = {};
  for (const [setting, { name, allowed, want }] of Object.entries(SETTINGS)) {
    const value = env[name];
    if (!value) continue;
    settings[setting as Setting] = value;
    // Because a secret that was put here by mistake must not reach a log, no setting's value is ever repeated.
    if (!allowed.test(value)) faults.push(`${name} is not ${want}`);
  }
  return settings;
}

const missing = ({ name, want }: Variable): string => `${name} is not set; want ${want}`;

/** Its rules are checked when it is deployed, and by the command line: a function runs what was deployed, and carries no rules. */
function readNamedEstate(name: string | undefined, faults: string[]): Estate | undefined {
  const known = [...estates.keys()];
  const estate = estates.get(name ?? (known.length === 1 ? known[0] : '') ?? '');
  if (estate) return estate;
  faults.push(`GREENROOM_ESTATE is ${name === undefined ? 'not set' : `"${name}"`}; want one of ${known.join(', ')}`);
  return undefined;
}

/** `ghcr.io=127.0.0.1:5000 docker.io=127.0.0.1:5001` */
function readHosts(text: string, faults: string[]): ReadonlyMap<string, string> {
  const hosts = new Map<string, string>();
  for (const entry of text.split(/[\s,]+/).filter((part) => part !== '')) {
    const [, host, listens] = /^([^=\s]+)=([^=\s]+)$/.exec(entry) ?? [];
    if (host === undefined || listens === undefined) faults.push(`GREENROOM_HOSTS: "${entry}"; want host=host:port`);
    else hosts.set(host, listens);
  }
  return hosts;
}
