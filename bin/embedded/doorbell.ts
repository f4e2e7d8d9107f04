import { setTimeout as pause } from 'node:timers/promises';

/** Somebody who says that there is something to look at. */
export interface Ring {
  readonly cause: string;
  /** Left out: everything. */
  readonly sources?: readonly string[] | undefined;
}

/** Collects rings until somebody comes to the door. */
export interface Doorbell {
  ring(ring: Ring): void;
  /** Resolves with what was rung for, all rings of `gatherMs` as one; with `undefined` when the clock ran out first. */
  wait(milliseconds: number, gatherMs: number, signal: AbortSignal): Promise<Ring | undefined>;
}

export function doorbell(): Doorbell {
  let rings: Ring[] = [];
  let rung = Promise.withResolvers<void>();
  return {
    ring: (ring) => {
      rings.push(ring);
      rung.resolve();
    },
    wait: async (milliseconds, gatherMs, signal) => {
      await either(rung.promise, milliseconds, signal);
      if (rings.length === 0) return undefined;
      await either(undefined, gatherMs, signal);
      const heard = rings;
      rings = [];
      rung = Promise.withResolvers();
      return merged(heard);
    },
  };
}

function merged(rings: readonly Ring[]): Ring {
  const everything = rings.some(({ sources }) => sources === undefined);
  const sources = [...new Set(rings.flatMap((ring) => ring.sources ?? []))];
  return { cause: rings[0]?.cause ?? '', ...(!everything && { sources }) };
}

/** Until one of them: the promise, the clock, the signal. */
async function either(promise: Promise<void> | undefined, milliseconds: number, signal: AbortSignal): Promise<void> {
  const enough = new AbortController();
  const over = AbortSignal.any([signal, enough.signal]);
  const clock = pause(Math.max(0, milliseconds), undefined, { signal: over }).catch(() => undefined);
  await Promise.race(promise ? [promise, clock] : [clock]);
  enough.abort();
}
