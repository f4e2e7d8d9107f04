import { workshopsIn } from './core/calendar.ts';
import type { Estate, LiteLlmGateway, PublishedKey } from './core/estate.ts';
import { policyOf } from './core/policy.ts';
import { lastingMsFor } from './core/rotation.ts';
import { Secret } from './core/secret.ts';
import { minutes, plus, spoken } from './core/time.ts';
import { windowsOf, type WindowsSighting } from './core/windows.ts';
import { isWithin } from './core/workshop.ts';
import { rememberedCalendar } from './observers/workshops.ts';
import type { Journal, World } from './ports.ts';
import { createSecret, finishSecret, setSecret, testSecret, type Making, type Rotating } from './rotation.ts';

/** What Secrets Manager hands to a rotation function, once for each step. */
export interface RotationEvent {
  readonly Step: string;
  /** The secret's ARN. */
  readonly SecretId: string;
  /** The id of the version that is to be made. */
  readonly ClientRequestToken: string;
  /** Proof that the rotation was asked for by Secrets Manager. */
  readonly RotationToken?: string;
}

/** In the order in which Secrets Manager asks for them. */
export const STEPS = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const;

/** What a rotation needs of a world. */
export type RotationWorld = Pick<World, 'estate' | 'journal' | 'gateway' | 'vault'>;

export interface Asked {
  readonly now: () => Date;
  readonly signal?: AbortSignal;
}

/**
 * One step of a rotation, asked for by Secrets Manager whoever asked it: the console, `rotate-secret`, Greenroom.
 *
 * Refuses what AWS's own functions refuse (a secret that is not to be rotated, a version that is not pending), and to
 * begin or to publish while the calendar allows no rotation, unless somebody forced it with a reason. Resolves to a
 * line about what came of it.
 */
export async function rotateSecret(event: RotationEvent, world: RotationWorld, asked: Asked): Promise<string> {
  const { Step: step, SecretId: id, ClientRequestToken: version, RotationToken: token } = event;
  const { key, rotating, windows } = await settingFor(id, world, asked);
  const { rotates, stages } = await rotating.vault.standing(id, asked.signal);
  if (!rotates) throw new Error(`${key.secret} is not set up to be rotated: turn its rotation on first`);
  const on = stages.get(version) ?? [];
  if (on.includes('current')) return `${key.name}: version ${version} is published already`;
  if (!on.includes('pending'))
    throw new Error(`version ${version} of ${key.secret} is not pending: it was never asked for, or given up`);

  const making: Making = { id: version, ...(token !== undefined && { pass: new Secret(token) }) };
  switch (step) {
    case 'createSecret':
      await allowed(key, windows, world.journal, asked.now());
      await createSecret(rotating, making);
      return `${key.name}: another key is written down, as version ${version}`;
    case 'setSecret': {
      const made = await setSecret(rotating, making);
      return `${key.name}: the gateway has it as ${made.alias}, and lets it last until ${spokenEnd(made.expires)}`;
    }
    case 'testSecret':
      await testSecret(rotating, making);
      return `${key.name}: every replica takes the new key`;
    case 'finishSecret': {
      const force = await allowed(key, windows, world.journal, asked.now());
      await finishSecret(rotating, making);
      const line = `published version ${version}${force ? `, inside a window because ${force.why}` : ''}`;
      await world.journal.record({ target: `key ${key.name}`, at: asked.now(), by: force?.by ?? 'rotation', line });
      return `${key.name}: ${line}`;
    }
    default:
      throw new Error(`there is no step "${step}" in a rotation`);
  }
}

const spokenEnd = (expires: Date | 'never'): string => (expires === 'never' ? 'it is taken away' : spoken(expires));

async function settingFor(id: string, world: RotationWorld, { now, signal }: Asked) {
  const { estate, gateway, vault } = world;
  const settings = liteLlmOf(estate);
  if (!settings || !gateway || !vault) throw new Error(`${estate.name} has no gateway whose keys could be rotated`);
  const key = settings.keys.find(({ secret }) => isSecret(id, secret));
  if (!key) throw new Error(`${estate.name} publishes no key in ${id}`);
  const windows = await windowsNow(world, now());
  const longestMs = settings.longestMinutes === undefined ? undefined : minutes(settings.longestMinutes);
  const rotating: Rotating = {
    vault,
    gateway,
    secret: id,
    ...(key.field !== undefined && { field: key.field }),
    alias: key.name,
    lastingMs: lastingMsFor(windows?.pauses ?? [], now(), longestMs),
    now,
    ...(signal && { signal }),
  };
  return { key, rotating, windows };
}

export const liteLlmOf = ({ gateway }: Pick<Estate, 'gateway'>): LiteLlmGateway | undefined =>
  gateway?.kind === 'litellm' ? gateway : undefined;

/** A name or an ARN, at whose end Secrets Manager puts six characters of its own. */
const isSecret = (id: string, name: string): boolean =>
  id === name || (id.startsWith('arn:') && /^(.*)-\w{6}$/.exec(id.split(':').slice(6).join(':'))?.[1] === name);

/** What the calendar's last good copy closes; `undefined` where the estate has a calendar and there is no copy yet. */
export async function windowsNow(
  { estate, journal }: Pick<World, 'estate' | 'journal'>,
  now: Date,
): Promise<WindowsSighting | undefined> {
  const known = await rememberedCalendar({ estate, journal }, now);
  if (!known && estate.calendar) return undefined;
  return windowsOf(known ? workshopsIn(known) : [], policyOf(estate), now);
}

/** Who takes it upon himself that a key is rotated inside a window, and why. */
export interface Force {
  readonly by: string;
  readonly why: string;
}

/** Long enough for a rotation and its repetitions, and over before it is forgotten. */
const FORCE_MS = minutes(15);

const forceOf = ({ secret }: PublishedKey): string => `rotation of ${secret} forced`;

/**
 * Lets a key be rotated although its window is closed, for a quarter of an hour.
 *
 * A note in the journal and not a tag on the secret: a tag stays, and would in silence allow every rotation after this
 * one; it does not say who, and whoever may tag a secret need not be who may decide this.
 */
export const force = (key: PublishedKey, journal: Journal, { by, why }: Force, now: Date): Promise<void> =>
  journal.keep(forceOf(key), JSON.stringify({ by, why }), plus(now, FORCE_MS));

/** Why a key may not be rotated now; `undefined` where it may. */
export function closedFor({ name }: PublishedKey, windows: WindowsSighting | undefined, now: Date): string | undefined {
  if (!windows) return `${name} is not rotated: the calendar has never been read, so nobody knows who is in the room`;
  const shut = windows.pauses.find((pause) => isWithin(pause, now));
  if (!shut) return undefined;
  const titles = shut.workshops.map(({ title }) => title).join(', ');
  return `${name} is not rotated before ${spoken(shut.until)}: ${titles}`;
}

async function allowed(
  key: PublishedKey,
  windows: WindowsSighting | undefined,
  journal: Journal,
  now: Date,
): Promise<Force | undefined> {
  const why = closedFor(key, windows, now);
  if (why === undefined) return undefined;
  const note = await journal.kept(forceOf(key), now);
  if (note !== undefined) return JSON.parse(note) as Force;
  throw new Error(`${why}. To rotate it all the same: greenroom keys rotate ${key.name} --force --why "…"`);
}
