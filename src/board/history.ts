import { short, type Digest } from '../core/digest.ts';
import { matches, spellRelease, type Image } from '../core/estate.ts';
import type { Promotion, PromotionState } from '../core/promotion.ts';
import type { ImageSighting } from '../core/sighting.ts';
import { cityOf, type Place } from './releases.ts';

/** What a digest is called by people: the version tag that means the same. */
export type Namer = (image: string, digest: Digest, but: string) => string | undefined;

export interface HistoryView {
  readonly release: string;
  readonly image: string;
  readonly tag: string;
  /** The newest first. */
  readonly promotions: readonly PromotionView[];
}

export interface PromotionView {
  readonly id: string;
  readonly at: Date;
  readonly kind: Promotion['kind'];
  readonly state: PromotionState;
  readonly digest: Digest;
  readonly short: string;
  readonly label?: string;
  readonly by: string;
  readonly why: string;
  readonly skewMs?: number;
  /** Read from the source once; written to all regions together. */
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly tookMs?: number;
  /** Regions that refused, and what they said. */
  readonly refused: readonly { readonly city: string; readonly error: string }[];
}

const SHOWN = 10;

/** Knows every digest by the tags that were seen or promoted to it. A tag that does not move is the better name. */
export function namer(sightings: readonly ImageSighting[], history: readonly Promotion[]): Namer {
  const names = new Map<string, string[]>();
  const learn = (image: string, tag: string, digest: Digest): void => {
    const key = `${image}@${digest}`;
    names.set(key, [...(names.get(key) ?? []), tag]);
  };
  const moving = new Map(sightings.map(({ release }) => [release.image.name, release.image.moving]));
  for (const { release, source } of sightings) {
    if (source.seen && source.value) learn(release.image.name, release.tag, source.value);
  }
  for (const { image, tag, digest, state } of history) if (state === 'done') learn(image, tag, digest);
  return (image, digest, but) => {
    const fixed = (names.get(`${image}@${digest}`) ?? []).filter((tag) => !isMoving(moving.get(image) ?? [], tag));
    return fixed.filter((tag) => tag !== but).sort((a, b) => b.length - a.length || (a < b ? -1 : 1))[0];
  };
}

/** Whether a tag may come to mean another digest. */
export const isMoving = (moving: Image['moving'], tag: string): boolean =>
  moving.some((pattern) => matches(pattern, tag));

/** Every release's promotions, the release that moved last in front. */
export function historyViews(history: readonly Promotion[], places: readonly Place[], name: Namer): HistoryView[] {
  const newest = [...history].sort((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1));
  const byRelease = Map.groupBy(newest, ({ image, tag }) => spellRelease({ image: { name: image }, tag }));
  return [...byRelease].map(([release, promotions]) => ({
    release,
    image: promotions[0]?.image ?? '',
    tag: promotions[0]?.tag ?? '',
    promotions: promotions.slice(0, SHOWN).map((promotion) => promotionView(promotion, places, name)),
  }));
}

function promotionView(promotion: Promotion, places: readonly Place[], name: Namer): PromotionView {
  const { id, at, kind, state, digest, by, why, skewMs, copied, regions, image, tag } = promotion;
  const label = name(image, digest, tag);
  return {
    id,
    at,
    kind,
    state,
    digest,
    short: short(digest),
    ...(label !== undefined && { label }),
    by,
    why,
    ...(skewMs !== undefined && { skewMs }),
    ...(copied && { bytesRead: copied.bytesRead, bytesWritten: copied.bytesWritten, tookMs: copied.tookMs }),
    refused: regions.flatMap(({ region, error }) =>
      error === undefined ? [] : [{ city: cityOf(places, region), error }],
    ),
  };
}
