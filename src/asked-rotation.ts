import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { assertLasts, keyIn } from './core/rotation.ts';
import { Secret } from './core/secret.ts';
import type { FreshenKey } from './core/step.ts';
import { seconds } from './core/time.ts';
import type { Journal, Renewal, Vault, World } from './ports.ts';
import { failureOn, liteLlmOf, prolong, type Failure } from './rotate-secret.ts';

/** Secrets Manager takes half a minute for the four steps. Several keys have to fit into one run of the loop. */
const PATIENCE_MS = seconds(80);

/**
 * Keys that are made to last by whoever rotates their secrets: in AWS a function that alone has the gateway's own key.
 *
 * What it is asked for is written down first, because whoever asks for a rotation can hand nothing over. What the
 * gateway made of it is read back by the key itself.
 */
export const askedRotation = (
  world: Pick<World, 'estate' | 'journal' | 'vault' | 'gateway'>,
  withinMs: number = PATIENCE_MS,
): Renewal => ({
  ask: async (step, now, signal) => {
    const { estate, journal, vault } = world;
    const { key: name, rotate: anew, extend: hashes, until } = step;
    const key = liteLlmOf(estate)?.keys.find((each) => each.name === name);
    if (!key || !vault) throw new Error(`${estate.name} has no key "${name}" that could be rotated`);
    const { secret } = key;
    const version = randomUUID();
    await prolong(version, { same: !anew, hashes, until: until.toISOString() }, journal, now);
    await vault.rotate(secret, signal, version);
    const end = await endOfRotation(vault, secret, version, { withinMs, journal, now, ...(signal && { signal }) });
    const help = `greenroom keys rotate ${name} --give-up begins another`;
    if (end !== 'published') throw new Error(`the rotation of ${secret} ${spellEnd(end)}; ${help}`);
    const text = (await vault.read(secret, 'current', signal))?.text.reveal() ?? '';
    await readBack(step, keyIn(text, key.field), world, signal);
  },
});

/** What was asked for is not what the gateway gave. */
async function readBack(
  { key, atLeast }: FreshenKey,
  text: string | undefined,
  { gateway }: Pick<World, 'gateway'>,
  signal?: AbortSignal,
): Promise<void> {
  const own = text === undefined ? undefined : await gateway?.own(new Secret(text), signal);
  if (!own) throw new Error(`the gateway does not know the key that is published for ${key}`);
  assertLasts(key, own.expires, atLeast);
}

export interface Waiting {
  readonly withinMs: number;
  /** Where the function writes down why it failed. */
  readonly journal: Journal;
  readonly now: Date;
  readonly signal?: AbortSignal;
}

const FIRST_MS = 20;
const LONGEST_MS = seconds(2);

/** `unfinished`: it goes on, or has died half way. */
export type End = 'published' | 'given up' | 'unfinished' | Failure;

/** As it follows "the rotation". */
export function spellEnd(end: Exclude<End, 'published'>): string {
  if (end === 'given up') return 'was given up by somebody else';
  if (end === 'unfinished') return 'has not ended in time: the log of the function "rotate" says why';
  return `failed at ${end.step}: ${end.why.replace(/\.$/, '')}`;
}

/**
 * How a rotation that was asked for has ended, which somebody else carries out. The key that was published before works
 * all the while. One that failed is tried again by Secrets Manager, nobody knows when.
 */
export async function endOfRotation(
  vault: Vault,
  secret: string,
  version: string,
  { withinMs, journal, now, signal }: Waiting,
): Promise<End> {
  let began = false;
  for (let waited = 0, pause = FIRST_MS; ; waited += pause, pause = Math.min(2 * pause, LONGEST_MS)) {
    // Asked for first: what failed and was tried again in between is published.
    const failure = await failureOn(version, journal, now);
    const on = (await vault.standing(secret, signal)).stages.get(version) ?? [];
    // What is previous by now has been current in between.
    if (on.includes('current') || on.includes('previous')) return 'published';
    if (failure) return failure;
    if (began && !on.includes('pending')) return 'given up';
    // Because it may not be told of for a moment, although it has been asked for.
    began ||= on.includes('pending');
    if (waited >= withinMs) return 'unfinished';
    await wait(pause, undefined, { signal });
  }
}
