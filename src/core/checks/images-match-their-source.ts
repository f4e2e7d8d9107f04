import type { Check } from '../check.ts';
import { short, type Digest } from '../digest.ts';
import { spellRelease } from '../estate.ts';
import type { Evidence, Judgement, Remedy } from '../finding.ts';
import { holdOver, type Hold } from '../promotion.ts';
import type { CopySighting, ImageSighting, Missing } from '../sighting.ts';
import { spoken } from '../time.ts';

/**
 * Every region serves what the source serves, or what somebody pinned, and all of it.
 *
 * Each release wanted and each copy there gets its own finding, because the next question is always "which one?".
 */
export const imagesMatchTheirSource: Check<'images'> = {
  name: 'images-match-their-source',
  needs: ['images'],
  judge: ({ images }, now) => images.flatMap((sighting) => links.flatMap((link) => link(sighting, now))),
};

/** The chain from the source to what an attendee runs, link by link. What runs in clusters goes after the copies. */
const links: readonly ((sighting: ImageSighting, now: Date) => Judgement[])[] = [copiesMatch];

/** What one region is measured against. */
interface Measure {
  readonly sighting: ImageSighting;
  readonly hold: Hold | undefined;
  /** What each region that could be read serves; `undefined` for no such tag. */
  readonly served: ReadonlyMap<string, Digest | undefined>;
}

function copiesMatch(sighting: ImageSighting, now: Date): Judgement[] {
  const { release, copies, hold } = sighting;
  const served = new Map(
    copies.flatMap(({ region, serves }) => (serves.seen ? [[region, serves.value] as const] : [])),
  );
  const measure = { sighting, served, hold: holdOver(release.image.name, hold ? [hold] : [], now) };
  return copies.length > 0 ? copies.map((copy) => copyMatches(copy, measure)) : [keptNowhere(sighting)];
}

function copyMatches(copy: CopySighting, measure: Measure): Judgement {
  const { source, pin } = measure.sighting;
  const { serves } = copy;
  if (!serves.seen) return unreadableCopy(copy.region, serves.why, measure);
  if (pin) return againstDigest(copy, serves.value, pin.digest, measure);
  if (!source.seen) return againstNothing(copy, serves.value, source.why, measure);
  return source.value === undefined
    ? againstAbsence(copy, serves.value, measure)
    : againstDigest(copy, serves.value, source.value, measure);
}

/** The source's digest, or the pinned one, is known. A pin outranks a source that has moved on or cannot be read. */
function againstDigest(copy: CopySighting, have: Digest | undefined, want: Digest, measure: Measure): Judgement {
  if (have === want) return allThere(copy, want, measure);
  const { hold, served, sighting } = measure;
  const behind = [...served.values()].filter((digest) => digest !== want).length;
  const looked = {
    subject: subjectOf(copy.region, measure),
    evidence: {
      want: wanted(want, measure),
      have: `${named(have)}${elsewhere(copy.region, have, measure)}`,
      gauge: { value: behind, unit: 'regions behind' },
    },
  };
  if (!hold || sighting.pin) return { ...looked, status: 'fail', remedy: mirrorIt(measure) };
  const evidence = { ...looked.evidence, have: `${looked.evidence.have}; ${spellHold(hold)}` };
  return agreed(measure)
    ? { ...looked, evidence, status: 'warn', remedy: waitFor(copy, measure) }
    : { ...looked, evidence, status: 'fail', remedy: ask(BROKEN_UNDER_HOLD) };
}

/** A hold stops tags, not content: what is not here yet may be brought, so that only the tag is left to move. */
function waitFor({ missing }: CopySighting, measure: Measure): Remedy {
  return missing?.seen && isTorn(missing.value)
    ? mirrorIt(measure)
    : ask('Nothing to do: it is promoted when the hold ends.');
}

/** A hold forbids going forward but lets a rollback through, so only a person can choose between the two. */
const BROKEN_UNDER_HOLD =
  'Regions disagree and a hold forbids promoting: roll back to what most regions serve, or lift the hold.';

/** The tag is as wanted. A tag alone proves little: an index whose child is gone still answers to it. */
function allThere({ region, missing }: CopySighting, want: Digest, measure: Measure): Judgement {
  const evidence = { want: wanted(want, measure), have: named(want) };
  const subject = subjectOf(region, measure);
  if (missing === undefined) return { subject, status: 'ok', evidence };
  if (!missing.seen) return unreadableContent(region, want, missing.why, measure);

  const { manifests, blobs = [], referrers } = missing.value;
  const gone = (manifests ?? []).length + blobs.length + referrers.length;
  const whole = manifests ? 'all of it' : 'with all that the source says about it';
  if (gone === 0) return { subject, status: 'ok', evidence: { ...evidence, have: `${named(want)}, ${whole}` } };
  const have = `${named(want)} without ${spellMissing(missing.value)}`;
  return {
    subject,
    status: isTorn(missing.value) ? 'fail' : 'warn',
    evidence: { ...evidence, have, gauge: { value: gone, unit: 'missing' } },
    remedy: mirrorIt(measure),
  };
}

