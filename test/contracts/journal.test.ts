import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { promisesOfAJournal, type OpenJournal } from './journal.ts';

describe('the journal of a rehearsal', () => {
  promisesOfAJournal(
    () => {
      const journal = memoryJournal();
      return { ours: journal, theirs: journal, close: () => {} };
    },
    { races: 1_000 },
  );
});

describe('the journal in SQLite, in memory', () => {
  promisesOfAJournal(
    () => {
      const journal = sqliteJournal(':memory:');
      return { ours: journal, theirs: journal, close: () => journal.close() };
    },
    { races: 1_000 },
  );
});

describe('the journal in SQLite, in a file that two have open', () => {
  // One process takes its turns; the races of several are run in test/clients/sqlite.test.ts.
  promisesOfAJournal(twoHandles, { races: 50 });
});

function twoHandles(): OpenJournal {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-journal-'));
  const file = join(directory, 'not', 'yet', 'there', 'journal.db');
  const [ours, theirs] = [sqliteJournal(file), sqliteJournal(file)];
  const close = () => {
    ours.close();
    theirs.close();
    rmSync(directory, { recursive: true });
  };
  return { ours, theirs, close };
}
