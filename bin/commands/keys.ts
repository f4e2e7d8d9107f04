import type { PublishedKey } from '../../src/core/estate.ts';
import type { KeySighting } from '../../src/core/keys.ts';
import { keyIn, lastingMsFor } from '../../src/core/rotation.ts';
import { Secret } from '../../src/core/secret.ts';
import { minutes, plus, spoken } from '../../src/core/time.ts';
import { endOfRotation, spellEnd, type Waiting } from '../../src/asked-rotation.ts';
import { sightKeys } from '../../src/observers/keys.ts';
import type { Gateway, Vault } from '../../src/ports.ts';
import { closedFor, failureOn, force, liteLlmOf, windowsNow } from '../../src/rotate-secret.ts';
import { fingerprintOf, keyRows, keysLines } from '../../src/terminal/keys.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { command, EXIT, Stop, usage, type Call, type Exit } from '../command.ts';
import { DRY_RUN, ESTATE, onStage, whoami, type Stage } from '../stage.ts';

const FLAGS = {
  force: { type: 'boolean', about: 'Rotate although a workshop’s window is closed. Needs --why' },
  why: { type: 'string', value: '<text>', about: 'The reason, which stays in the key’s story' },
  'give-up': { type: 'boolean', about: 'Give up a rotation that has not ended, and begin another' },
  'dry-run': DRY_RUN,
  estate: ESTATE,
} as const;

type KeysCall = Call<typeof FLAGS>;

export default command({
  name: 'keys',
  summary: 'The model gateway’s keys: which is published, until when; rotate or extend one',
  usage: [
    '[--estate <name>]',
    'rotate <key> [--force --why <text>] [--give-up] [--dry-run] [--estate <name>]',
    'extend <key> [--dry-run] [--estate <name>]',
  ],
  about:
    'Lists every generation of every key that the estate publishes. A key itself is never shown, only a fingerprint of it.\n`rotate` has another key made, proved on every replica and published; the old one lives until nobody holds it. Inside a workshop’s window it is refused, unless it is forced with a reason.\n`extend` lets the published key last longer, so that nothing has to restart.\nExits with 0 when every published key works on every replica, 1 when one does not, 3 where something could not be asked.',
  flags: FLAGS,
  examples: [
    ['greenroom keys', 'what is published, and what is on its way out'],
    ['greenroom keys rotate ai-coder --dry-run', 'may it be rotated now, and how long would the new one last?'],
    ['greenroom keys rotate ai-coder --force --why "it leaked"', 'now, whoever is in the room'],
    ['greenroom keys extend ai-coder', 'the same key, for longer'],
  ],
  words: [0, 2],
  run: (call) => {
    const [verb, name] = call.args;
    if (verb === undefined) return onStage(call, (stage) => list(call, stage));
    if (verb !== 'rotate' && verb !== 'extend') throw usage(`keys: what is "${verb}"?`, 'rotate or extend');
    if (name === undefined) throw usage(`keys ${verb}: which key?`, 'greenroom keys lists them');
    if (call.flags.force === true && call.flags.why === undefined)
      throw usage('keys: what for?', '--why "the key leaked"');
    return onStage(call, (stage) => (verb === 'rotate' ? rotate(call, stage, name) : extend(call, stage, name)));
  },
});

async function list({ terminal, now, signal }: KeysCall, { world }: Stage): Promise<Exit> {
  const { gateway, keys } = await sightKeys(world, { log: terminal.trouble, signal });
  if (!gateway) {
    terminal.out(`${world.estate.name} has no model gateway, and so no keys.`);
    terminal.document({ estate: world.estate.name, keys: [] });
    return EXIT.done;
  }
  const rows = keys.flatMap((key) => keyRows(key, now()));
  const isBlind = keys.some(({ published, known, probes }) => !published.seen || !known.seen || !probes.seen);
  // That it knows none may only be said by a gateway that was asked.
  const lines = rows.length === 0 && isBlind ? [] : keysLines(rows, now(), terminal);
  terminal.out(...lines, ...keys.flatMap(complaints));
  terminal.document({ estate: world.estate.name, keys: rows, amiss: keys.flatMap(complaints) });
  if (isBlind) return EXIT.blind;
  return keys.flatMap(complaints).length > 0 ? EXIT.failed : EXIT.done;
}

/** What keeps a published key from working, a sentence each. */
function complaints({ key, published, known, probes }: KeySighting): string[] {
  const unseen = [published, known, probes].flatMap((each) => (each.seen ? [] : [`${key.name}: ${each.why}`]));
  if (published.seen && published.value === undefined) return [`${key.name}: ${key.secret} holds no key`];
  const refusing = probes.seen ? probes.value.filter(({ answer }) => answer !== 'accepted') : [];
  return [
    ...new Set(unseen),
    ...refusing.map(
      ({ replica, answer, why }) => `${key.name}: ${replica} says ${answer}${why === undefined ? '' : ` (${why})`}`,
    ),
  ];
}