/** The source cannot be read. That regions disagree is bad news whatever the source says; otherwise we do not know. */
function againstNothing(copy: CopySighting, have: Digest | undefined, why: string, measure: Measure): Judgement {
  const looked = {
    subject: subjectOf(copy.region, measure),
    evidence: {
      want: `what ${sourceOf(measure)} means`,
      have: `${named(have)}${elsewhere(copy.region, have, measure)}; the source could not be read: ${why}`,
    },
    remedy: ask(`Check that ${measure.sighting.release.image.source} answers and that Greenroom may read it.`),
  };
  return { ...looked, status: agreed(measure) ? 'unknown' : 'fail' };
}

/** The source has no such tag, so nothing can be mirrored. Copies are left as they are: somebody may be using them. */
function againstAbsence(copy: CopySighting, have: Digest | undefined, measure: Measure): Judgement {
  const { region, missing } = copy;
  const torn = missing?.seen && isTorn(missing.value);
  const looked = {
    subject: subjectOf(region, measure),
    evidence: {
      want: `what ${sourceOf(measure)} means, but there is no such tag`,
      have: `${named(have)}${torn ? ` without ${spellMissing(missing.value)}` : ''}${elsewhere(region, have, measure)}`,
    },
    remedy: ask(
      have === undefined
        ? `Release ${sourceOf(measure)}, or take the tag out of the estate.`
        : `Release ${sourceOf(measure)} again, or remove the copies that nobody uses: Greenroom leaves them as they are.`,
    ),
  };
  if (missing?.seen === false) return unreadableContent(region, have, missing.why, measure);
  return { ...looked, status: have === undefined || torn || !agreed(measure) ? 'fail' : 'warn' };
}

function unreadableCopy(region: string, why: string, measure: Measure): Judgement {
  const { repository } = measure.sighting.release.image;
  return {
    subject: subjectOf(region, measure),
    status: 'unknown',
    evidence: { want: 'a look at the tag', have: why },
    remedy: ask(`Check that the registry in ${region} answers and that Greenroom may read ${repository} there.`),
  };
}

function unreadableContent(region: string, serves: Digest | undefined, why: string, measure: Measure): Judgement {
  return {
    subject: subjectOf(region, measure),
    status: 'unknown',
    evidence: { want: 'a look at everything behind the tag', have: `${named(serves)}; ${why}` },
    remedy: ask(
      `Check that Greenroom may read manifests and blobs of ${measure.sighting.release.image.repository} in ${region} and at ${measure.sighting.release.image.source}.`,
    ),
  };
}

function keptNowhere({ release }: ImageSighting): Judgement {
  return {
    subject: spellRelease(release),
    status: 'fail',
    evidence: { want: 'a copy in every region', have: 'no region' },
    remedy: ask('Name the regions that keep copies in the estate.'),
  };
}

/** Whether a pull would fail. A missing signature stops nobody from pulling. */
const isTorn = ({ manifests = [], blobs = [] }: Missing): boolean => manifests.length + blobs.length > 0;

/** Whether all regions that could be read serve the same. */
const agreed = ({ served }: Measure): boolean => new Set(served.values()).size <= 1;

const subjectOf = (region: string, { sighting }: Measure): string => `${spellRelease(sighting.release)} in ${region}`;
const sourceOf = ({ sighting: { release } }: Measure): string => `${release.image.source}:${release.tag}`;
const named = (digest: Digest | undefined): string => (digest === undefined ? 'no such tag' : short(digest));
const ask = (sentence: string): Remedy => ({ by: 'person', ask: sentence });

function mirrorIt({ sighting: { release } }: Measure): Remedy {
  return { by: 'greenroom', step: { kind: 'mirror-image', image: release.image.name, tag: release.tag } };
}

/** `4f1c… as ghcr.io/coder/coder-preview:latest`, or whose word it is instead, and what the source says meanwhile. */
function wanted(digest: Digest, measure: Measure): Evidence['want'] {
  const { pin, source, release } = measure.sighting;
  const part = release.image.platforms ? `${release.image.platforms.join(' and ')} of ` : '';
  if (!pin) return `${short(digest)} as ${part}${sourceOf(measure)}`;
  const pinned = `${short(digest)}, pinned by ${pin.by} since ${spoken(pin.since)}, because ${pin.why}`;
  if (!source.seen) return `${pinned}; the source could not be read: ${source.why}`;
  return source.value === digest ? pinned : `${pinned}; the source has moved on to ${named(source.value)}`;
}

/** `, but 4f1c… in us-east-2 and eu-west-2`: who serves something else, which is what an attendee would notice. */
function elsewhere(region: string, have: Digest | undefined, { served }: Measure): string {
  const others = new Map<Digest | undefined, string[]>();
  for (const [other, digest] of served) {
    if (other !== region && digest !== have) others.set(digest, [...(others.get(digest) ?? []), other]);
  }
  return [...others].map(([digest, regions]) => `, but ${named(digest)} in ${regions.join(' and ')}`).join('');
}

const spellHold = ({ until, by, why }: Hold): string => `held until ${spoken(until)} by ${by}, because ${why}`;

function spellMissing({ manifests = [], blobs = [], referrers }: Missing): string {
  const counted = [counting(manifests, 'manifest'), counting(blobs, 'blob'), counting(referrers, 'referrer')];
  return counted.filter((part) => part !== '').join(', ');
}

const counting = ({ length }: readonly Digest[], word: string): string =>
  length === 0 ? '' : `${length} ${word}${length === 1 ? '' : 's'}`;
