import { describe, expect, it } from 'vitest';
import { examine } from '../../../src/core/check.ts';
import { imagesMatchTheirSource } from '../../../src/core/checks/images-match-their-source.ts';
import type { Digest } from '../../../src/core/digest.ts';
import { isGo, stepsIn, type Judgement } from '../../../src/core/finding.ts';
import {
  saw,
  unseen,
  type CopySighting,
  type ImageSighting,
  type Missing,
  type Seen,
} from '../../../src/core/sighting.ts';
import { aDigest, aHold, anImage, aPin, at } from '../../builders.ts';

const now = at('09:00');
const [NEW, OLD, OTHER] = [aDigest('a'), aDigest('b'), aDigest('c')];
const release = { image: anImage(), tag: 'latest' };
const [OHIO, OREGON, LONDON] = ['us-east-2', 'us-west-2', 'eu-west-2'] as const;
const step = { kind: 'mirror-image', image: 'coder-preview', tag: 'latest' };

type Shown = Digest | 'none' | 'silent' | [Digest, Partial<Missing> | 'unseen'];

/** One word for what a region shows: a digest, no such tag, no answer, or a digest and what is missing behind it. */
function copyOf(region: string, shown: Shown): CopySighting {
  if (shown === 'none') return { region, serves: saw(undefined) };
  if (shown === 'silent') return { region, serves: unseen('ecr: could not look: timeout') };
  if (!Array.isArray(shown)) return { region, serves: saw(shown) };
  const [serves, gone] = shown;
  const nothing = { manifests: [], blobs: [], referrers: [] };
  return {
    region,
    serves: saw(serves),
    missing: gone === 'unseen' ? unseen('ghcr.io: could not read manifest: 500') : saw({ ...nothing, ...gone }),
  };
}

type Rest = Partial<Pick<ImageSighting, 'pin' | 'hold'>>;

const sighted = (
  source: Digest | 'none' | 'silent',
  [ohio, oregon]: readonly [Shown, Shown],
  rest: Rest = {},
): ImageSighting => ({
  release,
  source: sourceOf(source),
  copies: [copyOf(OHIO, ohio), copyOf(OREGON, oregon)],
  ...rest,
});

function sourceOf(source: Digest | 'none' | 'silent'): Seen<Digest | undefined> {
  if (source === 'silent') return unseen('ghcr.io: could not look: 502');
  return saw(source === 'none' ? undefined : source);
}

const judge = (...images: ImageSighting[]): readonly Judgement[] => imagesMatchTheirSource.judge({ images }, now);

/** `fail → step`, `warn → ask`, `ok`: the status, and who is to put it right. */
function verdictOf(judgement: Judgement): string {
  if (judgement.status === 'ok') return 'ok';
  return `${judgement.status} → ${judgement.remedy.by === 'greenroom' ? 'step' : 'ask'}`;
}

const [gone, unsigned] = [{ blobs: [OTHER] }, { referrers: [OTHER] }];
const [held, pinned] = [{ hold: aHold() }, { pin: aPin(OLD) }];

