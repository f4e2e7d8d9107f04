import { HISTORY_PREFIX, isPattern, isReferrerTag, matches, type Image, type Release } from '../core/estate.ts';
import type { Repository } from '../ports.ts';

const NEWEST = 10;

/**
 * The releases that an image's tags stand for now: exact tags as they are, patterns matched against the source's tags.
 *
 * A pattern takes only its newest versions (ten, or the estate's figure): `v*` of a project that releases daily
 * would otherwise mean every release that there ever was.
 */
export async function releasesOf(image: Image, source: Repository, signal?: AbortSignal): Promise<readonly Release[]> {
  const exact = image.tags.filter((tag) => !isPattern(tag));
  const patterns = image.tags.filter(isPattern);
  const known = patterns.length > 0 ? await allTags(source, signal) : [];
  const matched = patterns.flatMap((pattern) => newest(known, pattern, image.newest ?? NEWEST));
  return [...new Set([...exact, ...matched])].map((tag) => ({ image, tag }));
}

async function allTags(source: Repository, signal?: AbortSignal): Promise<string[]> {
  const all: string[] = [];
  for await (const page of source.tags(signal)) all.push(...page);
  return all;
}

function newest(tags: readonly string[], pattern: string, count: number): string[] {
  return tags
    .filter((tag) => matches(pattern, tag) && !isReferrerTag(tag) && !tag.startsWith(HISTORY_PREFIX))
    .sort(byVersion)
    .slice(0, count);
}

/** Newest first: runs of digits compare as numbers, so that v2.10 is newer than v2.9. A pre-release is older than its release. */
function byVersion(a: string, b: string): number {
  const release = (tag: string): string => tag.split('-', 1)[0] ?? tag;
  const compared = release(b).localeCompare(release(a), 'en', { numeric: true });
  if (compared !== 0) return compared;
  if (a.includes('-') !== b.includes('-')) return a.includes('-') ? 1 : -1;
  return b.localeCompare(a, 'en', { numeric: true });
}
