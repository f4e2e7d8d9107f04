import { randomUUID } from 'node:crypto';
import { relative } from '../../src/board/words.ts';
import { holdByHand } from '../../src/by-hand.ts';
import type { Hold } from '../../src/core/promotion.ts';
import { spoken } from '../../src/core/time.ts';
import { parseInstant } from '../../src/terminal/instant.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { readScope, readWord, spellScope } from '../scope.ts';
import { DRY_RUN, ESTATE, onStage, whoami } from '../stage.ts';

export default command({
  name: 'hold',
  summary: 'Keep tags where they are until a given time',
  usage: ["<image|'*'> --until <time> --why <text> [--from <time>] [--dry-run] [--estate <name>]"],
  about:
    "Nothing is promoted under a hold: new releases still travel to every region, so that only the tags are left to move when it ends. It always ends, at the time given here or with `greenroom release`. It stops neither a rollback nor a promotion that has begun already. '*' is every image.",
  flags: {
    until: {
      type: 'string',
      value: '<time>',
      about: 'When it ends: 17:00, "2026-09-14 17:00", either with +02:00 (UTC without), or 4h',
    },
    from: { type: 'string', value: '<time>', about: 'When it begins. Left out: now' },
    why: { type: 'string', value: '<text>', about: 'For whoever is held up by it' },
    'dry-run': DRY_RUN,
    estate: ESTATE,
  },
  examples: [
    ['greenroom hold coder-preview --until 17:00 --why "workshop in London"', 'until five o’clock UTC'],
    ['greenroom hold \'*\' --until 4h --why "incident"', 'every image, for four hours'],
  ],
  words: [1, Number.POSITIVE_INFINITY],
  run: (call) => {
    const { terminal, args, flags, env, now } = call;
    const { 'dry-run': dryRun = false } = flags;
    const at = now();
    const word = readWord('hold', args);
    const asked = readAsked(flags, at);
    return onStage(call, async ({ world, touched }): Promise<Exit> => {
      const scope = readScope('hold', word, world.estate);
      const by = whoami(env);
      const hold: Hold = { id: idFor(scope), scope, by, ...asked };
      if (!dryRun) {
        await holdByHand(hold, world.journal, { by, now: at });
        await touched();
      }
      terminal.out(...lines(hold, at, dryRun));
      terminal.document({ ...(dryRun && { dryRun }), hold });
      return EXIT.done;
    });
  },
});

interface Asked {
  readonly until?: string;
  readonly from?: string;
  readonly why?: string;
}

function readAsked({ until, from, why }: Asked, now: Date): Pick<Hold, 'since' | 'until' | 'why'> {
  if (until === undefined) throw usage('hold: until when?', '--until 17:00, --until "2026-09-14 17:00" or --until 4h');
  if (why === undefined) throw usage('hold: what for?', '--why "workshop in London"');
  const since = from === undefined ? now : time('--from', from, now);
  const end = time('--until', until, now);
  if (end > now && end > since) return { since, until: end, why };
  throw usage(`hold: ${spoken(end)} is over before it begins`, `it is ${spoken(now)}`);
}

/** Told from others of the same scope, and still something that a person can type. */
const idFor = (scope: string): string => `${scope === '*' ? 'all' : scope}-${randomUUID().slice(0, 6)}`;

function time(flag: string, text: string, now: Date): Date {
  const instant = parseInstant(text, now);
  if (!instant.ok) throw usage(`hold: ${flag}: ${instant.fault}`);
  return instant.value;
}

function lines({ id, scope, since, until, why }: Hold, now: Date, dryRun: boolean): string[] {
  const doing = dryRun ? 'Would hold' : since > now ? 'Will hold' : 'Holding';
  const from = since > now ? `from ${spoken(since)} ` : '';
  return [
    `${doing} ${spellScope(scope)} ${from}until ${spoken(until)}, ${relative(now, until)}: ${why}`,
    dryRun ? 'Nothing was written.' : `npx greenroom release ${id} ends it sooner.`,
  ];
}