describe('Ohio and Oregon, when', () => {
  it.each<[string, ImageSighting, string, string]>([
    // what the regions serve                            the sighting                                         Ohio           Oregon
    ['both serve what the source serves', sighted(NEW, [NEW, NEW]), 'ok', 'ok'],
    [
      'both serve it, all of it',
      sighted(NEW, [
        [NEW, {}],
        [NEW, {}],
      ]),
      'ok',
      'ok',
    ],
    ['Oregon is stale', sighted(NEW, [NEW, OLD]), 'ok', 'fail → step'],
    ['both are stale', sighted(NEW, [OLD, OLD]), 'fail → step', 'fail → step'],
    ['both are stale, each its own way', sighted(NEW, [OLD, OTHER]), 'fail → step', 'fail → step'],
    ['Oregon has no such tag', sighted(NEW, [NEW, 'none']), 'ok', 'fail → step'],
    ['neither has the tag', sighted(NEW, ['none', 'none']), 'fail → step', 'fail → step'],
    ['Oregon does not answer', sighted(NEW, [NEW, 'silent']), 'ok', 'unknown → ask'],
    ['Oregon does not answer and Ohio is stale', sighted(NEW, [OLD, 'silent']), 'fail → step', 'unknown → ask'],
    ['neither answers', sighted(NEW, ['silent', 'silent']), 'unknown → ask', 'unknown → ask'],

    // behind an equal tag
    [
      'a layer is gone in Oregon',
      sighted(NEW, [
        [NEW, {}],
        [NEW, gone],
      ]),
      'ok',
      'fail → step',
    ],
    [
      'a platform is gone in Oregon',
      sighted(NEW, [
        [NEW, {}],
        [NEW, { manifests: [OTHER] }],
      ]),
      'ok',
      'fail → step',
    ],
    [
      'only a signature is missing in Oregon',
      sighted(NEW, [
        [NEW, {}],
        [NEW, unsigned],
      ]),
      'ok',
      'warn → step',
    ],
    [
      'a layer and a signature are gone',
      sighted(NEW, [
        [NEW, {}],
        [NEW, { ...gone, ...unsigned }],
      ]),
      'ok',
      'fail → step',
    ],
    [
      'what is behind the tag cannot be seen',
      sighted(NEW, [
        [NEW, 'unseen'],
        [NEW, 'unseen'],
      ]),
      'unknown → ask',
      'unknown → ask',
    ],
    [
      'Oregon is stale and lacks the new layers',
      sighted(NEW, [
        [NEW, {}],
        [OLD, gone],
      ]),
      'ok',
      'fail → step',
    ],

    // the source cannot be read
    ['the source does not answer and both agree', sighted('silent', [NEW, NEW]), 'unknown → ask', 'unknown → ask'],
    ['the source does not answer and they disagree', sighted('silent', [NEW, OLD]), 'fail → ask', 'fail → ask'],
    ['the source does not answer and Oregon has no tag', sighted('silent', [NEW, 'none']), 'fail → ask', 'fail → ask'],
    [
      'the source does not answer and neither has the tag',
      sighted('silent', ['none', 'none']),
      'unknown → ask',
      'unknown → ask',
    ],
    ['nobody answers', sighted('silent', ['silent', 'silent']), 'unknown → ask', 'unknown → ask'],

    // the source has no such tag
    ['the source took the tag away', sighted('none', [NEW, NEW]), 'warn → ask', 'warn → ask'],
    ['the source took it away and they disagree', sighted('none', [NEW, OLD]), 'fail → ask', 'fail → ask'],
    ['the source took it away and Oregon has none', sighted('none', [NEW, 'none']), 'fail → ask', 'fail → ask'],
    ['the tag was never released', sighted('none', ['none', 'none']), 'fail → ask', 'fail → ask'],
    [
      'the source took it away and a layer is gone',
      sighted('none', [
        [NEW, {}],
        [NEW, gone],
      ]),
      'warn → ask',
      'fail → ask',
    ],
    [
      'the source took it away and the rest cannot be seen',
      sighted('none', [NEW, [NEW, 'unseen']]),
      'warn → ask',
      'unknown → ask',
    ],
    [
      'the source took it away and Oregon does not answer',
      sighted('none', [NEW, 'silent']),
      'warn → ask',
      'unknown → ask',
    ],

    // held
    ['a hold keeps both at the old one', sighted(NEW, [OLD, OLD], held), 'warn → ask', 'warn → ask'],
    [
      'a hold keeps both, and the new layers are still to come',
      sighted(
        NEW,
        [
          [OLD, gone],
          [OLD, {}],
        ],
        held,
      ),
      'warn → step',
      'warn → ask',
    ],
    [
      'a hold keeps both, and a signature is still to come',
      sighted(
        NEW,
        [
          [OLD, unsigned],
          [OLD, {}],
        ],
        held,
      ),
      'warn → ask',
      'warn → ask',
    ],
    ['a hold keeps a first release out of both', sighted(NEW, ['none', 'none'], held), 'warn → ask', 'warn → ask'],
    ['a hold finds them disagreeing', sighted(NEW, [NEW, OLD], held), 'ok', 'fail → ask'],
    ['a hold finds both stale, each its own way', sighted(NEW, [OLD, OTHER], held), 'fail → ask', 'fail → ask'],
    ['a hold covers regions that are up to date', sighted(NEW, [NEW, NEW], held), 'ok', 'ok'],
    [
      'a layer is gone under a hold',
      sighted(
        NEW,
        [
          [NEW, {}],
          [NEW, gone],
        ],
        held,
      ),
      'ok',
      'fail → step',
    ],
    ['Oregon does not answer under a hold', sighted(NEW, [OLD, 'silent'], held), 'warn → ask', 'unknown → ask'],
    ['the source does not answer under a hold', sighted('silent', [OLD, OLD], held), 'unknown → ask', 'unknown → ask'],
    [
      'the hold has ended to the minute',
      sighted(NEW, [OLD, OLD], { hold: aHold({ until: now }) }),
      'fail → step',
      'fail → step',
    ],
    [
      'the hold begins to the minute',
      sighted(NEW, [OLD, OLD], { hold: aHold({ since: now }) }),
      'warn → ask',
      'warn → ask',
    ],
    [
      'the hold has not begun',
      sighted(NEW, [OLD, OLD], { hold: aHold({ since: at('10:00') }) }),
      'fail → step',
      'fail → step',
    ],
    [
      'the hold is another image’s',
      sighted(NEW, [OLD, OLD], { hold: aHold({ scope: 'coder-base' }) }),
      'fail → step',
      'fail → step',
    ],

    // pinned
    ['both serve what is pinned', sighted(OLD, [OLD, OLD], pinned), 'ok', 'ok'],
    ['both serve what is pinned and the source moved on', sighted(NEW, [OLD, OLD], pinned), 'ok', 'ok'],
    ['Oregon serves the source’s instead of the pinned', sighted(NEW, [OLD, NEW], pinned), 'ok', 'fail → step'],
    ['Oregon lacks what is pinned', sighted(NEW, [OLD, 'none'], pinned), 'ok', 'fail → step'],
    [
      'a layer of what is pinned is gone',
      sighted(
        NEW,
        [
          [OLD, {}],
          [OLD, gone],
        ],
        pinned,
      ),
      'ok',
      'fail → step',
    ],
    ['pinned, and the source took the tag away', sighted('none', [OLD, OLD], pinned), 'ok', 'ok'],
    ['pinned, and the source does not answer', sighted('silent', [OLD, NEW], pinned), 'ok', 'fail → step'],
    ['pinned, and Oregon does not answer', sighted(NEW, [OLD, 'silent'], pinned), 'ok', 'unknown → ask'],
    [
      'pinned under a hold, which lets a rollback through',
      sighted(NEW, [OLD, NEW], { ...pinned, ...held }),
      'ok',
      'fail → step',
    ],
  ])('%s', (_, sighting, ohio, oregon) => {
    expect(judge(sighting).map(verdictOf)).toEqual([ohio, oregon]);
  });
});

