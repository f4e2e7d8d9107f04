import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { placesIn, runningIn } from '../../bin/embedded/state.ts';
import { main } from '../../bin/main.ts';
import { searchLeft, tell } from '../no-secret-told.ts';

const ENTRY = join(import.meta.dirname, '../../bin/greenroom.ts');

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  /** Resolves once stdout or stderr has this in it; rejects if the process ends without. */
  said(what: string | RegExp): Promise<void>;
  interrupt(): void;
  kill(): void;
  readonly ended: Promise<Ended>;
}

interface Around {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The command line as a process of its own, which ends with the test at the latest. */
export function start(args: readonly string[], around?: Around): Running {
  const running = launch(args, around);
  onTestFinished(() => running.kill());
  return running;
}

/** The same, for whoever ends it; without any colour or CI of whoever runs the tests. */
export function launch(args: readonly string[], { cwd, env = {} }: Around = {}): Running {
  const { PATH = '', HOME = '' } = process.env;
  const child = spawn(process.execPath, [ENTRY, ...args], {
    env: { PATH, HOME, GREENROOM_BY: 'tester', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  });
  const said = { out: '', err: '' };
  const heard = new EventTarget();
  const listen = (stream: NodeJS.ReadableStream, to: 'out' | 'err'): void => {
    stream.setEncoding('utf8').on('data', (text: string) => {
      said[to] += text;
      heard.dispatchEvent(new Event('more'));
    });
  };
  listen(child.stdout, 'out');
  listen(child.stderr, 'err');
  const ended = once(child, 'close').then(([code]): Ended => {
    heard.dispatchEvent(new Event('more'));
    return { code: code as number | null, ...said };
  });
  return {
    ended,
    kill: () => child.kill('SIGKILL'),
    interrupt: () => child.kill('SIGINT'),
    said: async (what) => {
      const isThere = (): boolean => [said.out, said.err].some((text) => text.search(what) >= 0);
      while (!isThere()) {
        if (child.exitCode !== null) throw new Error(`ended without ${String(what)}:\n${said.out}\n${said.err}`);
        await once(heard, 'more');
      }
    },
  };
}

export const run = (args: readonly string[], around?: Around): Promise<Ended> => start(args, around).ended;

/** The same without a process of its own, for what needs neither a signal nor a place: a tenth of the time. */
export async function call(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  now = (): Date => new Date(),
): Promise<Ended> {
  const said = { out: '', err: '' };
  const stream = (to: 'out' | 'err'): Writable =>
    new Writable({
      decodeStrings: false,
      write: (text, _, done) => {
        said[to] += String(text);
        tell('printed by the command line', String(text));
        done();
      },
    });
  const code = await main(args, {
    out: stream('out'),
    err: stream('err'),
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'], GREENROOM_BY: 'tester', ...env },
    now,
    interruptible: () => new AbortController().signal,
  });
  return { code, ...said };
}

/** An empty directory that goes away with the test. */
export async function emptyDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-cli-'));
  onTestFinished(async () => {
    searchLeft(directory);
    await rm(directory, { recursive: true, force: true });
  });
  return directory;
}

/** A world that is up, and what is typed beside it. */
export interface World {
  /** Where it keeps what it keeps. */
  readonly data: string;
  act(...args: readonly string[]): Promise<Ended>;
  said: Running['said'];
  /** As Ctrl-C does. */
  interrupt(): Promise<Ended>;
}

/** Its board as people see it in the end; the process that draws it is not listened to. */
async function searchBoard(data: string): Promise<void> {
  const running = await runningIn(placesIn(data));
  if (running) tell('a page', await (await fetch(running.board)).text());
}

/** One that comes up, for whoever ends it. */
export function launchWorld(data: string): World & { readonly ready: Promise<void>; end(): Promise<void> } {
  const up = launch(['up', '--port', '0', '--full-speed', '--data', data]);
  return {
    data,
    ready: up.said('Try, in another terminal'),
    act: (...args) => call([...args, '--data', data]),
    said: (what) => up.said(what),
    interrupt: () => {
      up.interrupt();
      return up.ended;
    },
    end: async () => {
      await searchBoard(data);
      up.kill();
      await up.ended;
      searchLeft(data);
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** One for all tests of a file or a group, because it takes seconds to come up. */
export function besideOneWorld(): World {
  const data = mkdtempSync(join(tmpdir(), 'greenroom-up-'));
  let world: ReturnType<typeof launchWorld>;
  beforeAll(() => (world = launchWorld(data)).ready, 60_000);
  afterAll(() => world.end());
  return {
    data,
    act: (...args) => world.act(...args),
    said: (what) => world.said(what),
    interrupt: () => world.interrupt(),
  };
}
