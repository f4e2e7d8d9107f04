import { setTimeout as wait } from 'node:timers/promises';
import { minutes, plus } from '../../src/core/time.ts';
import type { Claim } from '../../src/ports.ts';
import type { Host } from '../host.ts';

/** Whoever has had a turn for so long is dead. Telling takes a second, and half a minute with all its time-outs. */
const TURN_MS = minutes(1);
const ASK_AGAIN_MS = 250;

/**
 * Works while no other process does under the same name, and waits for its turn until then.
 *
 * A claim in the journal and not Lambda's reserved concurrency, because an account that is new has none to set aside,
 * and because what is to be done one at a time is the telling alone: looking may take minutes.
 */
export async function inTurn<T>(name: string, host: Host, work: () => Promise<T>): Promise<T> {
  const { journal } = host.world;
  const claim = await turnOf(name, host);
  try {
    return await work();
  } finally {
    // It runs out by itself, and what was told is told.
    await journal.yield(claim).catch((error: unknown) => host.log(`could not end the turn to ${name}`, error));
  }
}

async function turnOf(name: string, { world: { journal }, now, signal }: Host): Promise<Claim> {
  const owner = crypto.randomUUID();
  for (;;) {
    const claim = await journal.claim(name, owner, now(), plus(now(), TURN_MS));
    if (claim) return claim;
    await wait(ASK_AGAIN_MS, undefined, { signal });
  }
}
