import type { View } from '../../src/board/view.ts';
import { imagesLines } from '../../src/terminal/images.ts';
import { command, EXIT, usage } from '../command.ts';
import { look, viewOf } from '../look.ts';
import { ESTATE, narrowed, onStage, readTarget } from '../stage.ts';

const SHOWN = 5;
const MOST = 10;

function readCount(text: string | undefined): number {
  if (text === undefined) return SHOWN;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 0 && count <= MOST) return count;
  throw usage(`images: --history ${text}`, `a whole number from 0 to ${MOST}`);
}

export default command({
  name: 'images',
  summary: 'What each region serves, since when, and what it served before',
  usage: ['[image[:tag]] [--history <n>] [--estate <name>]'],
  about: 'Shows what each region serves under each tag, since when, and the latest promotions. Changes nothing.',
  flags: {
    history: { type: 'string', value: '<n>', about: `Promotions to show for each tag (${SHOWN}, at most ${MOST})` },
    estate: ESTATE,
  },
  examples: [
    ['greenroom images', 'every image'],
    ['greenroom images coder-preview:latest --history 10', 'one tag, further back'],
    ['greenroom images --json', 'for a script'],
  ],
  words: [0, 1],
  run: (call) => {
    const history = readCount(call.flags.history);
    return onStage(call, async ({ world }) => {
      const { terminal, args, now, signal } = call;
      const target = args[0] === undefined ? undefined : readTarget(args[0], world.estate);
      // All tags of the image, because a digest is called by the version that means it.
      const seen = narrowed(world, target?.image.name);
      const looked = await look(seen, { depth: 'tag', now: now(), log: terminal.trouble, signal, history });
      const view = withOnly(viewOf(seen, looked, now()), target?.tag);
      terminal.out(...imagesLines(view, terminal));
      terminal.document(imagesDocument(view));
      const blind = looked.sightings.some(({ copies }) => copies.some(({ serves }) => !serves.seen));
      return blind || looked.sightings.length === 0 ? EXIT.blind : EXIT.done;
    });
  },
});

const withOnly = (view: View, tag: string | undefined): View => ({
  ...view,
  images: view.images.map((image) => ({
    ...image,
    releases: image.releases.filter((release) => tag === undefined || release.tag === tag),
  })),
});

/** The documented shape: `docs/cli.md`. */
const imagesDocument = ({ estate, at, regions, images, history }: View): object => ({
  estate,
  at,
  regions,
  images: images.map((image) => ({
    ...image,
    releases: image.releases.map((release) => ({
      ...release,
      history: history.find((each) => each.release === release.key)?.promotions ?? [],
    })),
  })),
});
