import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, or throws the signal's reason. */
export async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  signal?.throwIfAborted();
}

/** Half to one and a half times as long, so that those who failed together do not return together. */
export const jittered = (milliseconds: number): number => milliseconds * (0.5 + Math.random());

export interface Gate {
  /** Waits until the host may be asked something. Resolves to `undefined` when that is longer off than `longestMs`. */
  pass(longestMs: number, signal: AbortSignal | undefined): Promise<Pass | undefined>;
  /** How long the host wants to be left alone from now on, in milliseconds; 0 when it does not. */
  closedFor(): number;
}

/** What came of one request, said once; anything said later is ignored. */
export interface Pass {
  answered(): void;
  /** The host asked to be left alone, for so many milliseconds if it said. */
  limited(toldMs: number | undefined): void;
  /** Nothing can be said: the connection broke. */
  left(): void;
  /** Lets the next one go ahead already: the answer will be long in coming. */
  aside(): void;
}

interface State {
  readonly baseMs: number;
  /** On the monotonic clock. */
  until: number;
  closed: boolean;
  scouting: boolean;
  strikes: number;
  changed: PromiseWithResolvers<void>;
}

const LONGEST_UNTOLD_MS = 30_000;

/**
 * One host's patience with us, shared by every stream to it.
 *
 * When one request is told to wait, all wait; and when the time is over one request goes ahead of the others, so that
 * a limited window costs one refusal and not one per stream. `baseMs` is the wait where the host names none.
 */
export function gate(baseMs: number): Gate {
  const state: State = {
    baseMs,
    until: 0,
    closed: false,
    scouting: false,
    strikes: 0,
    changed: Promise.withResolvers(),
  };
  return {
    closedFor: () => Math.max(0, state.until - performance.now()),
    async pass(longestMs, signal) {
      for (;;) {
        signal?.throwIfAborted();
        const wait = state.until - performance.now();
        if (wait > longestMs) return undefined;
        if (wait > 0) await pause(wait, signal);
        else if (!state.closed || !state.scouting) return passOf(state);
        else await unless(signal, state.changed.promise);
      }
    },
  };
}

function passOf(state: State): Pass {
  const since = performance.now();
  const scout = state.closed;
  state.scouting = scout;
  let said = false;
  const aside = (): void => {
    if (scout) state.scouting = false;
    state.changed.resolve();
    state.changed = Promise.withResolvers();
  };
  const say = (what: () => void): void => {
    if (said) return;
    said = true;
    what();
    aside();
  };
  return {
    aside,
    answered: () => say(() => scout && Object.assign(state, { closed: false, strikes: 0 })),
    limited: (toldMs) => say(() => close(state, since, toldMs)),
    left: () => say(() => undefined),
  };
}

/** Requests that were under way together are refused together: that is one strike, not many. */
function close(state: State, since: number, toldMs: number | undefined): void {
  if (!state.closed || since >= state.until) state.strikes += 1;
  const growth = 2 ** (state.strikes - 1);
  const untold = Math.min(state.baseMs * growth, LONGEST_UNTOLD_MS) * (1 + Math.random() / 4);
  const told = toldMs === undefined ? untold : Math.max(toldMs, Math.min(untold / 20, toldMs + 1_000));
  state.closed = true;
  state.until = Math.max(state.until, performance.now() + told);
}

/** The promise's outcome, or the signal's reason if that comes first. */
export async function unless<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T> {
  if (!signal) return promise;
  // Whoever gave up already does not hear of it any more, and what rejects unheard ends the process.
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() => signal.removeEventListener('abort', stop));
}

/** Resolves when it is one's turn. */
export type Pacer = (signal: AbortSignal | undefined) => Promise<void>;

/** At most `burst` at once and `perSecond` on the long run, in the order of asking; so never more than their sum in any second. */
export function pacer(perSecond: number, burst: number): Pacer {
  const apartMs = 1_000 / perSecond;
  let next = 0;
  return async (signal) => {
    const now = performance.now();
    next = Math.max(next, now - (burst - 1) * apartMs);
    const wait = next - now;
    next += apartMs;
    if (wait > 0) await pause(wait, signal);
  };
}