describe('what people read', () => {
  const evidenceOf = (sighting: ImageSighting, region = 1) => judge(sighting)[region]?.evidence;
  const askOf = (sighting: ImageSighting, region = 1): string | undefined => {
    const judgement = judge(sighting)[region];
    return judgement && judgement.status !== 'ok' && judgement.remedy.by === 'person'
      ? judgement.remedy.ask
      : undefined;
  };

  it('names the release and the region', () => {
    expect(judge(sighted(NEW, [NEW, OLD])).map(({ subject }) => subject)).toEqual([
      'coder-preview:latest in us-east-2',
      'coder-preview:latest in us-west-2',
    ]);
  });

  it('names both digests where regions disagree, and counts the regions behind', () => {
    const three = {
      ...sighted(NEW, [NEW, OLD]),
      copies: [copyOf(OHIO, NEW), copyOf(OREGON, OLD), copyOf(LONDON, OLD)],
    };
    expect(evidenceOf(three)).toEqual({
      want: 'aaaaaaaaaaaa as ghcr.io/coder/coder-preview:latest',
      have: 'bbbbbbbbbbbb, but aaaaaaaaaaaa in us-east-2',
      gauge: { value: 2, unit: 'regions behind' },
    });
  });

  it('names every region that serves something else', () => {
    const three = {
      ...sighted('silent', [NEW, NEW]),
      copies: [copyOf(OHIO, NEW), copyOf(OREGON, OLD), copyOf(LONDON, NEW)],
    };
    expect(evidenceOf(three)?.have).toMatch(/^bbbbbbbbbbbb, but aaaaaaaaaaaa in us-east-2 and eu-west-2; the source/);
  });

  it('does not count a region that could not be read among those behind', () => {
    expect(evidenceOf(sighted(NEW, [OLD, 'silent']), 0)?.gauge).toEqual({ value: 1, unit: 'regions behind' });
  });

  it('says what is missing behind a tag, and how much', () => {
    const torn = { manifests: [OLD], blobs: [OLD, OTHER], referrers: [OTHER] };
    expect(evidenceOf(sighted(NEW, [NEW, [NEW, torn]]))).toMatchObject({
      have: 'aaaaaaaaaaaa without 1 manifest, 2 blobs, 1 referrer',
      gauge: { value: 4, unit: 'missing' },
    });
  });

  it('says whose hold it is, until when and why', () => {
    expect(evidenceOf(sighted(NEW, [OLD, OLD], held))?.have).toBe(
      'bbbbbbbbbbbb; held until 2026-09-14 18:00 UTC by ana, because Agents 101 is on',
    );
    expect(askOf(sighted(NEW, [OLD, OLD], held))).toMatch(/^Nothing to do/);
  });

  it('offers the two ways out where a hold finds regions disagreeing', () => {
    expect(askOf(sighted(NEW, [NEW, OLD], held))).toMatch(/roll back .* or lift the hold/);
  });

  it('says whose pin it is, and that the source has moved on', () => {
    expect(evidenceOf(sighted(NEW, [OLD, OLD], pinned))?.want).toBe(
      'bbbbbbbbbbbb, pinned by ben since 2026-09-14 07:30 UTC, because terminals freeze; the source has moved on to aaaaaaaaaaaa',
    );
    expect(evidenceOf(sighted('silent', [OLD, OLD], pinned))?.want).toMatch(/; the source could not be read: ghcr\.io/);
    expect(evidenceOf(sighted(OLD, [OLD, OLD], pinned))?.want).toMatch(/terminals freeze$/);
  });

  it('names what to check where nobody answers', () => {
    expect(askOf(sighted(NEW, [NEW, 'silent']))).toBe(
      'Check that the registry in us-west-2 answers and that Greenroom may read coder-preview there.',
    );
    expect(askOf(sighted('silent', [NEW, NEW]))).toBe(
      'Check that ghcr.io/coder/coder-preview answers and that Greenroom may read it.',
    );
    expect(askOf(sighted(NEW, [NEW, [NEW, 'unseen']]))).toMatch(/manifests and blobs of coder-preview in us-west-2/);
  });

  it('leaves copies alone where the source took the tag away', () => {
    expect(askOf(sighted('none', [NEW, NEW]))).toMatch(/Greenroom leaves them as they are/);
    expect(askOf(sighted('none', ['none', 'none']))).toMatch(/take the tag out of the estate/);
  });
});

