import { describe, expect, it } from 'vitest';
import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import { digest } from '../../src/core/digest.ts';
import type { Outcome, ProgressEvent } from '../../src/core/progress.ts';
import { outcomeLine, plainLine } from '../../src/terminal/outcome.ts';

const DIGEST = digest(`sha256:${'a1'.repeat(32)}`);
const release = 'coder-preview:latest';
const outcome = (rest: Partial<Outcome> & Pick<Outcome, 'result'>): Outcome => ({
  release,
  regions: [{ region: 'us-east-2' }, { region: 'us-west-2' }, { region: 'eu-west-2' }],
  amiss: [],
  ...rest,
});

describe('how a run ended, in a line', () => {
  const copied = { blobs: 13, bytesRead: 249e6, bytesWritten: 747e6, healed: 1, tookMs: 4_200 };
  it.each<[string, Outcome]>([
    [
      '✓ coder-preview:latest  a1a1a1a1a1a1  promoted: 3 regions within 12 ms, read 249 MB, wrote 747 MB, 1 blob healed from a sibling, took 4.2 s',
      outcome({ result: 'promoted', digest: DIGEST, skewMs: 12, copied }),
    ],
    ['✓ coder-preview:latest  a1a1a1a1a1a1  in sync', outcome({ result: 'in-sync', digest: DIGEST })],
    [
      '• coder-preview:latest  a1a1a1a1a1a1  copied, held back: held until noon',
      outcome({ result: 'held', digest: DIGEST, why: 'held until noon' }),
    ],
    ['✗ coder-preview:latest  not at its source: no tag latest', outcome({ result: 'absent', why: 'no tag latest' })],
    [
      '✗ coder-preview:latest  SPLIT: regions disagree: eu-west-2: 500',
      outcome({ result: 'split', why: 'eu-west-2: 500' }),
    ],
  ])('%s', (line, ended) => {
    expect(outcomeLine(ended)).toBe(line);
  });

  it('lets no registry colour the terminal or forge a line', () => {
    expect(outcomeLine(outcome({ result: 'failed', why: '500 \u001b[32m\n✓ fine' }))).not.toMatch(/[\u001b\n]/);
  });
});

describe('progress where nothing can be redrawn', () => {
  const told = (events: readonly ProgressEvent[]): string[] => {
    let running: Running = nothingRuns;
    return events.flatMap((event) => {
      const before = running.get(release);
      running = fold(running, { release, ...event }, new Date('2026-09-14T09:00:00Z'));
      return plainLine({ release, ...event }, before, running.get(release)) ?? [];
    });
  };
  const planned: ProgressEvent = {
    kind: 'planned',
    digest: DIGEST,
    blobs: 1,
    bytes: 100e6,
    lacking: { a: 100e6, b: 0 },
  };

  it('says what is planned and how far the reading is, in quarters', () => {
    const reads = Array.from({ length: 100 }, (): ProgressEvent => ({ kind: 'read', bytes: 1e6 }));
    expect(told([planned, ...reads, { kind: 'promoted', region: 'a', digest: DIGEST }])).toEqual([
      'coder-preview:latest: a1a1a1a1a1a1: 1 blob, 100 MB to read; a lacks 100 MB',
      'coder-preview:latest: read 25 % of 100 MB',
      'coder-preview:latest: read 50 % of 100 MB',
      'coder-preview:latest: read 75 % of 100 MB',
      'coder-preview:latest: read 100 % of 100 MB',
      'coder-preview:latest: a serves a1a1a1a1a1a1',
    ]);
  });

  it('says so where there is nothing to copy', () => {
    expect(told([{ ...planned, blobs: 0, bytes: 0, lacking: { a: 0, b: 0 } }])).toEqual([
      'coder-preview:latest: a1a1a1a1a1a1: every blob is everywhere already',
    ]);
  });
});
