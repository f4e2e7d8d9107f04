import { setTimeout as pause } from 'node:timers/promises';
import { automations } from '../../src/automations.ts';
import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import type { View } from '../../src/board/view.ts';
import type { Progress } from '../../src/core/progress.ts';
import { minutes, plus, seconds } from '../../src/core/time.ts';
import type { Log } from '../../src/log.ts';
import { reconcile, type Automation, type Surroundings } from '../../src/reconcile.ts';
import { look, viewOf, type Looked } from '../look.ts';

/** A world of three registries on one machine is cheap to look at, and whoever broke a region wants to see it heal. */
const RHYTHM_MS = { look: seconds(15), parity: minutes(3) } as const;
const DEBOUNCE_MS = seconds(1);
const HISTORY_SHOWN = 10;

interface Charge {
  readonly world: Surroundings;
  readonly now: () => Date;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** Looks after a world in this process: by the clock, and sooner when somebody rings. */
export interface Caretaker {
  /** Runs an automation now, for these sources or for all. */
  run(automation: Automation, by: string, sources?: readonly string[]): Promise<void>;
  /** Looks soon. Rings that come together are one. */
  ring(cause: string, sources?: readonly string[]): void;
  /** Runs, then waits, then runs, until the signal. */
  keepWatch(): Promise<void>;
  /** What is going on, from a run. */
  follow(progress: Progress): void;
  view(): View;
  changes(listener: () => void): () => void;
}

interface Ring {
  readonly cause: string;
  /** Left out: everything. */
  readonly sources?: readonly string[] | undefined;
}

export function caretaker({ world, now, log, signal }: Charge): Caretaker {
  const listeners = new Set<() => void>();
  let running: Running = nothingRuns;
  let looked: Looked = { sightings: [], findings: [], history: [], at: now() };
  let rings: Ring[] = [];
  let rung = Promise.withResolvers<void>();

  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const run: Caretaker['run'] = async (automation, by, sources) => {
    const only = sources && { only: sources };
    try {
      await reconcile(automation, world, { now: now(), log, by, signal, ...only });
    } catch (error) {
      if (!signal.aborted) log(`could not run ${automation.name}`, error);
    }
    if (signal.aborted) return;
    looked = await look(world, { depth: automation.depth, now: now(), log, signal, history: HISTORY_SHOWN });
    changed();
  };

  const answerRings = async (): Promise<void> => {
    await pause(DEBOUNCE_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const answered = rings;
    rings = [];
    rung = Promise.withResolvers<void>();
    const [first] = answered;
    if (!first) return;
    const sources = answered.flatMap((ring) => ring.sources ?? []);
    const all = answered.some((ring) => ring.sources === undefined);
    await run(automations.look, first.cause, all ? undefined : [...new Set(sources)]);
  };

  return {
    run,
    view: () => viewOf(world, looked, now(), running),
    ring: (cause, sources) => {
      rings.push({ cause, sources });
      rung.resolve();
    },
    follow: (progress) => {
      running = fold(running, progress, now());
      changed();
    },
    changes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keepWatch: async () => {
      let next = { look: plus(now(), RHYTHM_MS.look), parity: plus(now(), RHYTHM_MS.parity) };
      while (!signal.aborted) {
        const soonest = Math.min(next.look.getTime(), next.parity.getTime()) - now().getTime();
        const woken = await waitFor(rung.promise, soonest, signal);
        if (signal.aborted) return;
        if (woken) {
          await answerRings();
          continue;
        }
        const due = now() >= next.parity ? 'parity' : 'look';
        await run(automations[due], 'schedule');
        next = { ...next, [due]: plus(now(), RHYTHM_MS[due]) };
      }
    },
  };
}

/** Whether it was the ring, rather than the clock or the end of everything. */
async function waitFor(ring: Promise<void>, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  const enough = new AbortController();
  const either = AbortSignal.any([signal, enough.signal]);
  const clock = pause(Math.max(0, milliseconds), false, { signal: either }).catch(() => false);
  try {
    return await Promise.race([ring.then(() => true), clock]);
  } finally {
    enough.abort();
  }
}
