import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { LEASE_MS } from '../../src/mirror/claim.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { makeBed, NAME, type Bed } from './bed.ts';

const release = (bed: Bed, version: string) =>
  seedImage(bed.source, { repository: NAME, tag: 'latest', version, layerBytes: [200_000, 30_000] });

let bed: Bed;
let directory: string;
afterEach(async () => {
  await bed.close();
  rmSync(directory, { recursive: true });
});

async function die(kind: string, nth: number, db: string): Promise<void> {
  const hosts = [bed.source, ...bed.regions.values()].map(({ host }) => `${host}/${NAME}`);
  const script = new URL('doomed.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, db, kind, String(nth), ...hosts], { stdio: 'ignore' });
  const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
}

describe('a run that is killed', () => {
  it.each([
    ['planned', 1],
    ['read', 1],
    ['wrote', 4],
    ['landed', 1],
    ['landed', 9],
    ['staged', 1],
    ['staged', 3],
    ['promoted', 1],
    ['promoted', 2],
    ['promoted', 3],
    ['finished', 1],
  ] as const)(
    'at event “%s” number %i leaves whole content behind every tag, and the next one converges',
    async (kind, nth) => {
      bed = await makeBed({ regions: ['region-0', 'region-1', 'region-2'] });
      directory = mkdtempSync(join(tmpdir(), 'greenroom-kill-'));
      const db = join(directory, 'journal.sqlite');
      await release(bed, 'v1');
      const journal = sqliteJournal(db);
      await mirror(bed.run({ journal }));
      const second = await release(bed, 'v2');

      await die(kind, nth, db);

      expect(await bed.broken()).toEqual([]);
      // Its claim runs out by itself; nobody has to clean up after the dead.
      const later = (): Date => new Date(Date.now() + LEASE_MS);
      const outcome = await mirror(bed.run({ journal, now: later }));
      expect(['promoted', 'in-sync']).toContain(outcome.result);
      expect(bed.served()).toEqual([second.digest, second.digest, second.digest]);
      expect(await bed.broken()).toEqual([]);
      journal.close();
    },
  );
});
