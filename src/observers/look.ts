import { whyOf } from '../core/outside-error.ts';
import { saw, unseen, type Seen } from '../core/sighting.ts';
import type { Log } from '../log.ts';
import type { Look } from './images.ts';

export interface Watch extends Look {
  readonly log: Log;
  /** Source repositories to look at. Left out: every image of the estate. */
  readonly only?: readonly string[];
}

/** Where an error becomes a sentence; the whole of it goes to the log. Time that ran out is nobody's answer and goes on. */
export async function look<T>(what: string, { log, signal }: Watch, read: () => Promise<T>): Promise<Seen<T>> {
  try {
    return saw(await read());
  } catch (error) {
    signal?.throwIfAborted();
    log(`could not look at ${what}`, error);
    return unseen(whyOf(error));
  }
}
