import { releaseByHand } from '../../src/by-hand.ts';
import type { Estate } from '../../src/core/estate.ts';
import type { Hold } from '../../src/core/promotion.ts';
import { spoken } from '../../src/core/time.ts';
import { command, EXIT, usage, type Exit } from '../command.ts';
import { nextLooks, type NextLook } from '../next-look.ts';
import { EVERY_IMAGE, readScope, readWord, spellScope } from '../scope.ts';
import { DRY_RUN, ESTATE, narrowed, onStage, whoami } from '../stage.ts';

export default command({
  name: 'release',
  summary: 'End a hold before its time, so that tags may move again',
  usage: ["<hold|image|'*'> [--dry-run] [--estate <name>]"],
  about:
    "Ends one hold, by the id that `greenroom holds` lists, or all holds over an image; '*' ends those over every image. Says what the next look will do.",
  flags: { 'dry-run': DRY_RUN, estate: ESTATE },
  examples: [
    ['greenroom release coder-preview-3f9a2c', 'one hold'],
    ['greenroom release coder-preview', 'every hold over one image'],
  ],
  words: [1, Number.POSITIVE_INFINITY],
  run: (call) => {
    const { terminal, args, flags, env, now } = call;
    const word = readWord('release', args);
    return onStage(call, async ({ world, touched }): Promise<Exit> => {
      const dryRun = flags['dry-run'] ?? false;
      const holds = await world.journal.holds(now());
      const meant = meantBy(word, holds, world.estate);
      if (!dryRun) {
        for (const hold of meant) await releaseByHand(hold, world.journal, { by: whoami(env), now: now() });
        await touched();
      }
      const scope = meant[0]?.scope ?? word;
      const others = holds.filter((hold) => !meant.includes(hold) && meet(hold.scope, scope));
      const next = dryRun ? [] : await nextLooks(narrowed(world, scope === EVERY_IMAGE ? undefined : scope), call);
      if (meant.length === 0)
        terminal.out(`There is no hold over ${spellScope(scope)}${others.length > 0 ? ' alone' : ''}.`);
      terminal.out(...meant.map((hold) => line(hold, dryRun)), ...others.map(stillLine), ...nextLines(next));
      if (dryRun) terminal.out('Nothing was written.');
      terminal.document({ ...(dryRun && { dryRun }), released: meant, next });
      return EXIT.done;
    });
  },
});

/** One hold by its id, or every hold over a scope. */
function meantBy(text: string, holds: readonly Hold[], estate: Estate): readonly Hold[] {
  const named = holds.filter(({ id }) => id === text);
  if (named.length > 0) return named;
  if (text !== EVERY_IMAGE && !estate.images.some(({ name }) => text.split(':')[0] === name))
    throw usage(`release: there is no hold and no image "${text}"`, 'greenroom holds');
  const scope = readScope('release', text, estate);
  return holds.filter((hold) => hold.scope === scope);
}

const line = ({ id, scope, until, by, why }: Hold, dryRun: boolean): string =>
  `${dryRun ? 'Would release' : 'Released'} ${id}, ${by}’s hold over ${spellScope(scope)} until ${spoken(until)}: ${why}`;

const meet = (one: string, other: string): boolean => one === other || [one, other].includes(EVERY_IMAGE);

const stillLine = ({ id, scope, until, by, why }: Hold): string =>
  `${id} still holds ${spellScope(scope)}, by ${by}, until ${spoken(until)}: ${why}`;

/** Only what will come of it, and where nothing will, that. */
function nextLines(next: readonly NextLook[]): string[] {
  const doing = next.filter(({ does, digest }) => does !== 'nothing' || digest !== undefined);
  if (doing.length === 0)
    return next.length === 0 ? [] : ['Every region serves what it should: the next look has nothing to do.'];
  return doing.map(({ release, say }) => `${release}: ${say}`);
}
