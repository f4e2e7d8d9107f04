import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

/** Where the suite listens: no-secret-told.ts. A whole run that hears nothing on one of these has proven nothing of it. */
export const ROADS = [
  'printed',
  'printed by the command line',
  'said by a process',
  'logged by a function',
  'an error',
  'journal in memory',
  'journal in SQLite',
  'a journal on disk',
  'a file left behind',
  'a page',
  'sent to DynamoDB',
  'sent to EventBridge',
  'sent to Step Functions',
  'sent to Scheduler',
  'sent to SNS',
  'sent to Slack',
] as const;
export type Road = (typeof ROADS)[number];

declare module 'vitest' {
  export interface ProvidedContext {
    /** The file into which each test file writes what it has searched. */
    counts: string | undefined;
  }
}

interface Count {
  readonly pieces: number;
  readonly bytes: number;
}

/** Counts what was searched in all processes of a run, says it, and fails a whole run in which a road was silent. */
export default function count(project: TestProject): () => void {
  const directory = mkdtempSync(join(tmpdir(), 'greenroom-searched-'));
  const file = join(directory, 'counts');
  project.provide('counts', file);
  return () => {
    const files = linesOf(file).map((line) => JSON.parse(line) as Partial<Record<Road, Count>>);
    rmSync(directory, { recursive: true });
    const rows = ROADS.map((road) => ({ road, ...sumOf(files.flatMap((each) => each[road] ?? [])) }));
    const all = globSync('test/**/*.test.ts').filter((name) => !name.startsWith('test/real/'));
    if (files.length < all.length) return;
    console.log(
      `Searched for secrets: ${rows.map(({ road, pieces, bytes }) => `${road} ${pieces} (${Math.ceil(bytes / 1024)} kB)`).join(' · ')}`,
    );
    const silent = rows.filter(({ pieces }) => pieces === 0).map(({ road }) => road);
    if (silent.length === 0) return;
    console.error(`Nothing was heard on these roads, so nothing is proven of them: ${silent.join(', ')}`);
    process.exitCode = 1;
  };
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

const sumOf = (counts: readonly Count[]): Count => ({
  pieces: counts.reduce((sum, { pieces }) => sum + pieces, 0),
  bytes: counts.reduce((sum, { bytes }) => sum + bytes, 0),
});
