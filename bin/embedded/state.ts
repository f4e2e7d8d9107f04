import { accessSync, constants, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeDirectory } from '../../src/clients/directory.ts';
import type { Estate } from '../../src/core/estate.ts';
import type { Ports } from '../../src/rehearsal/embedded.ts';
import { EXIT, Stop } from '../command.ts';
import { readPrivate, writePrivate, type Secrets } from '../../src/rehearsal/secrets.ts';

/** Where the embedded world keeps what outlives it. */
export interface Places {
  readonly root: string;
  readonly registries: string;
  readonly journal: string;
  readonly secrets: string;
  readonly calendar: string;
  /** What stands for Secrets Manager. */
  readonly vault: string;
  /** What stands for whoever issued certificates and tokens. */
  readonly issuers: string;
  readonly state: string;
}

const DATA_DIRECTORY = '.greenroom';

export function placesIn(data: string | undefined): Places {
  const root = resolve(data ?? DATA_DIRECTORY);
  return {
    root,
    registries: join(root, 'registries'),
    journal: join(root, 'journal.sqlite'),
    secrets: join(root, 'secrets.json'),
    calendar: join(root, 'workshops.ics'),
    vault: join(root, 'vault.json'),
    issuers: join(root, 'issuers.json'),
    state: join(root, 'up.json'),
  };
}

/** Before anything is begun: a directory that is not ours shows in the first line, and not in the middle of a run. */
export function openDirectory({ root }: Places): void {
  try {
    makeDirectory(root, 0o700);
    accessSync(root, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Stop(`nothing can be kept in ${root}: ${WHY_NOT[code] ?? code}`, {
      remedy: 'name a directory of your own with --data <dir>',
      cause: error,
    });
  }
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EACCES: 'it may not be written to',
  EPERM: 'it may not be written to',
  EROFS: 'its file system is read-only',
  EEXIST: 'it is a file',
  ENOTDIR: 'a file stands in its way',
  ENOENT: 'no directory can be made there',
  ENOSPC: 'its disk is full',
};

/** What `up` writes down for itself and for the other commands. */
export interface UpState {
  /** Only while it runs. */
  readonly pid?: number;
  readonly board: string;
  readonly estate: Estate;
  /** `127.0.0.1:41000`, by region, and `source`. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly ports: Ports & { readonly board: number };
  /** `http://127.0.0.1:41000`, by cluster, and `coder`. */
  readonly campus: Readonly<Record<string, string>>;
  /** How far the world's clock is ahead of the one on the wall. */
  readonly aheadMs: number;
  readonly journal: string;
  readonly secrets: string;
  readonly vault: string;
  readonly issuers: string;
}

export const readState = ({ state }: Places): UpState | undefined => readPrivate(state) as UpState | undefined;
export const writeState = ({ state: file }: Places, state: UpState): void => writePrivate(file, state);

const ANSWER_MS = 2_000;

/** The world that runs here now, if there is one. What a killed one left behind is not taken for it. */
export async function runningIn(places: Places): Promise<UpState | undefined> {
  const state = readState(places);
  if (state?.pid === undefined || !isAlive(state.pid)) return undefined;
  try {
    const answer = await fetch(`${state.board}/healthz`, { signal: AbortSignal.timeout(ANSWER_MS) });
    return answer.ok ? state : undefined;
  } catch {
    return undefined;
  }
}

/** The same, where a command cannot do without it. */
export async function needRunning(data: string | undefined): Promise<UpState> {
  const places = placesIn(data);
  const state = await runningIn(places);
  if (state) return state;
  throw new Stop(`no embedded world is running in ${places.root}`, {
    exit: EXIT.blind,
    remedy: 'start one with greenroom up',
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

export function readSecrets(state: UpState): Secrets {
  const secrets = readPrivate(state.secrets) as Secrets | undefined;
  if (!secrets) throw new Error(`${state.secrets} is gone: stop greenroom up and start it again`);
  return secrets;
}

/** Takes away what `up` put there, by name: the directory may be somebody's own. */
export function startOver({ registries, journal, secrets, calendar, vault, issuers, state }: Places): void {
  const files = [journal, `${journal}-wal`, `${journal}-shm`, secrets, calendar, vault, issuers, state];
  for (const each of [registries, ...files]) rmSync(each, { recursive: true, force: true });
}
