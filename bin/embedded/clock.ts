import { between, plus } from '../../src/core/time.ts';
import { placesIn, readState } from './state.ts';

/** The clock of an embedded world: it goes like any other, and can be moved on. Never back: a journal has no past to come. */
export interface WorldClock {
  now(): Date;
  /** How far it is ahead of the clock on the wall. */
  aheadMs(): number;
  /** Moves on to an instant; one that is past changes nothing. */
  forward(to: Date): void;
}

export function worldClock(wall: () => Date, aheadMs = 0): WorldClock {
  let ahead = aheadMs;
  const now = (): Date => plus(wall(), ahead);
  return {
    now,
    aheadMs: () => ahead,
    forward: (to) => {
      ahead += Math.max(0, between(now(), to));
    },
  };
}

/** The clock of the world that runs, or last ran, in a directory. Read when it is first asked, and then kept. */
export function clockIn(data: string | undefined, wall: () => Date): () => Date {
  let ahead: number | undefined;
  return () => {
    ahead ??= readState(placesIn(data))?.aheadMs ?? 0;
    return plus(wall(), ahead);
  };
}
