import { runOf } from '../../src/connect.ts';
import { isDigest, hexOf, short, type Digest } from '../../src/core/digest.ts';
import { spellRelease, type Release } from '../../src/core/estate.ts';
import { isContent } from '../../src/core/progress.ts';
import { isTag } from '../../src/core/reference.ts';
import type { Run } from '../../src/mirror/run.ts';
import { previousDigest, rollback } from '../../src/mirror/rollback.ts';
import { command, EXIT, Stop, usage } from '../command.ts';
import { preview, previewLines } from '../preview.ts';
import { DRY_RUN, ESTATE, hostOf, onStage, readRelease, whoami } from '../stage.ts';

export default command({
  name: 'rollback',
  summary: 'Point a tag at an earlier digest in every region, and pin it',
  usage: ['<image:tag> [--to <digest|version>] [--why <text>] [--dry-run] [--estate <name>]'],
  about:
    'Points a tag at what it meant before, in every region together, and pins it there so that the next look does not undo it. `greenroom unpin` lifts the pin. A hold does not stop a rollback.',
  flags: {
    to: {
      type: 'string',
      value: '<digest>',
      about: 'A digest, its first digits, or another tag. Left out: the promotion before',
    },
    why: { type: 'string', value: '<text>', about: 'A reason, for the journal and for whoever finds the pin' },
    'dry-run': DRY_RUN,
    estate: ESTATE,
  },
  examples: [
    ['greenroom rollback coder-preview:latest', 'to the promotion before'],
    ['greenroom rollback coder-preview:latest --to v2.31.0 --why "login loops"', 'to a version'],
    ['greenroom rollback coder-preview:latest --to 3f9a2c81d0e4 --dry-run', 'what would happen'],
  ],
  words: [1, 1],
  run: (call) =>
    onStage(call, async ({ world, touched }) => {
      const { terminal, flags, args, env, signal } = call;
      const release = readRelease({ name: 'rollback' }, args[0] ?? '', world.estate);
      const who = { by: whoami(env), why: flags.why ?? 'rolled back on the command line' };
      const run = runOf(world, release, who, hostOf(call), signal);
      const target = flags.to === undefined ? await previousDigest(run) : await meant(flags.to, run);
      if (target === undefined) throw nothingBefore(release);
      if (flags['dry-run']) {
        const planned = await preview(run, target);
        terminal.out(...previewLines(planned, terminal), 'Nothing was written.');
        terminal.document({ dryRun: true, previews: [planned] });
        return EXIT.done;
      }
      const outcome = await rollback(run, target);
      await touched();
      if (isContent(outcome)) {
        const key = spellRelease(release);
        terminal.out(
          `${key} is pinned to ${short(target)} in every region; npx greenroom unpin ${key} lets it follow its source again.`,
        );
      }
      terminal.document({ outcome, pin: (await world.journal.pin(run.release)) ?? null });
      return isContent(outcome) ? EXIT.done : EXIT.failed;
    }),
});

const nothingBefore = (release: Release): Stop =>
  new Stop(`the journal knows of nothing that ${spellRelease(release)} meant before`, {
    remedy: 'name a digest or a version with --to',
  });

const LEAST_DIGITS = 6;
const MEMORY = 50;

/** What a person typed: all of a digest, its first digits as the journal knows them, or another tag. */
async function meant(text: string, run: Run): Promise<Digest> {
  if (isDigest(text)) return text;
  const digits = text.replace(/^sha256:/, '');
  const history = await run.journal.promotions(run.release, MEMORY);
  const known = [...new Set(history.map(({ digest }) => digest))];
  const fitting = known.filter((digest) => digits.length >= LEAST_DIGITS && hexOf(digest).startsWith(digits));
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  if (fitting.length > 1) throw usage(`rollback: ${text} fits ${fitting.map(short).join(' and ')}`, 'give more digits');
  const tagged = isTag(text) ? await behindTag(text, run) : undefined;
  if (tagged) return tagged;
  throw usage(
    `rollback: nothing is known as "${text}"`,
    `greenroom images ${run.release.image}:${run.release.tag} lists what there was`,
  );
}

async function behindTag(tag: string, { endpoints, signal }: Run): Promise<Digest | undefined> {
  for (const place of [...endpoints.copies.values(), endpoints.source]) {
    const head = await place.head(tag, signal);
    if (head) return head.digest;
  }
  return undefined;
}
