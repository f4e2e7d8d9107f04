import { describe, expect, it } from 'vitest';
import { nothingRuns } from '../../src/board/progress.ts';
import { boardView, type View } from '../../src/board/view.ts';
import { examine } from '../../src/core/check.ts';
import { imagesMatchTheirSource } from '../../src/core/checks/images-match-their-source.ts';
import { digest } from '../../src/core/digest.ts';
import type { Estate } from '../../src/core/estate.ts';
import { saw, unseen, type ImageSighting } from '../../src/core/sighting.ts';
import { imagesLines } from '../../src/terminal/images.ts';
import { newsBlock } from '../../src/terminal/news.ts';
import { painted } from '../../src/terminal/paint.ts';
import { parityLines } from '../../src/terminal/parity.ts';
import { widthOf } from '../../src/terminal/text.ts';

const NOW = new Date('2026-09-14T09:00:00Z');
const NEW = digest(`sha256:${'a1'.repeat(32)}`);
const OLD = digest(`sha256:${'b2'.repeat(32)}`);
const image = {
  name: 'coder-preview',
  source: 'ghcr.io/coder/coder-preview',
  repository: 'coder-preview',
  tags: ['latest'],
  moving: ['latest'],
};
const estate: Estate = {
  name: 'ai.coder.com',
  home: 'us-east-2',
  regions: [
    { name: 'us-east-2', city: 'Ohio' },
    { name: 'us-west-2', city: 'Oregon' },
    { name: 'eu-west-2', city: 'London' },
  ],
  images: [image],
  people: { emails: [] },
};

function view(serves: readonly ImageSighting['copies'][number]['serves'][]): View {
  const copies = estate.regions.map(({ name }, i) => ({ region: name, serves: serves[i] ?? unseen('not asked') }));
  const sightings: ImageSighting[] = [{ release: { image, tag: 'latest' }, source: saw(NEW), copies }];
  const findings = examine([imagesMatchTheirSource], { images: saw(sightings) }, NOW);
  return boardView({ estate, sightings, findings, history: [], running: nothingRuns, now: NOW });
}

const inStep = view([saw(NEW), saw(NEW), saw(NEW)]);
const amiss = view([saw(NEW), saw(OLD), saw(OLD)]);
const blind = view([saw(NEW), saw(NEW), unseen('ECONNREFUSED')]);

describe('parity on a terminal', () => {
  it('is a word, and one row for each tag', () => {
    const lines = parityLines(inStep, { width: 100 });
    expect(lines[0]).toMatch(/^GO {2}/);
    expect(lines.at(-1)).toBe('  latest  a1a1a1a1a1a1  ✓ same     ✓ same     ✓ same     3 of 3');
  });

  it('says once what is the same in two regions, and what to do about it', () => {
    const lines = parityLines(amiss, { width: 100 });
    expect(lines[0]).toMatch(/^NO-GO {2}/);
    expect(lines.join('\n')).toContain('✓ same     ✗ b2b2b2b2b2b2  ✗ b2b2b2b2b2b2  1 of 3');
    expect(lines.filter((line) => line.startsWith('fail'))).toEqual([
      'fail    coder-preview:latest in us-west-2 and eu-west-2  images-match-their-source',
    ]);
    expect(lines.at(-1)?.trim()).toBe('npx greenroom mirror coder-preview:latest');
  });

  it('never takes silence for agreement', () => {
    expect(parityLines(blind)[0]).toMatch(/^UNKNOWN {2}/);
    expect(parityLines(blind).join('\n')).toContain('? unknown');
  });

  it.each([60, 80, 120])('fits a terminal of %i columns, in colour and without', (width) => {
    for (const each of [inStep, amiss, blind]) {
      for (const line of [...parityLines(each, { width }), ...imagesLines(each, { width })]) {
        expect(widthOf(line)).toBeLessThanOrEqual(width);
      }
      expect(parityLines(each, { width, paint: painted }).map(widthOf)).toEqual(
        parityLines(each, { width }).map(widthOf),
      );
    }
  });
});

describe('news on a terminal', () => {
  const line = (region: string): string => `fail: coder-preview:latest in ${region}: want a1, have b2`;
  const told = ['us-east-2', 'us-west-2', 'eu-west-2'].map((region) => ({
    kind: 'amiss' as const,
    subject: `coder-preview:latest in ${region}`,
    line: line(region),
  }));

  it('tells what happened in three regions as one thing', () => {
    expect(newsBlock(told, NOW, { width: 120 })).toEqual([
      '09:00:00  fail: coder-preview:latest in us-east-2, us-west-2 and eu-west-2: want a1, have b2',
    ]);
  });

  it('keeps apart what differs', () => {
    const [first, second] = told;
    if (!first || !second) throw new Error('no news');
    const differs = { ...second, line: 'fail: coder-preview:latest in us-west-2: want a1, have nothing' };
    expect(newsBlock([first, differs], NOW, { width: 120 })).toHaveLength(2);
  });
});
