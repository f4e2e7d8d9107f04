import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import type { Task } from './sqlite-rival.ts';

const RIVAL = fileURLToPath(new URL('./sqlite-rival.ts', import.meta.url));
const RACES = 1_000;

describe('a journal file that several processes open at once', () => {
  it(`gives each of ${RACES} names to exactly one of them, also when none of them found the file`, async () => {
    const file = newFile();
    const won = await together([
      { file, name: 'one', rival: 'other', play: 'claim', races: RACES },
      { file, name: 'other', rival: 'one', play: 'claim', races: RACES, stride: 7 },
    ]);
    const winners = won.flat().toSorted((a, b) => a - b);
    expect(winners).toEqual(Array.from({ length: RACES }, (_, race) => race));
  });

  it('begins no promotion after the hold, however the two meet', async () => {
    const file = newFile();
    const [wrong] = await together([
      { file, name: 'run-1', rival: 'calendar', play: 'promote', races: 250 },
      { file, name: 'calendar', rival: 'run-1', play: 'hold', races: 250 },
    ]);
    expect(wrong).toEqual([]);
  });
});

describe('a journal file', () => {
  it('outlives the process that wrote it', async () => {
    const file = newFile();
    const before = sqliteJournal(file);
    await before.keep('place', 'here', new Date(2));
    before.close();
    const after = sqliteJournal(file);
    expect(await after.kept('place', new Date(1))).toBe('here');
    after.close();
  });

  it('of a newer Greenroom is left alone, and the error says so', () => {
    const file = newFile();
    const db = new DatabaseSync(file);
    db.exec('pragma user_version = 99');
    db.close();
    expect(() => sqliteJournal(file)).toThrow('was written by a newer Greenroom (version 99)');
  });

  it('that is no journal is an error from outside, naming the file', () => {
    const file = newFile();
    writeFileSync(file, 'this is somebody’s shopping list, which is long enough to have been a database header\n');
    expect(() => sqliteJournal(file)).toThrow(OutsideError);
    expect(() => sqliteJournal(file)).toThrow(`journal ${file}: could not open the file: SQLITE 26`);
  });

  it('that went away under it is an error from outside, not an answer', async () => {
    const journal = sqliteJournal(newFile());
    journal.close();
    await expect(journal.kept('place', new Date(1))).rejects.toThrow(OutsideError);
    await expect(journal.keep('place', 'here', new Date(1))).rejects.toThrow(OutsideError);
  });
});

function newFile(): string {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-sqlite-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return join(directory, 'journal.db');
}

/** Starts one process for each task, waits until all are ready, and only then tells any of them what to do. */
async function together(tasks: readonly Task[]): Promise<readonly number[][]> {
  const rivals = tasks.map(() => fork(RIVAL, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }));
  onTestFinished(() => rivals.forEach((rival) => rival.kill()));
  await Promise.all(rivals.map(message));
  return Promise.all(
    rivals.map((rival, index) => {
      const done = message(rival) as Promise<number[]>;
      rival.send(tasks[index] as Task);
      return done;
    }),
  );
}

async function message(rival: ChildProcess): Promise<unknown> {
  const ended = once(rival, 'exit').then(([code]) => {
    throw new Error(`a rival ended with ${code} before it answered`);
  });
  const [said] = await Promise.race([once(rival, 'message'), ended]);
  return said;
}
