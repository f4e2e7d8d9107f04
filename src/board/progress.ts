import type { Digest } from '../core/digest.ts';
import { isContent, type Outcome, type Progress } from '../core/progress.ts';
import { between, minutes, seconds } from '../core/time.ts';

/** Every run that is worth showing, by release (`coder-preview:latest`). */
export type Running = ReadonlyMap<string, Run>;

export const nothingRuns: Running = new Map();

/** One run as its own events tell it. Bytes are of blobs. */
export interface Run {
  readonly release: string;
  readonly startedAt: Date;
  readonly digest?: Digest;
  readonly blobs: number;
  /** What will be read from the source, and how much of it has been. */
  readonly bytes: number;
  readonly read: Flow;
  readonly regions: ReadonlyMap<string, Leg>;
  readonly ended?: { readonly at: Date; readonly outcome: Outcome };
}

/** The way of one region through a run. */
export interface Leg {
  readonly lacking: number;
  readonly wrote: Flow;
  readonly phase: Phase;
  /** Why it let go of the shared read. */
  readonly why?: string;
}

export type Phase = 'waiting' | 'copying' | 'catching up' | 'staged' | 'promoted';

/** A growing count and enough of its past to tell how fast it grows. */
export interface Flow {
  readonly total: number;
  /** The oldest first, at least `MARK` apart, none much older than `WINDOW`. */
  readonly marks: readonly Mark[];
}

interface Mark {
  readonly at: Date;
  readonly total: number;
}

const WINDOW = seconds(8);
const MARK = 250;
const SHORTEST = 500;
const LINGER = minutes(1);

/** The next state after one event. Cheap enough to be called for every chunk that is copied. */
export function fold(running: Running, progress: Progress, now: Date): Running {
  const known = running.get(progress.release);
  if (progress.kind === 'finished') return finished(running, known, progress.outcome, now);
  const run = known?.ended === undefined ? known : undefined;
  const next = new Map(run === undefined ? settled(running, now) : running);
  next.set(progress.release, after(run ?? begun(progress.release, now), progress, now));
  return next;
}

/**
 * Bytes per second over the last few seconds up to `now`, so that a stalled flow is seen to slow down.
 *
 * None before there is half a second to tell by: what the first buffers take at once is no rate.
 */
export function pace({ marks, total }: Flow, now: Date): number {
  const from = marks.find(({ at }) => between(at, now) <= WINDOW) ?? marks.at(-1);
  if (from === undefined) return 0;
  const took = between(from.at, now);
  return took < SHORTEST ? 0 : ((total - from.total) * 1_000) / took;
}

/** How long the rest takes at this pace; `undefined` while nobody can say. */
export function remaining(flow: Flow, of: number, now: Date): number | undefined {
  const left = Math.max(0, of - flow.total);
  const rate = pace(flow, now);
  if (left === 0) return 0;
  return rate < 1 ? undefined : (left * 1_000) / rate;
}

const flow = (now: Date): Flow => ({ total: 0, marks: [{ at: now, total: 0 }] });

const begun = (release: string, now: Date): Run => ({
  release,
  startedAt: now,
  blobs: 0,
  bytes: 0,
  read: flow(now),
  regions: new Map(),
});

function finished(running: Running, known: Run | undefined, outcome: Outcome, now: Date): Running {
  // A run that found another one at work must not end the one it found.
  const intruder = outcome.result === 'busy' && known !== undefined && known.ended === undefined;
  if (intruder) return running;
  // Nor may one that ended before anything was planned look like the one before it.
  const run = known?.ended === undefined ? known : undefined;
  const next = new Map(running);
  if (outcome.result === 'in-sync' || outcome.result === 'busy') next.delete(outcome.release);
  else next.set(outcome.release, { ...(run ?? begun(outcome.release, now)), ended: { at: now, outcome } });
  return next;
}

/** Without the runs that came out well a while ago; the ones that did not stay until they are tried again. */
function settled(running: Running, now: Date): Running {
  return new Map(
    [...running].filter(
      ([, { ended }]) => ended === undefined || !isContent(ended.outcome) || between(ended.at, now) < LINGER,
    ),
  );
}

function after(run: Run, progress: Exclude<Progress, { kind: 'finished' }>, now: Date): Run {
  switch (progress.kind) {
    case 'planned': {
      const lacking = Object.entries(progress.lacking);
      const regions = new Map(lacking.map(([region, bytes]) => [region, leg(bytes, now)] as const));
      return { ...run, digest: progress.digest, blobs: progress.blobs, bytes: progress.bytes, regions };
    }
    case 'read':
      return { ...run, read: grown(run.read, progress.bytes, now) };
    case 'wrote':
      return withLeg(run, progress.region, now, ({ wrote, phase, ...rest }) => ({
        ...rest,
        wrote: grown(wrote, progress.bytes, now),
        phase: phase === 'waiting' ? 'copying' : phase,
      }));
    case 'landed':
      return withLeg(run, progress.region, now, (leg) => ({
        ...leg,
        phase: leg.phase === 'waiting' ? 'copying' : leg.phase,
      }));
    case 'detached':
      return withLeg(run, progress.region, now, (leg) => ({ ...leg, phase: 'catching up', why: progress.why }));
    case 'staged':
      return withLeg(run, progress.region, now, (leg) => ({ ...leg, phase: 'staged' }));
    case 'promoted':
      return withLeg(run, progress.region, now, (leg) => ({ ...leg, phase: 'promoted' }));
  }
}

const leg = (lacking: number, now: Date): Leg => ({ lacking, wrote: flow(now), phase: 'waiting' });

function withLeg(run: Run, region: string, now: Date, change: (leg: Leg) => Leg): Run {
  const regions = new Map(run.regions);
  return { ...run, regions: regions.set(region, change(regions.get(region) ?? leg(0, now))) };
}

function grown({ total, marks }: Flow, by: number, now: Date): Flow {
  const next = total + Math.max(0, by);
  const last = marks.at(-1);
  if (last !== undefined && between(last.at, now) < MARK) return { total: next, marks };
  const fresh = marks.filter(({ at }, index) => index === marks.length - 1 || between(at, now) <= WINDOW);
  return { total: next, marks: [...fresh, { at: now, total: next }] };
}
