import { short, type Digest } from '../../src/core/digest.ts';
import { spellRelease, type Release } from '../../src/core/estate.ts';
import type { ImageSighting } from '../../src/core/sighting.ts';
import { spoken } from '../../src/core/time.ts';
import { command, EXIT, type Exit } from '../command.ts';
import { look } from '../look.ts';
import { ESTATE, narrowed, onStage, readRelease } from '../stage.ts';

/** What the next look will do about a release that nobody holds back any more. */
type Next = { readonly does: 'nothing' | 'promote' | 'unknown'; readonly say: string; readonly digest?: Digest };

export default command({
  name: 'unpin',
  summary: 'Lift a pin, so that the tag follows its source again',
  usage: ['<image:tag> [--estate <name>]'],
  about: 'Lifts the pin that a rollback left, and says what the next look will do about it.',
  flags: { estate: ESTATE },
  examples: [['greenroom unpin coder-preview:latest', 'let it follow its source again']],
  words: [1, 1],
  run: (call) =>
    onStage(call, async ({ world, touched }): Promise<Exit> => {
      const { terminal, args, now, signal } = call;
      const release = readRelease({ name: 'unpin' }, args[0] ?? '', world.estate);
      const lifted = await world.journal.unpin({ image: release.image.name, tag: release.tag });
      const seen = narrowed(world, spellRelease(release));
      const { sightings } = await look(seen, { depth: 'tag', now: now(), log: terminal.trouble, signal, history: 0 });
      const next = nextFor(sightings[0]);
      await touched();
      terminal.out(lifted ? liftedLine(release, lifted) : `${spellRelease(release)} was not pinned.`, next.say);
      terminal.document({ lifted: lifted ?? null, next });
      return EXIT.done;
    }),
});

const liftedLine = (release: Release, { digest, by, since, why }: NonNullable<ImageSighting['pin']>): string =>
  `Lifted the pin of ${spellRelease(release)} to ${short(digest)}, set by ${by} at ${spoken(since)}: ${why}`;

function nextFor(sighting: ImageSighting | undefined): Next {
  if (!sighting?.source.seen)
    return { does: 'unknown', say: 'The source cannot be asked now; the next look will try again.' };
  const wanted = sighting.source.value;
  if (wanted === undefined)
    return { does: 'nothing', say: 'The source has no such tag, so the next look leaves the regions as they are.' };
  const behind = sighting.copies.filter(({ serves }) => !serves.seen || serves.value !== wanted);
  if (behind.length === 0)
    return { does: 'nothing', say: 'Every region serves what the source serves: the next look has nothing to do.' };
  const regions = behind.map(({ region }) => region).join(', ');
  if (sighting.hold) {
    const { by, until, why } = sighting.hold;
    return {
      does: 'nothing',
      digest: wanted,
      say: `Held by ${by} until ${spoken(until)} (${why}): ${short(wanted)} is promoted after that.`,
    };
  }
  return { does: 'promote', digest: wanted, say: `The next look promotes ${short(wanted)} in ${regions}.` };
}
