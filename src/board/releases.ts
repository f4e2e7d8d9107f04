import { short, type Digest } from '../core/digest.ts';
import { isPattern, spellRelease, type Estate, type Image } from '../core/estate.ts';
import type { Hold, Pin, Promotion } from '../core/promotion.ts';
import type { CopySighting, ImageSighting } from '../core/sighting.ts';
import { isMoving, type Namer } from './history.ts';
import type { RunView } from './runs.ts';
import { spoken } from '../core/time.ts';
import { count, percent } from './words.ts';

/** A region as people call it. */
export interface Place {
  readonly region: string;
  readonly city: string;
}

export interface ImageView {
  readonly name: string;
  readonly source: string;
  readonly releases: readonly ReleaseView[];
}

export interface ReleaseView {
  /** `coder-preview:latest` */
  readonly key: string;
  readonly tag: string;
  readonly moving: boolean;
  /** What every region should serve: the source's digest, or the pin's. */
  readonly wanted: Side;
  readonly cells: readonly CellView[];
  readonly parity: Parity;
  /** Of the last promotion that came through. */
  readonly skewMs?: number;
  readonly promotedAt?: Date;
  readonly pin?: Pin;
  readonly hold?: Hold;
  /** Nothing to say: a version that never moves, the same everywhere. Folded away, so that the rest is seen. */
  readonly quiet: boolean;
}

export interface Side {
  readonly digest?: Digest;
  readonly short?: string;
  /** The version that this digest is released as. */
  readonly label?: string;
  /** Why there is no digest, or whose wish it is. */
  readonly note?: string;
}

export interface CellView extends Place, Side {
  readonly state: CellState;
  /** When this region began to serve what it serves, where the journal knows. */
  readonly since?: Date;
  /** How much of a running copy is here, 0 to 1. */
  readonly fraction?: number;
}

export type CellState = 'in step' | 'behind' | 'missing' | 'unknown' | 'copying' | 'pinned' | 'held';

/** How many of the regions serve what is wanted. `unknown` when somebody could not be asked. */
export interface Parity {
  readonly holds: 'yes' | 'no' | 'unknown';
  readonly agree: number;
  readonly of: number;
}

interface Input {
  readonly estate: Estate;
  readonly sightings: readonly ImageSighting[];
  readonly history: readonly Promotion[];
  readonly places: readonly Place[];
  readonly name: Namer;
  readonly running: readonly RunView[];
}

/** The estate's regions in its own order, and then any region that was seen although nobody asked for it. */
export function placesOf(estate: Estate, sightings: readonly ImageSighting[]): Place[] {
  const wanted = estate.regions.map(({ name, city }) => ({ region: name, city }));
  const known = new Set(wanted.map(({ region }) => region));
  const others = new Set(sightings.flatMap(({ copies }) => copies.map(({ region }) => region)));
  return [...wanted, ...[...others].filter((region) => !known.has(region)).map((region) => ({ region, city: region }))];
}

export const cityOf = (places: readonly Place[], region: string): string =>
  places.find((place) => place.region === region)?.city ?? region;

/** Everything wanted and everything seen, image by image: a release that nobody looked at has a row that says so. */
export function releaseViews(input: Input): ImageView[] {
  const seen = Map.groupBy(input.sightings, ({ release }) => release.image.name);
  const images = new Map(input.estate.images.map((image) => [image.name, image]));
  for (const { release } of input.sightings) {
    if (!images.has(release.image.name)) images.set(release.image.name, release.image);
  }
  return [...images.values()].map((image) => ({
    name: image.name,
    source: image.source,
    releases: [...(seen.get(image.name) ?? []), ...unlooked(image, seen.get(image.name) ?? [])]
      .map((sighting) => releaseView(sighting, input))
      .sort(byUrgency),
  }));
}

function unlooked(image: Image, seen: readonly ImageSighting[]): ImageSighting[] {
  const known = new Set(seen.map(({ release }) => release.tag));
  return image.tags
    .filter((tag) => !isPattern(tag) && !known.has(tag))
    .map((tag) => ({ release: { image, tag }, source: NOT_LOOKED, copies: [] }));
}

const NOT_LOOKED = { seen: false, why: 'not looked at yet' } as const;

/** What moves first, then what is amiss, then the newest version: the order in which people ask. */
function byUrgency(a: ReleaseView, b: ReleaseView): number {
  return (
    Number(b.moving) - Number(a.moving) ||
    Number(a.quiet) - Number(b.quiet) ||
    b.tag.localeCompare(a.tag, 'en', { numeric: true })
  );
}

