import type { Served } from '../../src/board/serve.ts';
import type { View } from '../../src/board/view.ts';
import type { Image } from '../../src/core/estate.ts';
import { parseReference } from '../../src/core/reference.ts';
import { parityLines, verdictLines } from '../../src/terminal/parity.ts';
import { table } from '../../src/terminal/table.ts';
import { command, EXIT, Stop, usage, type Call, type Exit } from '../command.ts';
import { openBoard, USUAL_PORT } from '../embedded/board.ts';
import { raise, settleIn, type Raised } from '../embedded/raise.ts';
import {
  openDirectory,
  placesIn,
  readState,
  runningIn,
  startOver,
  writeState,
  type Places,
  type UpState,
} from '../embedded/state.ts';
import { exitFor, parityDocument } from './parity.ts';

const FLAGS = {
  port: { type: 'string', value: '<port>', about: `Where the board listens (${USUAL_PORT}, or the next free one)` },
  source: { type: 'string', value: '<ref>', about: 'Mirror this real image instead of a made-up one; needs a network' },
  once: { type: 'boolean', about: 'Mirror, print parity, exit: for CI. No board' },
  fresh: { type: 'boolean', about: 'Forget what an earlier world left in the data directory' },
  'full-speed': {
    type: 'boolean',
    about: 'As fast as the machine can, instead of at the pace of a wire between continents',
  },
} as const;

type UpCall = Call<typeof FLAGS>;

export default command({
  name: 'up',
  summary: 'Start the embedded world: registries, clusters, Coder, a calendar, schedules and a board',
  usage: ['[--port <port>] [--source <ref>] [--fresh] [--full-speed]', '--once [--json]'],
  about:
    'Starts a whole world in this process, on this machine only: a source registry with GHCR’s manners, three regions with ECR’s, three clusters and a Coder behind their own APIs, a calendar with a workshop in three days, a journal in SQLite, the webhook, the schedules and the board. Publishes three releases of a made-up image, with attestations and signatures, and mirrors them. Images, journal, calendar and clock stay in .greenroom for the next start; clusters begin anew. Ctrl-C stops it, and that is an exit of 0; with --once it is 130.',
  flags: FLAGS,
  examples: [
    ['greenroom up', 'what npm start does'],
    ['greenroom up --source ghcr.io/coder/coder-preview:latest', 'the real image, from its own registry'],
    ['greenroom up --once --json --data "$(mktemp -d)"', 'in CI: exit 0 when every region agrees'],
  ],
  words: [0, 0],
  run: async (call) => {
    const { flags, terminal, signal } = call;
    const places = placesIn(flags.data);
    const port = readPort(flags.port);
    const image = flags.source === undefined ? undefined : realImage(flags.source);
    openDirectory(places);
    await refuseSecond(places);
    if (flags.fresh) startOver(places);
    const raised = await raise(call, places, { fullSpeed: flags['full-speed'] ?? false, ...(image && { image }) });
    try {
      if (flags.once) return await once(call, raised, image !== undefined);
      return await stay(call, raised, places, { port, isReal: image !== undefined });
    } finally {
      await raised.close();
      terminal.close();
      if (signal.aborted && !flags.once) terminal.say(`Stopped. greenroom up carries on from here.`);
    }
  },
});

function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw usage(`up: --port ${text}`, 'a number from 0 (any that is free) to 65535');
}

function realImage(text: string): Image {
  const reference = parseReference(text);
  if (!reference.ok) throw usage(`up: --source: ${reference.fault}`);
  const { registry, repository, tag = 'latest', digest } = reference.value;
  if (digest) throw usage('up: --source wants a tag, which can move, rather than a digest');
  const name = repository.split('/').at(-1) ?? repository;
  return { name, source: `${registry}/${repository}`, repository: name, tags: [tag], moving: [tag] };
}

async function refuseSecond(places: Places): Promise<void> {
  const state = await runningIn(places);
  if (!state) return;
  throw new Stop(`greenroom up runs here already, as process ${state.pid}: ${state.board}`, {
    remedy: 'use it, stop it with Ctrl-C, or start another one with --data <dir>',
  });
}

