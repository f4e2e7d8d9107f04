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

/** A process of its own, and how it ended: its exit code, or the signal that killed it. */
async function spawned(db: string, ...args: readonly string[]): Promise<number | string | null> {
  const hosts = [bed.source, ...bed.regions.values()].map(({ host }) => `${host}/${NAME}`);
  const script = new URL('doomed.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, db, ...args, ...hosts], { stdio: 'ignore' });
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
  return signal ?? code;
}

const REGIONS = ['region-0', 'region-1', 'region-2'];

describe('two processes with one journal', () => {
  it('that mirror one release at the same time both end, and it is brought once, whole', async () => {
    bed = await makeBed({ regions: REGIONS });
    directory = mkdtempSync(join(tmpdir(), 'greenroom-two-'));
    const db = join(directory, 'journal.sqlite');
    const image = await release(bed, 'v1');
    // Slow enough for the second to begin while the first is at work.
    bed.source.shape = { latencyMs: 40, bytesPerSecondPerConnection: 400_000 };
    expect(await Promise.all([spawned(db, 'nothing', '0'), spawned(db, 'nothing', '0')])).toEqual([0, 0]);
    expect(bed.served()).toEqual([image.digest, image.digest, image.digest]);
    expect(await bed.broken()).toEqual([]);
    const journal = sqliteJournal(db);
    const history = await journal.promotions({ image: 'coder-preview', tag: 'latest' }, 9);
    expect(history.map(({ state }) => state)).toEqual(['done']);
    expect(bed.source.traffic.blobBytesOut).toBe(image.bytes);
    journal.close();
  });
});

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
      bed = await makeBed({ regions: REGIONS });
      directory = mkdtempSync(join(tmpdir(), 'greenroom-kill-'));
      const db = join(directory, 'journal.sqlite');
      await release(bed, 'v1');
      const journal = sqliteJournal(db);
      await mirror(bed.run({ journal }));
      const second = await release(bed, 'v2');

      expect(await spawned(db, kind, String(nth))).toBe('SIGKILL');

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
