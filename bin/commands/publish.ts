import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { RunView } from '../../src/board/runs.ts';
import type { View } from '../../src/board/view.ts';
import { spokenBytes } from '../../src/core/bytes.ts';
import { short } from '../../src/core/digest.ts';
import { between, plus, seconds, spokenDuration } from '../../src/core/time.ts';
import type { Published } from '../../src/rehearsal/embedded.ts';
import { signDelivery } from '../../src/rehearsal/github.ts';
import { command, EXIT, usage, type Call, type Exit } from '../command.ts';
import { ask } from '../embedded/control.ts';
import { needRunning, readSecrets, type UpState } from '../embedded/state.ts';

const PATIENCE_MS = seconds(120);
const GLANCE_MS = 150;

export default command({
  name: 'publish',
  summary: 'Release a new version in the embedded world and ring its webhook',
  usage: ['[version] [--no-webhook] [--no-wait]'],
  about:
    'Puts a new multi-platform image, attested and signed, at the source of the world that `greenroom up` runs here, sends what GitHub would send about it (one signed delivery for every manifest), and watches until every region serves it.',
  flags: {
    webhook: { type: 'boolean', about: 'Send the deliveries; with --no-webhook only the schedule finds the version' },
    wait: { type: 'boolean', about: 'Watch until every region serves it; --no-wait returns at once' },
  },
  examples: [
    ['greenroom publish', 'the version after the newest'],
    ['greenroom publish v2.40.0 --no-wait', 'a version of your own; watch the board'],
    ['greenroom publish --no-webhook', 'as if GitHub had forgotten to tell'],
  ],
  words: [0, 1],
  run: async (call): Promise<Exit> => {
    const { args, flags, terminal, signal, now } = call;
    const [version] = args;
    if (version !== undefined && !/^v\d+\.\d+\.\d+$/.test(version))
      throw usage(`publish: "${version}" is not a version`, 'v2.40.0');
    const state = await needRunning(flags.data);
    const published = await ask<Published>(state, 'publish', { version }, signal);
    const { digest, bytes, deliveries } = published;
    const named = `${published.version}  ${short(digest)}`;
    terminal.say(`Published ${named}  ${spokenBytes(bytes)}`);
    const rung = now();
    const answers = flags.webhook === false ? [] : await ring(state, deliveries, signal);
    if (answers.length > 0) terminal.say(`Sent ${answers.length} signed deliveries: ${spokenAnswers(answers)}`);
    const result = { version: published.version, digest, bytes, deliveries: answers };
    if (flags.wait === false) {
      terminal.document({ ...result, served: null });
      return EXIT.done;
    }
    const end = await watch(call, state, published, rung);
    const tookMs = between(rung, now());
    terminal.out(
      end.served
        ? `Every region serves ${named}, ${spokenDuration(tookMs)} after it was released.`
        : `Not served everywhere: ${end.why}`,
    );
    terminal.document({ ...result, served: end.served, ...(end.why !== undefined && { why: end.why }), tookMs });
    return end.served || end.well ? EXIT.done : EXIT.failed;
  },
});

async function ring(state: UpState, deliveries: readonly unknown[], signal: AbortSignal): Promise<number[]> {
  const { webhook: secret } = readSecrets(state);
  const answers: number[] = [];
  for (const payload of deliveries) {
    const { method, headers, body } = signDelivery({ secret, event: 'registry_package', payload, id: randomUUID() });
    const answer = await fetch(`${state.board}/webhook`, { method, headers, body: Buffer.from(body), signal });
    answers.push(answer.status);
  }
  return answers;
}

const spokenAnswers = (answers: readonly number[]): string =>
  [...Map.groupBy(answers, (status) => status)].map(([status, all]) => `${status} × ${all.length}`).join(', ');

interface End {
  readonly served: boolean;
  /** Somebody's wish stands in the way, and nothing failed. */
  readonly well: boolean;
  readonly why?: string;
}

/** Looks at the board until every region serves the version, or its run has come to another end. */
async function watch({ terminal, signal, now }: Call, state: UpState, published: Published, since: Date): Promise<End> {
  const until = plus(now(), PATIENCE_MS);
  try {
    while (now() < until) {
      const view = await glance(state, signal);
      terminal.show(view.running.filter(({ ended }) => !ended));
      if (isServed(view, published)) return { served: true, well: true };
      const ended = view.running.find((run) => isOver(run) && isAbout(run, published, since));
      if (ended?.ended) return { served: false, well: ended.ended.well, why: ended.ended.why ?? ended.ended.result };
      await pause(GLANCE_MS, undefined, { signal });
    }
    return {
      served: false,
      well: false,
      why: `nothing came of it in ${spokenDuration(PATIENCE_MS)}; npx greenroom parity says more`,
    };
  } finally {
    terminal.show([]);
  }
}

/** A run that could not even look knows no digest: then it is the one that began afterwards. */
const isAbout = ({ digest, ended }: RunView, published: Published, since: Date): boolean =>
  digest === undefined ? ended !== undefined && new Date(ended.at) > since : digest === published.digest;

const isOver = ({ release, ended }: RunView): boolean =>
  release.endsWith(':latest') && ended !== undefined && ended.result !== 'promoted' && ended.result !== 'in-sync';

async function glance(state: UpState, signal: AbortSignal): Promise<View> {
  const answer = await fetch(`${state.board}/api/board.json`, { signal });
  return (await answer.json()) as View;
}

function isServed({ images }: View, { digest, version }: Published): boolean {
  const releases = images.flatMap((image) => image.releases);
  const served = (tag: string): boolean =>
    releases.some((release) => release.tag === tag && release.cells.every((cell) => cell.digest === digest));
  return served('latest') && served(version);
}
