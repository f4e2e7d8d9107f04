import { short } from '../../src/core/digest.ts';
import { spellRelease, type Release } from '../../src/core/estate.ts';
import type { Pin } from '../../src/core/promotion.ts';
import type { ImageSighting } from '../../src/core/sighting.ts';
import { spoken } from '../../src/core/time.ts';
import { command, EXIT, type Exit } from '../command.ts';
import { look } from '../look.ts';
import { nextLook } from '../next-look.ts';
import { DRY_RUN, ESTATE, narrowed, onStage, readRelease } from '../stage.ts';

export default command({
  name: 'unpin',
  summary: 'Lift a pin, so that the tag follows its source again',
  usage: ['<image:tag> [--dry-run] [--estate <name>]'],
  about: 'Lifts the pin that a rollback left, and says what the next look will do about it.',
  flags: { 'dry-run': DRY_RUN, estate: ESTATE },
  examples: [
    ['greenroom unpin coder-preview:latest', 'let it follow its source again'],
    ['greenroom unpin coder-preview:latest --dry-run', 'what that would lead to'],
  ],
  words: [1, 1],
  run: (call) =>
    onStage(call, async ({ world, touched }): Promise<Exit> => {
      const { terminal, args, flags, now, signal } = call;
      const { journal } = world;
      const dryRun = flags['dry-run'] ?? false;
      const release = readRelease({ name: 'unpin' }, args[0] ?? '', world.estate);
      const key = { image: release.image.name, tag: release.tag };
      const lifted = dryRun ? await journal.pin(key) : await journal.unpin(key);
      const seen = narrowed(world, spellRelease(release));
      const { sightings } = await look(seen, { depth: 'tag', now: now(), log: terminal.trouble, signal, history: 0 });
      const next = sightings.map(unpinned).map(nextLook)[0];
      if (!dryRun) await touched();
      terminal.out(lifted ? liftedLine(release, lifted, dryRun) : `${spellRelease(release)} is not pinned.`);
      if (next) terminal.out(next.say);
      if (dryRun) terminal.out('Nothing was written.');
      terminal.document({ ...(dryRun && { dryRun }), lifted: lifted ?? null, next: next ?? null });
      return EXIT.done;
    }),
});

/** As it will be seen without its pin: a dry run has not lifted it. */
const unpinned = ({ release, source, copies, hold }: ImageSighting): ImageSighting => ({
  release,
  source,
  copies,
  ...(hold && { hold }),
});

const liftedLine = (release: Release, { digest, by, since, why }: Pin, dryRun: boolean): string =>
  `${dryRun ? 'Would lift' : 'Lifted'} the pin of ${spellRelease(release)} to ${short(digest)}, set by ${by} at ${spoken(since)}: ${why}`;