interface Found {
  readonly key: PublishedKey;
  readonly vault: Vault;
  readonly gateway: Gateway;
  readonly longestMs: number | undefined;
}

function find({ world: { estate, gateway, vault } }: Stage, name: string): Found {
  const settings = liteLlmOf(estate);
  if (!settings || !gateway || !vault) throw usage(`${estate.name} has no model gateway`);
  const key = settings.keys.find((each) => each.name === name);
  const { longestMinutes } = settings;
  if (key)
    return { key, vault, gateway, longestMs: longestMinutes === undefined ? undefined : minutes(longestMinutes) };
  const known = settings.keys.map((each) => each.name);
  const meant = nearest(name, known);
  throw usage(
    `${estate.name} has no key "${name}"`,
    meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`,
  );
}

async function rotate(call: KeysCall, stage: Stage, name: string): Promise<Exit> {
  const { flags, terminal, now, env, signal } = call;
  const { key, vault, longestMs } = find(stage, name);
  const { world, touched } = stage;
  const windows = await windowsNow(world, now());
  const closed = closedFor(key, windows, now());
  if (closed !== undefined && flags.force !== true)
    throw new Stop(closed, { remedy: '--force --why "…" rotates it all the same' });
  const { stages } = await vault.standing(key.secret, signal);
  const pending = [...stages].find(([, on]) => on.includes('pending') && !on.includes('current'))?.[0];
  if (pending !== undefined && flags['give-up'] !== true) {
    const failure = await failureOn(pending, world.journal, now());
    const why = failure ? `: it ${spellEnd(failure)}` : '';
    throw new Stop(`a rotation of ${name} has not ended${why}`, {
      remedy: 'wait a minute, or --give-up begins another',
    });
  }
  const until = spoken(plus(now(), lastingMsFor(windows?.pauses ?? [], now(), longestMs)));
  if (flags['dry-run'] === true) {
    terminal.out(`Would rotate ${name}; the new key would be asked for until ${until}.`, 'Nothing was written.');
    terminal.document({ dryRun: true, key: name, until });
    return EXIT.done;
  }
  if (closed !== undefined) await force(key, world.journal, { by: whoami(env), why: flags.why ?? '' }, now());
  if (pending !== undefined) await vault.withdraw(key.secret, signal);
  const version = await vault.rotate(key.secret, signal);
  terminal.say(`Asked for: version ${version} of ${key.secret}. The old key works until the new one is published.`);
  await published(vault, key, version, { withinMs: PATIENCE_MS, journal: world.journal, now: now(), signal });
  await touched();
  terminal.out(`Rotated ${name}: every replica takes the new key, and ${key.secret} publishes it.`);
  terminal.document({ key: name, version });
  return EXIT.done;
}

const PATIENCE_MS = minutes(3);

/** Waits until the version is current. The old key works all the while. */
async function published(
  vault: Vault,
  { name, secret }: PublishedKey,
  version: string,
  waiting: Waiting,
): Promise<void> {
  const end = await endOfRotation(vault, secret, version, waiting);
  if (end === 'published') return;
  const remedy = 'Secrets Manager tries it again by itself; --give-up begins another at once';
  throw new Stop(
    `the rotation of ${name} ${spellEnd(end)}; the old key is still published`,
    end === 'given up' ? {} : { remedy },
  );
}

async function extend({ flags, terminal, now, env, signal }: KeysCall, stage: Stage, name: string): Promise<Exit> {
  const { key, vault, gateway, longestMs } = find(stage, name);
  const windows = await windowsNow(stage.world, now());
  const lastingMs = lastingMsFor(windows?.pauses ?? [], now(), longestMs);
  const text = await vault.read(key.secret, 'current', signal);
  const held = text && keyIn(text.text.reveal(), key.field);
  if (held === undefined) throw new Stop(`${key.secret} holds no key`, { remedy: `greenroom keys rotate ${name}` });
  const hash = gateway.hashOf(new Secret(held));
  const until = spoken(plus(now(), lastingMs));
  if (flags['dry-run'] === true) {
    terminal.out(`Would ask for ${name} (${fingerprintOf(hash)}) to last until ${until}.`, 'Nothing was written.');
    terminal.document({ dryRun: true, key: name, until });
    return EXIT.done;
  }
  const { expires } = await gateway.extend(hash, lastingMs, signal);
  const really = expires === 'never' ? 'for ever' : `until ${spoken(expires)}`;
  const line = `extended, to last ${really}`;
  await stage.world.journal.record({ target: `key ${name}`, at: now(), by: whoami(env), line });
  await stage.touched();
  terminal.out(`${name} (${fingerprintOf(hash)}) lasts ${really}. Replicas notice within a minute or two.`);
  terminal.document({ key: name, expires });
  return EXIT.done;
}
