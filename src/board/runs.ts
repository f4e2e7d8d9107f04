import { short, type Digest } from '../core/digest.ts';
import type { Result } from '../core/progress.ts';
import { between, minutes } from '../core/time.ts';
import { isContent } from '../core/progress.ts';
import type { Namer } from './history.ts';
import { pace, remaining, type Leg, type Phase, type Run, type Running } from './progress.ts';
import { cityOf, type Place } from './releases.ts';

/** A run that is on, or one that ended badly and was not tried again. */
export interface RunView {
  readonly release: string;
  readonly digest?: Digest;
  readonly short?: string;
  readonly label?: string;
  readonly startedAt: Date;
  readonly elapsedMs: number;
  /** From the source: done, of, bytes per second. */
  readonly read: { readonly bytes: number; readonly of: number; readonly perSecond: number };
  readonly legs: readonly LegView[];
  /** Until the slowest region has everything. */
  readonly etaMs?: number;
  readonly ended?: { readonly at: Date; readonly result: Result; readonly well: boolean; readonly why?: string };
}

export interface LegView extends Place {
  readonly phase: Phase;
  readonly bytes: number;
  readonly of: number;
  /** 0 to 1; 1 only when everything is there. */
  readonly fraction: number;
  readonly perSecond: number;
  readonly etaMs?: number;
  readonly why?: string;
}

const SHOWN_AFTER = minutes(1);

/** What is going on, the newest first. A run that ended well is shown for a minute, a bad one until it is tried again. */
export function runViews(running: Running, places: readonly Place[], name: Namer, now: Date): RunView[] {
  return [...running.values()]
    .filter(({ ended }) => !ended || !isContent(ended.outcome) || between(ended.at, now) < SHOWN_AFTER)
    .sort(
      (a, b) => Number(Boolean(a.ended)) - Number(Boolean(b.ended)) || b.startedAt.getTime() - a.startedAt.getTime(),
    )
    .map((run) => runView(run, places, name, now));
}

function runView(run: Run, places: readonly Place[], name: Namer, now: Date): RunView {
  const { release, startedAt, digest = run.ended?.outcome.digest, ended, bytes, read } = run;
  const colon = release.lastIndexOf(':');
  const label = digest && name(release.slice(0, colon), digest, release.slice(colon + 1));
  const until = ended?.at ?? now;
  const legs = [...run.regions].map(([region, leg]) => legView(region, leg, places, until)).sort(inOrder(places));
  const etas = legs.map(({ etaMs }) => etaMs);
  const known = etas.flatMap((eta) => (eta === undefined ? [] : [eta]));
  return {
    release,
    ...(digest && { digest, short: short(digest) }),
    ...(label !== undefined && { label }),
    startedAt,
    elapsedMs: between(startedAt, until),
    read: { bytes: Math.min(read.total, bytes), of: bytes, perSecond: pace(read, until) },
    legs,
    ...(!ended && etas.length > 0 && known.length === etas.length && { etaMs: Math.max(...known) }),
    ...(ended && { ended: endOf(ended) }),
  };
}

function endOf({ at, outcome }: NonNullable<Run['ended']>): NonNullable<RunView['ended']> {
  const { result, why } = outcome;
  return { at, result, well: isContent(outcome), ...(why !== undefined && { why }) };
}

function legView(region: string, { lacking, wrote, phase, why }: Leg, places: readonly Place[], now: Date): LegView {
  const there = phase === 'staged' || phase === 'promoted';
  const etaMs = there ? 0 : remaining(wrote, lacking, now);
  return {
    region,
    city: cityOf(places, region),
    phase,
    // A region that fell behind is sent some bytes twice.
    bytes: there ? lacking : Math.min(wrote.total, lacking),
    of: lacking,
    fraction: there ? 1 : lacking === 0 ? 0 : Math.min(wrote.total / lacking, 0.99),
    perSecond: there ? 0 : pace(wrote, now),
    ...(etaMs !== undefined && { etaMs }),
    ...(why !== undefined && { why }),
  };
}

const inOrder =
  (places: readonly Place[]) =>
  (a: LegView, b: LegView): number =>
    places.findIndex(({ region }) => region === a.region) - places.findIndex(({ region }) => region === b.region);
