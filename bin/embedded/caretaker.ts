import { automations, credentials, look as images, parity, posture } from '../../src/automations.ts';
import { fold, nothingRuns, type Running } from '../../src/board/progress.ts';
import type { Telling } from '../../src/board/told.ts';
import type { View } from '../../src/board/view.ts';
import type { Check } from '../../src/core/check.ts';
import type { Progress } from '../../src/core/progress.ts';
import type { News } from '../../src/core/report.ts';
import { between, minutes, plus, seconds } from '../../src/core/time.ts';
import { liftLeases } from '../../src/lift.ts';
import type { Log } from '../../src/log.ts';
import { reconcile, type Automation, type Surroundings } from '../../src/reconcile.ts';
import type { rehearsedWakeups } from '../../src/rehearsal/wakeups.ts';
import { look, viewOf, type Looked } from '../look.ts';
import type { WorldClock } from './clock.ts';
import { doorbell, type Doorbell } from './doorbell.ts';

/** A world on one machine is cheap to look at, and whoever broke something wants to see it heal. */
const RHYTHM = [
  [images, seconds(15)],
  [posture, seconds(20)],
  [credentials, seconds(30)],
  [parity, minutes(3)],
] as const;
const GATHER_MS = seconds(1);
const HISTORY_SHOWN = 10;
const MESSAGES_SHOWN = 10;

/** What people call Slack's channel here. */
export const CHANNEL = 'slack';

interface Charge {
  readonly world: Surroundings;
  readonly clock: WorldClock;
  readonly wakeups: Pick<ReturnType<typeof rehearsedWakeups>, 'due'>;
  /** Brings the world's own clocks up to the clock, since one that is behind would let a key end too early. */
  readonly catchUp: () => void;
  readonly log: Log;
  /** A run that broke, which is our own failure and not a finding. */
  readonly broke: (error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Looks after a world in this process: by the clock, and sooner when somebody rings. */
export interface Caretaker {
  /** Runs an automation now, for these sources or for all; after whatever runs already. */
  run(automation: Automation, by: string, sources?: readonly string[]): Promise<void>;
  /** The same without a board to look at afterwards, for the instants that a moved clock passes by. */
  passBy(automation: Automation): Promise<void>;
  /** Looks at nothing and does nothing while it is so. */
  asleep: boolean;
  /** Looks soon: at the images from these sources, or at everything. Rings that come together are one. */
  ring(cause: string, sources?: readonly string[]): void;
  /** Runs, then waits, then runs, until the signal. */
  keepWatch(): Promise<void>;
  /** What Slack's channel has taken. */
  wasTold(news: readonly News[]): void;
  /** What a run tells of itself. */
  follow(progress: Progress): void;
  view(): View;
  changes(listener: () => void): () => void;
}

export function caretaker(charge: Charge): Caretaker {
  const { world, clock, broke, signal } = charge;
  const { now } = clock;
  const { changed, changes } = audience();
  const bell = doorbell();
  let messages: readonly Telling[] = [];
  let running: Running = nothingRuns;
  let looked: Looked = { sightings: [], findings: [], history: [], holds: [], at: now() };
  let last: Promise<void> = Promise.resolve();

  const act = actIn(charge);
  const inTurn = (work: () => Promise<void>): Promise<void> =>
    (last = last.then(work).catch((error: unknown) => {
      if (!signal.aborted) broke(error);
    }));
  const run: Caretaker['run'] = async (automation, by, sources) => {
    await inTurn(async () => {
      if (caretaking.asleep) return;
      await act(automation, by, sources);
      looked = await lookAfter(automation, looked, charge);
    });
    changed();
  };

  const caretaking: Caretaker = {
    run,
    asleep: false,
    passBy: (automation) =>
      inTurn(async () => {
        if (!caretaking.asleep) await act(automation, 'schedule');
      }),
    view: () => viewOf(world, { ...looked, messages }, now(), running),
    wasTold: (news) => {
      messages = [...messages, { road: CHANNEL, at: now(), news }].slice(-MESSAGES_SHOWN);
      changed();
    },
    ring: (cause, sources) => bell.ring({ cause, sources }),
    follow: (progress) => {
      running = fold(running, progress, now());
      changed();
    },
    changes,
    keepWatch: () => keepWatch(run, bell, charge),
  };
  return caretaking;
}

/** The board as it is after a run. */
async function lookAfter(
  automation: Automation,
  before: Looked,
  { world, clock: { now }, log, signal }: Charge,
): Promise<Looked> {
  // What was moved is not yet run: whoever looks at the board must not have to wait to see that.
  const { depth, checks } = automation === images ? { ...parity, depth: images.depth } : automation;
  const after = await look(world, { depth, checks, now: now(), log, signal, history: HISTORY_SHOWN });
  return merged(before, after, checks);
}

/** What a schedule does in AWS: lifts what is to be lifted, then looks and mends. */
function actIn({ world, clock: { now }, wakeups, catchUp, log, signal }: Charge): Caretaker['run'] {
  return async (automation, by, sources) => {
    catchUp();
    if (wakeups.due(now()).length > 0) await liftLeases(world, { now: now(), by: 'wake-up', log, signal });
    await reconcile(automation, world, { now: now(), log, by, signal, ...(sources && { only: sources }) });
  };
}

/** Whoever wants to know that something has changed. */
function audience(): Pick<Caretaker, 'changes'> & { readonly changed: () => void } {
  const listeners = new Set<() => void>();
  return {
    changed: () => listeners.forEach((listener) => listener()),
    changes: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Runs what is due by its rhythm, and sooner what was rung for. */
async function keepWatch(run: Caretaker['run'], bell: Doorbell, { clock: { now }, signal }: Charge): Promise<void> {
  const due = new Map<Automation, Date>(RHYTHM.map(([automation, everyMs]) => [automation, plus(now(), everyMs)]));
  const waitMs = (): number => Math.min(...[...due.values()].map((at) => between(now(), at)));
  while (!signal.aborted) {
    const rung = await bell.wait(waitMs(), GATHER_MS, signal);
    for (const [automation, everyMs] of RHYTHM) {
      const isDue = now() >= (due.get(automation) ?? now());
      const isMeant = rung !== undefined && (automation === images || (automation === posture && !rung.sources));
      if (signal.aborted || !(isDue || isMeant)) continue;
      due.set(automation, plus(now(), everyMs));
      await run(automation, rung?.cause ?? 'schedule', isDue ? undefined : rung?.sources);
    }
  }
}

/** A calendar that cannot be read any more closes nothing that anybody could draw. */
const seenLast = (before: Looked, after: Looked): Pick<Looked, 'credentials' | 'windows'> => {
  const { credentials: ends, windows } = after.credentials ? after : before;
  return { ...(ends && { credentials: ends }), ...(windows && { windows }) };
};

/** What an automation did not look at stands as it was seen before. */
function merged(before: Looked, after: Looked, checks: readonly Check[]): Looked {
  const judged = new Set(checks.map(({ name }) => name));
  const isImages = judged.has(automations.look.checks[0].name);
  return {
    ...after,
    sightings: isImages ? after.sightings : before.sightings,
    history: isImages ? after.history : before.history,
    findings: [...before.findings.filter(({ check }) => !judged.has(check)), ...after.findings],
    ...(before.room && { room: before.room }),
    ...(after.room && { room: after.room }),
    ...seenLast(before, after),
  };
}