describe('the whole estate', () => {
  const other = { ...sighted(NEW, [OLD, OLD]), release: { image: anImage({ name: 'coder-base' }), tag: 'v2' } };

  it('gives every release wanted and every copy there a finding of its own', () => {
    expect(judge(sighted(NEW, [NEW, OLD]), other).map(({ subject }) => subject)).toEqual([
      'coder-preview:latest in us-east-2',
      'coder-preview:latest in us-west-2',
      'coder-base:v2 in us-east-2',
      'coder-base:v2 in us-west-2',
    ]);
  });

  it('takes one step for all regions of a release', () => {
    const findings = examine([imagesMatchTheirSource], { images: saw([sighted(NEW, [OLD, OLD]), other]) }, now);
    expect(stepsIn(findings)).toEqual([step, { kind: 'mirror-image', image: 'coder-base', tag: 'v2' }]);
  });

  it('does not pass over a release that no region keeps', () => {
    expect(judge({ release, source: saw(NEW), copies: [] })).toMatchObject([
      { subject: 'coder-preview:latest', status: 'fail', remedy: { by: 'person' } },
    ]);
  });

  it('is no-go when it could not be looked at', () => {
    const findings = examine([imagesMatchTheirSource], { images: unseen('no network') }, now);
    expect(findings).toMatchObject([{ check: 'images-match-their-source', status: 'unknown' }]);
    expect(isGo(findings)).toBe(false);
  });

  it('says so when there is nothing to look after', () => {
    expect(examine([imagesMatchTheirSource], { images: saw([]) }, now)).toMatchObject([{ subject: 'nothing' }]);
  });
});
