import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, launch, launchWorld, type Ended } from '../bin/cli.ts';
import { wordsOf } from './handbook.ts';

/** The world that `npm start` keeps, and what happens to it that no command makes happen. */
export interface EmbeddedWorld {
  /** A command as a document says it: `npx greenroom …`. */
  run(command: string): Promise<Ended>;
  /** One that only prepares something, and has to work. */
  act(command: string): Promise<Ended>;
  /** Begins a command and ends its process as soon as it has said something. */
  killAfter(said: string, command: string): Promise<void>;
  /** Somebody damages, empties or writes the calendar. */
  calendar(text: string): Promise<void>;
  /** What an administrator of LiteLLM does to every key that it knows, each by its hash. */
  everyKey(path: '/key/update' | '/key/delete', change: (hash: string) => object): Promise<void>;
  end(): Promise<void>;
}

interface UpFile {
  readonly estate: { readonly gateway: { readonly url: string } };
  readonly secrets: string;
}

export async function embeddedWorld(): Promise<EmbeddedWorld> {
  const data = await mkdtemp(join(tmpdir(), 'greenroom-handbook-'));
  const world = launchWorld(data);
  await world.ready;
  const argsOf = (command: string): string[] => [...wordsOf(command).slice(2), '--data', data];
  const run = (command: string): Promise<Ended> => call(argsOf(command));
  const read = async <T>(file: string): Promise<T> => JSON.parse(await readFile(file, 'utf8')) as T;
  return {
    run,
    act: async (command) => {
      const ended = await run(command);
      if (ended.code !== 0) throw new Error(`${command} ended with ${ended.code}:\n${ended.out}${ended.err}`);
      return ended;
    },
    killAfter: async (said, command) => {
      const running = launch(argsOf(command));
      await running.said(said);
      running.kill();
      await running.ended;
    },
    calendar: (text) => writeFile(join(data, 'workshops.ics'), text),
    everyKey: async (path, change) => {
      const { estate, secrets } = await read<UpFile>(join(data, 'up.json'));
      const { campus } = await read<{ campus: string }>(secrets);
      const ask = async <T>(where: string, init: RequestInit): Promise<T> => {
        const headers = { authorization: `Bearer sk-${campus}`, 'content-type': 'application/json' };
        const answer = await fetch(`${estate.gateway.url}${where}`, { ...init, headers });
        if (!answer.ok) throw new Error(`${where}: ${answer.status} ${await answer.text()}`);
        return (await answer.json()) as T;
      };
      const { keys } = await ask<{ keys: readonly string[] }>('/key/list?size=100', {});
      for (const hash of keys) await ask(path, { method: 'POST', body: JSON.stringify(change(hash)) });
    },
    end: world.end,
  };
}
