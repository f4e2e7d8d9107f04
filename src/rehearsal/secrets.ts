import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Everything secret in an embedded world: made up once, kept in a file that only its owner may read. */
export interface Secrets {
  readonly webhook: string;
  /** Opens the doors by which the command line breaks, mends and publishes. */
  readonly control: string;
  /** Opens the APIs of the clusters and of Coder. */
  readonly campus: string;
  /** The last part of the address by which Slack's channel is told. */
  readonly slack: string;
  /** By region, and `source`. */
  readonly logins: Readonly<Record<string, Login>>;
}

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The secrets kept in a file, or new ones that are put there. */
export function secretsIn(file: string, regions: readonly string[]): Secrets {
  const known = readPrivate(file) as Partial<Secrets> | undefined;
  if (isWhole(known)) return known;
  const logins = Object.fromEntries(regions.map((name) => [name, { username: 'AWS', password: secretText() }]));
  const source = { username: 'rehearsal', password: secretText() };
  const [webhook, control, campus, slack] = [secretText(), secretText(), secretText(), secretText()];
  const fresh = { webhook, control, campus, slack, logins: { source, ...logins } };
  const secrets = { ...fresh, ...known };
  writePrivate(file, secrets);
  return secrets;
}

/** An earlier version of Greenroom knew fewer of them. */
const isWhole = (secrets: Partial<Secrets> | undefined): secrets is Secrets =>
  secrets?.campus !== undefined && secrets.slack !== undefined;

/** Recognisable, so that whoever searches what was told finds every one of them. */
export const secretText = (): string => `gr-planted-${randomBytes(24).toString('base64url')}`;

/** Written beside and renamed, so that nobody reads half of it; never readable to others. */
export function writePrivate(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${randomBytes(4).toString('hex')}`;
  writeFileSync(beside, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  renameSync(beside, file);
}

/** What `writePrivate` wrote; `undefined` where nothing is there. */
export function readPrivate(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code !== undefined) throw new Error(`${file} cannot be read: ${code}`, { cause: error });
    throw new Error(`${file} is damaged: delete it, or start over with greenroom up --fresh`, { cause: error });
  }
}
