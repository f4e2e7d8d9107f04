import { whyOf } from '../core/outside-error.ts';
import { saw, unseen, type Seen } from '../core/sighting.ts';
import type { Log } from '../log.ts';
import type { Look } from './images.ts';

/** What every look brings along. */
export interface Looking {
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface Watch extends Look, Looking {
  /** Source repositories to look at. Left out: every image of the estate. */
  readonly only?: readonly string[];
}

/** Where an error becomes a sentence; the whole of it goes to the log. Time that ran out is nobody's answer and goes on. */
export async function look<T>(what: string, { log, signal }: Looking, read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return saw(await read());
  } catch (error) {
    signal?.throwIfAborted();
    log(`could not look at ${what}`, error);
    return unseen(whyOf(error));
  }
}

/** A look at something that several facets need: one look asks once, whoever wants to know. */
export function oncePerLook<A, W extends object, T>(
  read: (among: A, watch: W) => Promise<T>,
): (among: A, watch: W) => Promise<T> {
  const asked = new WeakMap<W, Promise<T>>();
  return (among, watch) => {
    const there = asked.get(watch) ?? read(among, watch);
    asked.set(watch, there);
    return there;
  };
}
