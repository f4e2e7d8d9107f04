import { createHash } from 'node:crypto';
import type { PublishedKey } from '../core/estate.ts';
import { assertLasts } from '../core/rotation.ts';
import type { FreshenKey, RetireKeys } from '../core/step.ts';
import { between, spoken } from '../core/time.ts';
import type { World } from '../ports.ts';
import { createSecret, finishSecret, retire, setSecret, testSecret, type Rotating } from '../rotation.ts';

interface Turning {
  readonly now: Date;
  readonly signal?: AbortSignal;
}

type Reach = Pick<World, 'estate' | 'gateway' | 'vault' | 'renewal'>;

/** Lets a key outlast a pause, in place where that is enough, and proves on every replica what is published then. */
export async function freshenKey(step: FreshenKey, world: Reach, turning: Turning): Promise<string> {
  const rotating = rotatingOf(step.key, world, turning, between(turning.now, step.until));
  if (world.renewal) await world.renewal.ask(step, turning.now, turning.signal);
  else await freshen(rotating, step, turning);
  const current = await rotating.vault.read(rotating.secret, 'current', turning.signal);
  if (!current) throw new Error(`the secret ${rotating.secret} holds nothing`);
  await testSecret(rotating, { id: current.id });
  return `proven on every replica, until ${spoken(step.until)}`;
}

async function freshen(rotating: Rotating, step: FreshenKey, turning: Turning): Promise<void> {
  if (step.rotate) await rotate(rotating, generationFor(step));
  for (const hash of step.extend) await extend(hash, step, rotating, turning);
}

/**
 * Named for what it replaces and what for, so that the same step again finishes what was begun, and one that somebody's
 * rotator has overwritten since is begun anew. As UUIDs are spelled.
 */
function generationFor({ key, from = '', atLeast }: FreshenKey): string {
  const hash = createHash('sha256').update(`${key} ${from} ${atLeast.toISOString()}`).digest('hex');
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `4${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ].join('-');
}

async function rotate(rotating: Rotating, id: string): Promise<void> {
  await createSecret(rotating, { id });
  await setSecret(rotating, { id });
  await testSecret(rotating, { id });
  await finishSecret(rotating, { id });
}

/** What was asked for is not what the gateway gave, until it has been read back. */
async function extend(
  hash: string,
  { key, until, atLeast }: FreshenKey,
  { gateway }: Rotating,
  { now, signal }: Turning,
): Promise<void> {
  const { expires } = await gateway.extend(hash, between(now, until), signal);
  assertLasts(key, expires, atLeast);
}

/** Lets generations end that nobody holds. */
export async function retireKeys({ key, held }: RetireKeys, world: Reach, turning: Turning): Promise<string> {
  const retired = await retire(rotatingOf(key, world, turning, 0), held);
  return retired.length === 0 ? 'none was left' : retired.join(', ');
}

function rotatingOf(
  name: string,
  { estate, gateway, vault }: Reach,
  { now, signal }: Turning,
  lastingMs: number,
): Rotating {
  const key = keyNamed(name, estate);
  if (!gateway || !vault) throw new Error('nothing here can reach the gateway and its secrets');
  const { secret, field } = key;
  return {
    vault,
    gateway,
    secret,
    ...(field !== undefined && { field }),
    alias: name,
    lastingMs,
    now: () => now,
    ...(signal && { signal }),
  };
}

function keyNamed(name: string, { name: estate, gateway }: World['estate']): PublishedKey {
  const found = gateway?.kind === 'litellm' ? gateway.keys.find((key) => key.name === name) : undefined;
  if (!found) throw new Error(`${estate} has no key "${name}"`);
  return found;
}