function releaseView(sighting: ImageSighting, input: Input): ReleaseView {
  const { image, tag } = sighting.release;
  const key = spellRelease(sighting.release);
  const run = input.running.find(({ release, ended }) => release === key && ended === undefined);
  const history = input.history
    .filter((promotion) => promotion.image === image.name && promotion.tag === tag)
    .sort((a, b) => b.at.getTime() - a.at.getTime());
  const last = history.find(({ state }) => state === 'done');
  const cells = input.places.map((place) => cellView(place, sighting, { run, history, name: input.name }));
  const parity = parityOf(cells, sighting);
  const moving = isMoving(image.moving, tag);
  const { pin, hold } = sighting;
  return {
    key,
    tag,
    moving,
    wanted: wantedSide(sighting, input.name),
    cells,
    parity,
    ...(last?.skewMs !== undefined && { skewMs: last.skewMs }),
    ...(last && { promotedAt: last.at }),
    ...(pin && { pin }),
    ...(hold && { hold }),
    quiet: !moving && parity.holds === 'yes' && !pin && !hold && !run,
  };
}

function wantedSide({ release, source, pin }: ImageSighting, name: Namer): Side {
  if (pin) return { ...side(pin.digest, release, name), note: `pinned by ${pin.by}` };
  if (!source.seen) return { note: source.why };
  return source.value ? side(source.value, release, name) : { note: 'the source has no such tag' };
}

function side(digest: Digest, { image, tag }: ImageSighting['release'], name: Namer): Side {
  const label = name(image.name, digest, tag);
  return { digest, short: short(digest), ...(label !== undefined && { label }) };
}

interface Known {
  readonly run: RunView | undefined;
  readonly history: readonly Promotion[];
  readonly name: Namer;
}

function cellView(place: Place, sighting: ImageSighting, { run, history, name }: Known): CellView {
  const copy = sighting.copies.find(({ region }) => region === place.region);
  const leg = run?.legs.find(({ region }) => region === place.region);
  // What a run has just promoted is newer than the last look.
  const serves = leg?.phase === 'promoted' && run?.digest ? { seen: true as const, value: run.digest } : copy?.serves;
  const digest = serves?.seen ? serves.value : undefined;
  const since = digest && servedSince(place.region, digest, history);
  const busy = leg !== undefined && leg.phase !== 'promoted';
  const judged = busy
    ? { state: 'copying' as const, note: `${leg.phase}, ${percent(leg.fraction)}`, fraction: leg.fraction }
    : judge(sighting, copy, serves ?? NOT_LOOKED);
  return { ...place, ...(digest && side(digest, sighting.release, name)), ...(since && { since }), ...judged };
}

/** One cell: what is there against what is wanted there. Not knowing comes first, because it is never ok. */
function judge(
  { source, pin, hold }: ImageSighting,
  copy: CopySighting | undefined,
  serves: CopySighting['serves'],
): { state: CellState; note?: string } {
  if (!serves.seen) return { state: 'unknown', note: serves.why };
  if (!pin && !source.seen) return { state: 'unknown', note: 'the source could not be read' };
  const wanted = pin ? pin.digest : source.seen ? source.value : undefined;
  if (serves.value === undefined && (wanted === undefined || pin || !hold))
    return { state: 'missing', note: 'no such tag here' };
  if (wanted === undefined) return { state: 'unknown', note: 'the source has no such tag' };
  if (serves.value !== wanted) return astray(pin, hold);
  const gap = gapOf(copy);
  if (gap) return gap;
  return { state: pin ? 'pinned' : 'in step' };
}

function astray(pin: Pin | undefined, hold: Hold | undefined): { state: CellState; note: string } {
  if (pin) return { state: 'behind', note: 'not what the pin says' };
  return hold
    ? { state: 'held', note: `held until ${spoken(hold.until)}` }
    : { state: 'behind', note: 'not what the source serves' };
}

function gapOf(copy: CopySighting | undefined): { state: CellState; note: string } | undefined {
  const missing = copy?.missing;
  if (missing === undefined) return undefined;
  if (!missing.seen) return { state: 'unknown', note: `what is behind the tag: ${missing.why}` };
  const { manifests = [], blobs = [], referrers } = missing.value;
  const gone = [
    ...(manifests.length > 0 ? [count(manifests.length, 'manifest')] : []),
    ...(blobs.length > 0 ? [count(blobs.length, 'blob')] : []),
    ...(referrers.length > 0 ? [count(referrers.length, 'referrer')] : []),
  ];
  return gone.length > 0 ? { state: 'missing', note: `${gone.join(', ')} gone behind the tag` } : undefined;
}

/** From the journal: the oldest moment of the unbroken stretch in which this region has served this digest. */
function servedSince(region: string, digest: Digest, history: readonly Promotion[]): Date | undefined {
  const mine = history.flatMap((promotion) => {
    const at = promotion.regions.find((each) => each.region === region && each.servedAt !== undefined);
    return promotion.state === 'done' && at ? [{ digest: promotion.digest, at }] : [];
  });
  const end = mine.findIndex((each) => each.digest !== digest);
  return (end < 0 ? mine : mine.slice(0, end)).at(-1)?.at.servedAt;
}

function parityOf(cells: readonly CellView[], { source, pin }: ImageSighting): Parity {
  const agree = cells.filter(({ state }) => state === 'in step' || state === 'pinned').length;
  const of = cells.length;
  const blind = cells.some(({ state }) => state === 'unknown') || (!pin && !source.seen);
  return { holds: blind ? 'unknown' : agree === of ? 'yes' : 'no', agree, of };
}
