import { workshopsIn } from './core/calendar.ts';
import type { Estate, LiteLlmGateway, PublishedKey } from './core/estate.ts';
import { whyOf } from './core/outside-error.ts';
import { policyOf } from './core/policy.ts';
import { lastingMsFor } from './core/rotation.ts';
import { Secret } from './core/secret.ts';
import { between, days, minutes, plus, spoken } from './core/time.ts';
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
 * line about what came of it; a failure is written down as well, because whoever asked cannot hear it.
 */
export async function rotateSecret(event: RotationEvent, world: RotationWorld, asked: Asked): Promise<string> {
  const [end] = await Promise.allSettled([stepOf(event, world, asked)]);
  if (end.status === 'fulfilled') return end.value;
  const failure: Failure = { step: event.Step, why: whyOf(end.reason) };
  const until = plus(asked.now(), NOTED_MS);
  // A journal that is away as well takes nothing from the first error.
  await Promise.allSettled([world.journal.keep(failureOf(event.ClientRequestToken), JSON.stringify(failure), until)]);
  throw end.reason;
}

/** At which step a rotation failed, and why. */
export interface Failure {
  readonly step: string;
  readonly why: string;
}

const NOTED_MS = minutes(15);

const failureOf = (version: string): string => `failure of version ${version}`;

/** What became of the last step that failed on the way to a version; it may be tried again, and succeed. */
export async function failureOn(version: string, journal: Journal, now: Date): Promise<Failure | undefined> {
  const note = await journal.kept(failureOf(version), now);
  return note === undefined ? undefined : (JSON.parse(note) as Failure);
}

async function stepOf(event: RotationEvent, world: RotationWorld, asked: Asked): Promise<string> {
  const { Step: step, SecretId: id, ClientRequestToken: version, RotationToken: token } = event;
  const { key, rotating, windows } = await settingFor(id, world, asked);
  const { rotates, stages } = await rotating.vault.standing(id, asked.signal);
  if (!rotates) throw new Error(`${key.secret} is not set up to be rotated: turn its rotation on first`);
  const on = stages.get(version) ?? [];
  if (on.includes('current')) return `${key.name}: version ${version} is published already`;
  if (!on.includes('pending'))
    throw new Error(`version ${version} of ${key.secret} is not pending: it was never asked for, or given up`);

  const making: Making = { id: version, ...(token !== undefined && { pass: new Secret(token) }) };
  const prolonging = await prolongingOf(version, world.journal, asked.now());
  const turn: Turn = { key, rotating, making, same: prolonging?.same === true, ...(prolonging && { prolonging }) };
  // Because whoever keeps the key that he has notices nothing.
  const permission = async (): Promise<Force | undefined> =>
    turn.same ? undefined : allowed(key, windows, world.journal, asked.now());
  return `${key.name}: ${await takeStep(step, turn, permission, world.journal)}`;
}

interface Turn {
  readonly key: PublishedKey;
  readonly rotating: Rotating;
  readonly making: Making;
  /** Whether the key stays the same. */
  readonly same: boolean;
  readonly prolonging?: Prolonging;
}

type Permission = () => Promise<Force | undefined>;

async function takeStep(step: string, turn: Turn, permission: Permission, journal: Journal): Promise<string> {
  const { rotating, making, same } = turn;
  switch (step) {
    case 'createSecret':
      await permission();
      await createSecret(rotating, making, same);
      return `${same ? 'the same key' : 'another key'} is written down, as version ${making.id}`;
    case 'setSecret':
      return install(turn);
    case 'testSecret':
      await testSecret(rotating, making);
      return `every replica takes the ${same ? 'same' : 'new'} key`;
    case 'finishSecret':
      return publish(turn, await permission(), journal);
    default:
      throw new Error(`there is no step "${step}" in a rotation`);
  }
}

async function install({ rotating, making, same, prolonging }: Turn): Promise<string> {
  const { gateway, now, signal } = rotating;
  const { alias, expires } = await setSecret(rotating, making);
  for (const hash of prolonging?.hashes ?? [])
    await gateway.extend(hash, between(now(), new Date(prolonging?.until ?? 0)), signal);
  if (same) return 'every key that is in use lasts longer';
  return `the gateway has it as ${alias}, and lets it last until ${spokenEnd(expires)}`;
}

async function publish(
  { key, rotating, making, same }: Turn,
  force: Force | undefined,
  journal: Journal,
): Promise<string> {
  await finishSecret(rotating, making, same);
  const why = force ? `, inside a window because ${force.why}` : '';
  const line = `${same ? 'lasts longer, as' : 'published'} version ${making.id}${why}`;
  await journal.record({ target: `key ${key.name}`, at: rotating.now(), by: force?.by ?? 'rotation', line });
  return line;
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

/** What a rotation does besides making another key, or instead of it. */
export interface Prolonging {
  /** Whether the published key stays the same: it only lasts longer then. */
  readonly same: boolean;
  /** Hashes of the keys that are to last longer. */
  readonly hashes: readonly string[];
  /** Until when, as an instant in ISO 8601. */
  readonly until: string;
}

/** Longer than Secrets Manager goes on with a rotation that was broken off: without the note it would make another key. */
const PROLONGING_MS = days(7);

const noteOn = (version: string): string => `prolonging by version ${version}`;

/** Says what the rotation into a version is for, before it is asked for. By the version, so that no other one heeds it. */
export const prolong = (version: string, wish: Prolonging, journal: Journal, now: Date): Promise<void> =>
  journal.keep(noteOn(version), JSON.stringify(wish), plus(now, PROLONGING_MS));

async function prolongingOf(version: string, journal: Journal, now: Date): Promise<Prolonging | undefined> {
  const note = await journal.kept(noteOn(version), now);
  return note === undefined ? undefined : (JSON.parse(note) as Prolonging);
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
