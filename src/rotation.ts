import { randomBytes } from 'node:crypto';
import { aliasOf, type GatewayKey } from './core/gateway-key.ts';
import { fateOf, keyIn, nextGeneration, withKey } from './core/rotation.ts';
import { Secret } from './core/secret.ts';
import { spokenDuration } from './core/time.ts';
import type { Gateway, Vault } from './ports.ts';

/** One key that consumers read from one secret. */
export interface Rotating {
  readonly vault: Vault;
  readonly gateway: Gateway;
  /** The secret's name or ARN. */
  readonly secret: string;
  /** The field of the secret's JSON that holds the key. Left out: the secret is the key. */
  readonly field?: string;
  /** What the aliases of all generations have in common. */
  readonly alias: string;
  /** How long a new key must last. What the gateway makes of it is read back. */
  readonly lastingMs: number;
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

/** The version that a rotation is making, and its proof that it may. */
export interface Making {
  readonly id: string;
  readonly pass?: Secret;
}

/**
 * The four steps of a rotation as Secrets Manager asks for them, make before break. Each is safe to repeat, and after
 * a death anywhere the same steps again finish what was begun.
 *
 * `createSecret`: the key is ours to choose, so it is written down before the gateway hears of it: one that the
 * gateway made and whose answer was lost would live unknown to everybody. `same`: it is the current one once more, which
 * is to last longer, so that nobody has to move.
 */
export async function createSecret(rotating: Rotating, { id, pass }: Making, same = false): Promise<void> {
  const { vault, secret, field, signal } = rotating;
  const [current, pending] = [await vault.read(secret, 'current', signal), await vault.read(secret, 'pending', signal)];
  if (pending?.id === id || current?.id === id) return;
  if (same && !current) throw new Error(`${secret} holds nothing that could last longer`);
  const key = `sk-${randomBytes(24).toString('base64url')}`;
  const text = same && current ? current.text : new Secret(withKey(current?.text.reveal(), field, key));
  await vault.propose(secret, id, text, pass, signal);
}

/**
 * `setSecret`: the gateway gets the new key, with what the current one may do, under an alias of its own. Resolves to
 * what the gateway made of it: it may let keys last for less than was asked.
 */
export async function setSecret(rotating: Rotating, { id }: Making): Promise<GatewayKey> {
  const { gateway, alias, lastingMs, signal } = rotating;
  const key = await madeBy(rotating, id);
  const keys = await gateway.keys(signal);
  const hash = gateway.hashOf(key);
  const there = keys.find((each) => each.hash === hash);
  if (there) return there;
  const current = await currentKey(rotating);
  const before = current && keys.find((each) => each.hash === gateway.hashOf(current));
  const wish = { alias: aliasOf(alias, nextGeneration(alias, keys)), lastingMs, settings: before?.settings ?? {} };
  return gateway.install(key, wish, signal);
}

/**
 * `testSecret`: every replica takes the new key, and none takes a key that nobody has.
 *
 * The second half because a gateway may let everybody in while its database is away, and would then pass the first.
 */
export async function testSecret(rotating: Rotating, { id }: Making): Promise<void> {
  const { gateway, signal } = rotating;
  const [ours, bogus] = await Promise.all([
    gateway.probe(await madeBy(rotating, id), signal),
    gateway.probe(new Secret(`sk-${randomBytes(24).toString('base64url')}`), signal),
  ]);
  const refusing = ours.filter(({ answer }) => answer !== 'accepted');
  if (refusing.length > 0) {
    const told = refusing.map(({ replica, answer, why }) => `${replica} says ${answer}${why ? ` (${why})` : ''}`);
    throw new Error(`the new key of ${rotating.secret} does not work everywhere: ${told.join('; ')}`);
  }
  const open = bogus.filter(({ answer }) => answer === 'accepted').map(({ replica }) => replica);
  if (open.length > 0) throw new Error(`${open.join(', ')} let in a key that nobody has, so nothing is proved`);
}

/**
 * `finishSecret`: consumers get the new key from now on. The old one lives until they have it: see `retire`. `same`: they
 * get what they have, and where somebody has published another key meanwhile it is theirs that counts.
 */
export async function finishSecret(rotating: Rotating, { id }: Making, same = false): Promise<void> {
  const { vault, secret, field, signal } = rotating;
  // Because a version without a key in it would be published as readily.
  const key = await madeBy(rotating, id);
  const current = await vault.read(secret, 'current', signal);
  if (current?.id === id) return;
  if (same && current && keyIn(current.text.reveal(), field) !== key.reveal()) {
    await vault.withdraw(secret, signal);
    throw new Error(`somebody has published another key in ${secret} meanwhile: it stays`);
  }
  await vault.finish(secret, id, signal);
}

/**
 * Lets keys end that nobody uses any longer, and takes away those that have ended. `held`: the hashes of the keys that
 * consumers hold. Resolves to what became of which: `ai-coder-g1 (ends in 3 min)`, `ai-coder-g0 (removed)`.
 */
export async function retire(rotating: Rotating, held: Iterable<string>): Promise<readonly string[]> {
  const { gateway, alias, signal, now } = rotating;
  const own = await Promise.all([currentKey(rotating), pendingKey(rotating)]);
  const used = new Set([...held, ...own.flatMap((key) => (key ? [gateway.hashOf(key)] : []))]);
  const retired: string[] = [];
  for (const key of await gateway.keys(signal)) {
    const fate = fateOf(key, { base: alias, used }, now());
    if (fate.do === 'keep') continue;
    if (fate.do === 'drain') await gateway.extend(key.hash, fate.lastingMs, signal);
    else await gateway.remove(key.hash, signal);
    const end = fate.do === 'drain' ? `ends in ${spokenDuration(fate.lastingMs)}` : 'removed';
    retired.push(`${key.alias ?? key.hash.slice(0, 12)} (${end})`);
  }
  return retired;
}

async function madeBy(rotating: Rotating, id: string): Promise<Secret> {
  const { vault, secret, field, signal } = rotating;
  const pending = await vault.read(secret, 'pending', signal);
  // A step may be repeated after the last one: by then what was pending is current.
  const version = pending?.id === id ? pending : await vault.read(secret, 'current', signal);
  const key = version?.id === id ? keyIn(version.text.reveal(), field) : undefined;
  if (key === undefined) throw new Error(`${secret} has no version ${id} that is pending: was it created?`);
  return new Secret(key);
}

async function keyAt(
  { vault, secret, field, signal }: Rotating,
  stage: 'current' | 'pending',
): Promise<Secret | undefined> {
  const version = await vault.read(secret, stage, signal);
  const key = version && keyIn(version.text.reveal(), field);
  return key === undefined ? undefined : new Secret(key);
}

const currentKey = (rotating: Rotating): Promise<Secret | undefined> => keyAt(rotating, 'current');
const pendingKey = (rotating: Rotating): Promise<Secret | undefined> => keyAt(rotating, 'pending');
