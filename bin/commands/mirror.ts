import { randomUUID } from 'node:crypto';
import { dockerLogin, dockerLogins } from '../../src/clients/docker-config.ts';
import { registries } from '../../src/clients/registry.ts';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { runOf } from '../../src/connect.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { isContent, type Outcome } from '../../src/core/progress.ts';
import { parseReference, spell, type Reference } from '../../src/core/reference.ts';
import { mirror } from '../../src/mirror/mirror.ts';
import { releasesOf } from '../../src/mirror/releases.ts';
import type { Run } from '../../src/mirror/run.ts';
import { offerOf } from '../../src/mirror/standing.ts';
import type { Repository } from '../../src/ports.ts';
import { command, EXIT, Stop, usage, type Call, type Exit } from '../command.ts';
import { preview, previewLines } from '../preview.ts';
import { retagged } from '../retagged.ts';
import { DRY_RUN, ESTATE, hostOf, onStage, releasesFor, whoami } from '../stage.ts';

const FLAGS = {
  to: { type: 'string', multiple: true, value: '<ref>', about: 'Copy to this reference, in any registry' },
  platform: {
    type: 'string',
    multiple: true,
    value: '<os/arch>',
    about: 'Copy only this platform. The copy then has another digest than its source',
  },
  deep: { type: 'boolean', about: 'Look behind equal tags as well, and bring what is missing there' },
  'dry-run': DRY_RUN,
  why: { type: 'string', value: '<text>', about: 'A reason, for the journal' },
  estate: ESTATE,
} as const;

type MirrorCall = Call<typeof FLAGS>;

export default command({
  name: 'mirror',
  summary: 'Bring an image to every region, or between any registries',
  usage: [
    '<source> --to <ref> [--to <ref>] [--platform <os/arch>] [--deep] [--dry-run]',
    '[image[:tag]] [--deep] [--dry-run] [--estate <name>]',
  ],
  about:
    'With --to: copies an image, all its platforms, attestations and signatures to other registries. The source is read once however many copies there are, and the tag moves in all of them together. Credentials come from the docker config; only a registry on this machine is spoken to without TLS.\nWithout --to: brings images of an estate to every region.',
  flags: FLAGS,
  examples: [
    ['greenroom mirror alpine:3.20 --to localhost:5000/alpine', 'one copy, same tag'],
    [
      'greenroom mirror ghcr.io/coder/coder:latest --to a.example/coder --to b.example/coder:stable',
      'two, one renamed',
    ],
    ["greenroom mirror 'ghcr.io/coder/coder:v*' --to a.example/coder", 'the ten newest versions'],
    ['greenroom mirror coder-preview:latest --dry-run', 'what would be copied where'],
    ['greenroom mirror --deep', 'every image of the embedded world, to the last blob'],
  ],
  words: [0, 1],
  run: async (call) => {
    const { to = [], platform = [] } = call.flags;
    if (platform.length > 0) warnOfFilter(call);
    if (to.length > 0) return between(call, to);
    refuseLoneReference(call.args[0]);
    return onStage(call, async ({ world, touched }) => {
      const { args, signal } = call;
      const releases = await releasesFor(args[0], world, signal);
      const who = { by: whoami(call.env), why: call.flags.why ?? 'asked for on the command line' };
      const runs = releases.map((release) => runOf(world, release, who, hostOf(call), signal));
      const exit = await perform(
        call,
        runs.map((run) => chosen(run, call)),
      );
      await touched();
      return exit;
    });
  },
});

/** The name of an image has no slash, and whoever types one wants to copy from a registry. */
function refuseLoneReference(text: string | undefined): void {
  if (text?.includes('/'))
    throw usage(`mirror: where to? ${text} is in a registry`, `greenroom mirror ${text} --to <ref>`);
}

function warnOfFilter({ terminal }: MirrorCall): void {
  terminal.say(
    terminal.paint(
      'caution',
      'A copy of some platforms is another index: its digest cannot equal the source’s, and signatures of the',
    ),
    terminal.paint('caution', 'whole image do not fit it. Leave --platform out to keep them.'),
  );
}

const chosen = (run: Run, { flags: { platform = [], deep = false } }: MirrorCall): Run => ({
  ...run,
  depth: deep ? 'content' : 'referrers',
  ...(platform.length > 0 && { platforms: platform }),
});

type Open = (reference: Reference) => Repository;

