import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { assertLasts, keyIn } from './core/rotation.ts';
import { Secret } from './core/secret.ts';
import type { FreshenKey } from './core/step.ts';
import { seconds } from './core/time.ts';
import type { Renewal, Vault, World } from './ports.ts';
import { liteLlmOf, prolong } from './rotate-secret.ts';

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
    const end = await endOfRotation(vault, secret, version, { withinMs, ...(signal && { signal }) });
    const help = `the log of the function "rotate" says why; greenroom keys rotate ${name} --give-up begins another`;
    if (end !== 'published') throw new Error(`the rotation of ${secret} is ${end}: ${help}`);
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
  readonly signal?: AbortSignal;
}

const FIRST_MS = 20;
const LONGEST_MS = seconds(2);

/**
 * How a rotation that was asked for has ended, which somebody else carries out. The key that was published before works
 * all the while. `unfinished`: it goes on, or has died half way.
 */
export async function endOfRotation(
  vault: Vault,
  secret: string,
  version: string,
  { withinMs, signal }: Waiting,
): Promise<'published' | 'given up' | 'unfinished'> {
  let began = false;
  for (let waited = 0, pause = FIRST_MS; ; waited += pause, pause = Math.min(2 * pause, LONGEST_MS)) {
    const on = (await vault.standing(secret, signal)).stages.get(version) ?? [];
    // What is previous by now has been current in between.
    if (on.includes('current') || on.includes('previous')) return 'published';
    if (began && !on.includes('pending')) return 'given up';
    // Because it may not be told of for a moment, although it has been asked for.
    began ||= on.includes('pending');
    if (waited >= withinMs) return 'unfinished';
    await wait(pause, undefined, { signal });
  }
}