async function once({ terminal, signal }: UpCall, raised: Raised, isReal: boolean): Promise<Exit> {
  await settleIn(raised, isReal, signal);
  if (signal.aborted) return EXIT.interrupted;
  const view = raised.care.view();
  terminal.out(...parityLines(view, terminal));
  terminal.document(parityDocument(view));
  return exitFor(view);
}

interface Staying {
  readonly port: number | undefined;
  readonly isReal: boolean;
}

async function stay(call: UpCall, raised: Raised, places: Places, { port, isReal }: Staying): Promise<Exit> {
  const { terminal, signal } = call;
  const board = await openBoard(raised, port, readState(places)?.ports.board);
  const state = stateOf(raised, board, places);
  writeState(places, { ...state, pid: process.pid });
  try {
    terminal.out(...welcome(raised, board, call), '');
    await settleIn(raised, isReal, signal);
    if (!signal.aborted) {
      terminal.out(
        '',
        ...verdictLines(raised.care.view(), terminal),
        '',
        ...nextSteps(raised.care.view(), isReal, call),
      );
      terminal.document({ ...state, pid: process.pid, verdict: raised.care.view().verdict });
    }
    await raised.care.keepWatch();
    return EXIT.done;
  } finally {
    await board.close();
    writeState(places, { ...state, aheadMs: raised.clock.aheadMs() });
  }
}

function stateOf(
  { embedded, campus, slack, clock, world }: Raised,
  board: Served,
  { journal, secrets, vault, issuers }: Places,
): UpState {
  const portOf = (url: string): number => Number(new URL(url).port);
  const campusPorts = Object.entries(campus.urls).map(([name, url]) => [name, portOf(url)]);
  return {
    board: board.url,
    estate: world.estate,
    hosts: embedded.hosts,
    ports: { ...embedded.ports, ...Object.fromEntries(campusPorts), slack: slack.port, board: portOf(board.url) },
    campus: campus.urls,
    aheadMs: clock.aheadMs(),
    journal,
    secrets,
    vault,
    issuers,
  };
}

function welcome({ world, embedded, slack }: Raised, board: Served, { terminal }: UpCall): string[] {
  const { regions, images } = world.estate;
  const rows = [
    ['board', { text: board.url, tone: 'accent' as const }, 'open it and watch'],
    ...images.map(({ source }) => [
      'source',
      source,
      embedded.hosts['source'] === undefined ? 'the real one' : 'speaks like GHCR',
    ]),
    ...regions.map(({ name, city }) => [name, embedded.hosts[name] ?? '', `${city}, speaks like ECR`]),
    ['slack', `127.0.0.1:${slack.port}`, 'a channel that is told what the board shows'],
  ];
  const lines = table([{ title: '' }, { title: '' }, { title: '', yields: true }], rows, { ...terminal, indent: 2 });
  return [terminal.paint('strong', 'Greenroom') + '  a world of its own on this machine', ...lines.slice(1)];
}

function nextSteps({ images }: View, isReal: boolean, { terminal, flags }: UpCall): string[] {
  const release = images[0]?.releases[0]?.key ?? '';
  const where = flags.data === undefined ? '' : ` --data ${flags.data}`;
  const commands = [
    ['npx greenroom scene morning-of', 'on to the morning of the next workshop'],
    ...(isReal ? [] : [['npx greenroom publish', 'release a version through a signed webhook']]),
    [`npx greenroom rollback ${release}`, 'every region back to what it served before'],
  ];
  const rows = commands.map(([line = '', what = '']) => [{ text: line + where, tone: 'accent' as const }, what]);
  const lines = table([{ title: '' }, { title: '', yields: true }], rows, { ...terminal, indent: 2 });
  return ['Try, in another terminal:', ...lines.slice(1), '', terminal.paint('quiet', 'Ctrl-C stops it.')];
}