/** From one registry to others, without an estate: nothing is kept but the copies. */
async function between(call: MirrorCall, to: readonly string[]): Promise<Exit> {
  const [from] = call.args;
  if (from === undefined) throw usage('mirror: name one source', 'greenroom mirror <source> --to <ref>');
  if (call.flags.estate !== undefined) throw usage('mirror: --to and --estate do not go together');
  const { now, env, signal } = call;
  const open = registries({ now, login: dockerLogins(env), howToLogIn: dockerLogin });
  const journal = sqliteJournal(':memory:');
  try {
    const copies = to.map(read);
    const sources = await sourcesOf(from, copies, open, signal);
    return await perform(
      call,
      sources.map((source) => chosen(adHoc(call, source, copies, journal, open), call)),
    );
  } finally {
    journal.close();
  }
}

function read(text: string): Reference {
  const reference = parseReference(text);
  if (!reference.ok) throw usage(`mirror: ${reference.fault}`, 'a reference looks like host:5000/name:tag');
  return reference.value;
}

const PATTERN = /:([^:/@]*\*[^:/@]*)$/;

/** One source, or the newest that a pattern of tags stands for now. */
async function sourcesOf(
  text: string,
  to: readonly Reference[],
  open: Open,
  signal: AbortSignal,
): Promise<Reference[]> {
  const [ending = '', pattern] = PATTERN.exec(text) ?? [];
  if (pattern === undefined) return [read(text)];
  const from = read(text.slice(0, -ending.length));
  if (to.some(({ tag }) => tag !== undefined))
    throw usage(`mirror: ${pattern} may be several tags, and --to names one`, 'leave the tag out of --to');
  const { repository } = from;
  const image = { name: repository, source: repository, repository, tags: [pattern], moving: [pattern] };
  const found = await releasesOf(image, open(from), signal);
  if (found.length === 0) throw new Stop(`${from.registry}/${repository} has no tag like ${pattern}`);
  return found.map(({ tag }) => ({ ...from, tag }));
}

function adHoc(call: MirrorCall, from: Reference, to: readonly Reference[], journal: Run['journal'], open: Open): Run {
  const { now, signal, terminal, env, flags } = call;
  const tag = from.tag ?? (from.digest ? to.find((each) => each.tag !== undefined)?.tag : 'latest');
  if (tag === undefined) throw usage('mirror: a digest needs a name at its destination', '--to host/name:tag');
  const digested = to.find(({ digest }) => digest !== undefined);
  if (digested) throw usage(`mirror: --to ${spell(digested)}: a destination is named by a tag`, '--to host/name:tag');
  const copies = to.map((each) => {
    const named = { ...each, tag: each.tag ?? tag };
    return [spell(named), retagged(open(named), tag, named.tag)] as const;
  });
  if (new Set(copies.map(([name]) => name)).size < copies.length) throw usage('mirror: the same destination twice');
  return {
    release: { image: `${from.registry}/${from.repository}`, tag },
    endpoints: { source: retagged(open(from), tag, from.digest ?? tag), copies: new Map(copies) },
    journal,
    id: randomUUID(),
    by: whoami(env),
    why: flags.why ?? 'asked for on the command line',
    now,
    signal,
    onProgress: terminal.progress,
    history: false,
  };
}

async function perform(call: MirrorCall, runs: readonly Run[]): Promise<Exit> {
  const { terminal, flags } = call;
  for (const run of runs) await refuseUnknownPlatforms(run);
  if (flags['dry-run']) return rehearse(call, runs);
  const outcomes: Outcome[] = [];
  for (const run of runs) outcomes.push(await mirror(run));
  for (const { amiss } of outcomes) {
    for (const { subject, evidence, remedy } of amiss) {
      terminal.say(
        `${terminal.paint('caution', 'warn')} ${subject}: ${evidence.have}${remedy.by === 'person' ? ` → ${remedy.ask}` : ''}`,
      );
    }
  }
  terminal.document({ outcomes });
  return outcomes.every(isContent) ? EXIT.done : EXIT.failed;
}

/** Asked for on the command line, a platform that is not there is a slip of the pen, and nothing is begun for it. */
async function refuseUnknownPlatforms({ platforms, endpoints, release, signal }: Run): Promise<void> {
  if (!platforms) return;
  try {
    await offerOf(endpoints.source, release.tag, platforms, signal);
  } catch (error) {
    if (error instanceof OutsideError && error.trouble === 'absent') throw usage(`mirror: ${error.message}`);
    throw error;
  }
}

async function rehearse({ terminal }: MirrorCall, runs: readonly Run[]): Promise<Exit> {
  const previews = [];
  for (const run of runs) previews.push(await preview(run));
  for (const each of previews) terminal.out(...previewLines(each, terminal));
  terminal.out('Nothing was written.');
  terminal.document({ dryRun: true, previews });
  return previews.every(({ digest }) => digest !== undefined) ? EXIT.done : EXIT.failed;
}
