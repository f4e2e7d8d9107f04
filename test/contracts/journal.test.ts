import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { dynamoJournal } from '../../src/clients/dynamodb.ts';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import type { Journal } from '../../src/ports.ts';
import { memoryJournal } from '../../src/rehearsal/journal.ts';
import { refusal } from '../servers/aws-json.ts';
import { cancelled, serveDynamoDb } from '../servers/dynamodb.ts';
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

describe('the journal in DynamoDB, on a bad day', () => {
  promisesOfAJournal(badDay, { races: 60 });
});

/** Pages are short, others are in the way, and now and then an answer is lost although all was done. */
async function badDay(): Promise<OpenJournal> {
  const server = await serveDynamoDb({
    pageSize: 2,
    refuse: (operation, earlier) => {
      if (earlier % 7 !== 0) return undefined;
      return operation === 'TransactWriteItems'
        ? cancelled(['None', 'TransactionConflict', 'None'])
        : refusal('TransactionConflictException', 'Transaction is ongoing for the item');
    },
    forget: (operation, earlier) => operation !== 'DeleteItem' && earlier % 31 === 0,
  });
  const [ours, theirs] = ['ours', 'theirs'].map(() =>
    dynamoJournal({ table: server.table, client: server.client(4), backOffMs: 1 }),
  ) as [Journal, Journal];
  return { ours, theirs, close: async () => server[Symbol.asyncDispose]() };
}

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
