import { automations } from '../../src/automations.ts';
import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import type { View } from '../../src/board/view.ts';
import type { Progress } from '../../src/core/progress.ts';
import { between, minutes, plus, seconds } from '../../src/core/time.ts';
import type { Log } from '../../src/log.ts';
import { reconcile, type Automation, type Surroundings } from '../../src/reconcile.ts';
import { look, viewOf, type Looked } from '../look.ts';
import { doorbell } from './doorbell.ts';

/** A world of three registries on one machine is cheap to look at, and whoever broke a region wants to see it heal. */
const RHYTHM_MS = { look: seconds(15), parity: minutes(3) } as const;
const GATHER_MS = seconds(1);
const HISTORY_SHOWN = 10;

interface Charge {
  readonly world: Surroundings;
  readonly now: () => Date;
  readonly log: Log;
  /** A run that broke, which is our own failure and not a finding. */
  readonly broke: (error: unknown) => void;
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
  /** What a run tells of itself. */
  follow(progress: Progress): void;
  view(): View;
  changes(listener: () => void): () => void;
}

export function caretaker({ world, now, log, broke, signal }: Charge): Caretaker {
  const listeners = new Set<() => void>();
  const bell = doorbell();
  let running: Running = nothingRuns;
  let looked: Looked = { sightings: [], findings: [], history: [], holds: [], at: now() };

  const changed = (): void => {
    for (const listener of listeners) listener();
  };
  const run: Caretaker['run'] = async (automation, by, sources) => {
    try {
      await reconcile(automation, world, { now: now(), log, by, signal, ...(sources && { only: sources }) });
      looked = await look(world, { depth: automation.depth, now: now(), log, signal, history: HISTORY_SHOWN });
    } catch (error) {
      if (!signal.aborted) broke(error);
    }
    changed();
  };

  return {
    run,
    view: () => viewOf(world, looked, now(), running),
    ring: (cause, sources) => bell.ring({ cause, sources }),
    follow: (progress) => {
      running = fold(running, progress, now());
      changed();
    },
    changes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    keepWatch: async () => {
      let parityAt = plus(now(), RHYTHM_MS.parity);
      while (!signal.aborted) {
        const rung = await bell.wait(Math.min(RHYTHM_MS.look, between(now(), parityAt)), GATHER_MS, signal);
        if (signal.aborted) return;
        const isDue = now() >= parityAt;
        if (isDue) parityAt = plus(now(), RHYTHM_MS.parity);
        await run(
          isDue ? automations.parity : automations.look,
          rung?.cause ?? 'schedule',
          isDue ? undefined : rung?.sources,
        );
      }
    },
  };
}
