import { describe, expect, it } from 'vitest';
import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import { runViews } from '../../src/board/runs.ts';
import { digest } from '../../src/core/digest.ts';
import type { ProgressEvent } from '../../src/core/progress.ts';
import { plus } from '../../src/core/time.ts';
import { painted } from '../../src/terminal/paint.ts';
import { progressBlock } from '../../src/terminal/progress.ts';
import { widthOf } from '../../src/terminal/text.ts';

const START = new Date('2026-09-14T09:00:00Z');
const DIGEST = digest(`sha256:${'a1'.repeat(32)}`);
const release = 'coder-preview:latest';

const planned: ProgressEvent = {
  kind: 'planned',
  digest: DIGEST,
  blobs: 4,
  bytes: 100e6,
  lacking: { 'us-east-2': 100e6, 'eu-west-2': 0 },
};

/** One event a second, and the view at the end of the last one. */
function seen(events: readonly ProgressEvent[], width: number, paint?: typeof painted): string[] {
  let running: Running = nothingRuns;
  events.forEach((event, second) => {
    running = fold(running, { release, ...event }, plus(START, second * 1_000));
  });
  const [run] = runViews(running, [], () => undefined, plus(START, (events.length - 1) * 1_000));
  return run ? progressBlock(run, { width, ...(paint && { paint }) }) : [];
}

const halfway: ProgressEvent[] = [
  planned,
  { kind: 'read', bytes: 30e6 },
  { kind: 'wrote', region: 'us-east-2', bytes: 50e6 },
];

describe('the progress of a run', () => {
  it('shows a bar, bytes, time left and rate for the source and for each region', () => {
    expect(seen(halfway, 100)).toEqual([
      'coder-preview:latest  a1a1a1a1a1a1',
      '  source     ━━━━━━━━━━╸────────────────────────   30 %   30.0 MB of 100 MB               15.0 MB/s',
      '  us-east-2  ━━━━━━━━━━━━━━━━━╸─────────────────   50 %   50.0 MB of 100 MB          2 s  25.0 MB/s',
      '  eu-west-2  ━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━  100 %                        all there           ',
    ]);
  });

  it('tells neither rate nor time left by what the first buffers took', () => {
    const wrote: ProgressEvent = { kind: 'wrote', region: 'us-east-2', bytes: 8e6 };
    const running = fold(fold(nothingRuns, { release, ...planned }, START), { release, ...wrote }, plus(START, 90));
    const legAt = (ms: number) => runViews(running, [], () => undefined, plus(START, ms))[0]?.legs[0];
    expect(legAt(100)).toMatchObject({ bytes: 8e6, perSecond: 0 });
    expect(legAt(100)?.etaMs).toBeUndefined();
    expect(legAt(1_000)).toMatchObject({ perSecond: 8e6, etaMs: 11_500 });
  });

  it.each([40, 60, 80, 100, 120, 200])('never fills the last of %i columns, where a terminal would wrap', (width) => {
    const detached: ProgressEvent = {
      kind: 'detached',
      region: 'us-east-2',
      digest: DIGEST,
      why: 'fell behind the other regions because its registry is slow today',
    };
    for (const line of seen([...halfway, detached], width)) expect(widthOf(line)).toBeLessThan(width);
  });

  it('keeps the bar and the percentage on a narrow terminal', () => {
    expect(seen(halfway, 40)[2]).toMatch(/^ {2}us-east-2 {2}━+╸?─+ +50 %$/);
  });

  it('does not move its columns when a rate appears', () => {
    const [before, after] = [halfway.slice(0, 1), halfway].map((events) => seen(events, 100)[2]?.length);
    expect(before).toBe(after);
  });

  it('is as wide in colour as without', () => {
    expect(seen(halfway, 80, painted).map(widthOf)).toEqual(seen(halfway, 80).map(widthOf));
  });

  it('says so while nothing is planned yet', () => {
    expect(seen([{ kind: 'read', bytes: 0 }], 80)).toEqual(['coder-preview:latest  looking…']);
  });
});
