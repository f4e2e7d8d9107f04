import { relative } from '../../src/board/words.ts';
import { endByHand, keepByHand } from '../../src/by-hand.ts';
import type { Estate, Pool } from '../../src/core/estate.ts';
import { spellSetting } from '../../src/core/lease.ts';
import { spellLever, type Choice } from '../../src/core/lever.ts';
import { overrideKey, readOverride } from '../../src/core/override.ts';
import type { Override } from '../../src/core/room.ts';
import { spoken } from '../../src/core/time.ts';
import { look } from '../../src/observers/look.ts';
import { nearest } from '../../src/terminal/nearest.ts';
import { parseInstant } from '../../src/terminal/instant.ts';
import { command, EXIT, Stop, usage, type Call, type Exit } from '../command.ts';
import { DRY_RUN, ESTATE, onStage, whoami, type Stage } from '../stage.ts';

const FLAGS = {
  replicas: { type: 'string', value: '<n>', about: 'At least so many; a workshop may ask for more' },
  until: { type: 'string', value: '<time>', about: 'When it ends: 17:00, "2026-09-14 17:00" (UTC), or 4h' },
  why: { type: 'string', value: '<text>', about: 'For whoever asks later: greenroom why' },
  end: { type: 'boolean', about: 'End it now instead' },
  'dry-run': DRY_RUN,
  estate: ESTATE,
} as const;

type ScaleCall = Call<typeof FLAGS>;

export default command({
  name: 'scale',
  summary: 'Keep a pool at so many replicas or more until a given time',
  usage: [
    '<pool> --replicas <n> --until <time> --why <text> [--dry-run] [--estate <name>]',
    '<pool> --end [--dry-run]',
  ],
  about:
    'Raises a pool of the estate (provisioners, the model gateway) by lease: what stood there before comes back at the end by itself, and not while a build runs. It is a floor: what the calendar asks for besides may be higher. The next look turns it, by the lever that stays where it is put. Nothing can be lowered: take the floor away instead.',
  flags: FLAGS,
  examples: [
    ['greenroom scale provisioners --replicas 12 --until 17:00 --why "a demo"', 'until five o’clock UTC'],
    ['greenroom scale provisioners --replicas 12 --until 4h --why "a demo" --dry-run', 'which lever it would be'],
    ['greenroom scale provisioners --end', 'before its time'],
  ],
  words: [1, 1],
  run: async (call) => {
    const { args, flags, now } = call;
    const at = now();
    const asked = flags.end ? undefined : readAsked(flags, at);
    return onStage(call, async (stage): Promise<Exit> => {
      const pool = readPool(args[0] ?? '', stage.world.estate);
      return asked ? raise(pool, { ...asked, by: whoami(call.env) }, stage, call) : end(pool, stage, call);
    });
  },
});

type Asked = Pick<Override, 'value' | 'until' | 'why'>;

const MOST = 500;

function readAsked({ replicas, until, why }: ScaleCall['flags'], now: Date): Asked {
  if (replicas === undefined) throw usage('scale: to how many?', '--replicas 12');
  if (!/^\d+$/.test(replicas) || Number(replicas) < 1 || Number(replicas) > MOST)
    throw usage(`scale: --replicas ${replicas}`, `a whole number from 1 to ${MOST}`);
  if (until === undefined) throw usage('scale: until when?', '--until 17:00, --until "2026-09-14 17:00" or --until 4h');
  if (why === undefined) throw usage('scale: what for?', '--why "a demo"');
  const end = parseInstant(until, now);
  if (!end.ok) throw usage(`scale: --until: ${end.fault}`);
  if (end.value <= now) throw usage(`scale: ${spoken(end.value)} is over`, `it is ${spoken(now)}`);
  return { value: Number(replicas), until: end.value, why };
}

function readPool(text: string, { name, pools = [] }: Estate): Pool {
  const pool = pools.find((each) => each.name === text);
  if (pool) return pool;
  const known = pools.map((each) => each.name);
  const meant = nearest(text, known);
  if (known.length === 0) throw usage(`${name} names no pools`, 'name them in the estate');
  throw usage(
    `${name} has no pool "${text}"`,
    meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`,
  );
}

async function raise(pool: Pool, word: Override, { world, touched }: Stage, call: ScaleCall): Promise<Exit> {
  const { terminal, now, signal, flags } = call;
  const dryRun = flags['dry-run'] ?? false;
  const stands = await look(`pool ${pool.name}`, { log: terminal.trouble, signal }, () =>
    world.clusters.cluster(pool.cluster).pool(pool, Number(word.value), signal),
  );
  const choice = stands.seen ? stands.value?.choice : undefined;
  if (stands.seen && !stands.value)
    throw new Stop(`scale: there is no ${pool.namespace}/${pool.workload} in ${pool.cluster}`, {
      remedy: 'correct the pool in the estate, or deploy it',
    });
  if (choice?.ok === false) throw new Stop(`scale: ${choice.why}`, { remedy: choice.remedy });
  if (!dryRun) {
    await keepByHand(pool.name, word, world.journal, now());
    await touched();
  }
  terminal.out(
    `${dryRun ? 'Would keep' : 'Keeping'} ${pool.name} in ${pool.cluster} at ${word.value} or more until ${spoken(word.until)}, ${relative(now(), word.until)}: ${word.why}`,
    ...(stands.seen ? leverLines(choice) : [`Where it stands now cannot be seen: ${stands.why}`]),
    dryRun ? 'Nothing was written.' : `npx greenroom scale ${pool.name} --end ends it sooner.`,
  );
  terminal.document({
    ...(dryRun && { dryRun }),
    pool: pool.name,
    cluster: pool.cluster,
    ...word,
    stands: choice ?? null,
  });
  return EXIT.done;
}

function leverLines(choice: Choice | undefined): string[] {
  if (!choice?.ok) return [];
  const { lever, value, risks } = choice;
  return [
    `By ${spellLever(lever)}, which stands at ${spellSetting(value)} now.`,
    ...risks.map((risk) => `Beware: ${risk}`),
  ];
}

async function end({ name }: Pool, { world, touched }: Stage, call: ScaleCall): Promise<Exit> {
  const { terminal, now, flags, env } = call;
  const dryRun = flags['dry-run'] ?? false;
  const text = await world.journal.kept(overrideKey(name), now());
  const word = text === undefined ? undefined : readOverride(text);
  if (word && !dryRun) {
    await endByHand(name, word, world.journal, { by: whoami(env), now: now() });
    await touched();
  }
  terminal.out(
    word
      ? `${dryRun ? 'Would end' : 'Ended'} ${word.by}’s floor of ${String(word.value)} under ${name}, which was to last until ${spoken(word.until)}: ${word.why}`
      : `Nobody asked for a floor under ${name}; what the calendar asks for ends with the calendar.`,
  );
  if (dryRun) terminal.out('Nothing was written.');
  terminal.document({ ...(dryRun && { dryRun }), pool: name, ended: word ?? null });
  return EXIT.done;
}
