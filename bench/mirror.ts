import { loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { MiB } from '../src/core/bytes.ts';
import type { Shape } from '../src/rehearsal/registry.ts';
import { makeBed, type Bed, type Counts } from './bed.ts';
import { greenroom, skopeo } from './contestants.ts';
import { makeDebianBed } from './debian.ts';
import type { Once } from './greenroom-once.ts';
import { print, type Line } from './table.ts';

/**
 * Greenroom beside three `skopeo copy --all` at once, on the same bed in the same run, alternating; medians and ratios.
 *
 *     npm run bench -- [part…] [--rounds 5]
 *
 * Without a part all of them. Exits 1 when a must does not hold. Needs a machine that does nothing else.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' }, 'layer-mb': { type: 'string', default: '5000' } },
});
const ROUNDS = Number(values.rounds);
const LAYER_BYTES = Number(values['layer-mb']) * 1_000_000;

const WIRE: Shape = { latencyMs: 20, bytesPerSecondPerConnection: 40_000_000 };
const IMAGE = { layerBytes: [80_000_000, 30_000_000, 14_500_000] };
const three = [WIRE, WIRE, WIRE];

const PARTS: Readonly<Record<string, () => Promise<Line[]>>> = {
  shaped: async () => withBed({ source: WIRE, regions: three, image: IMAGE }, (bed) => besidePeers(bed, 0.65, 50)),
  limited: async () =>
    withBed({ source: { ...WIRE, bytesPerSecondTotal: 60_000_000 }, regions: three, image: IMAGE }, async (bed) =>
      besidePeers(bed, 0.45, 50),
    ),
  five: async () => withBed({ source: WIRE, regions: [...three, WIRE, WIRE], image: IMAGE }, alone),
  referrers: async () =>
    withBed({ source: WIRE, regions: three, image: { ...IMAGE, signature: 'fallback', signPlatforms: true } }, signed),
  debian,
  quiet,
  memory,
  slow,
};

async function withBed(plan: Parameters<typeof makeBed>[0], work: (bed: Bed) => Promise<Line[]>): Promise<Line[]> {
  const bed = await makeBed(plan);
  try {
    return await work(bed);
  } finally {
    await bed.close();
  }
}

interface Round extends Once {
  readonly seconds: number;
  readonly counts: Counts;
}

async function timed<T>(bed: Bed, work: () => Promise<T>): Promise<T & { seconds: number; counts: Counts }> {
  await bed.reset();
  const began = performance.now();
  const told = await work();
  const seconds = (performance.now() - began) / 1_000;
  return { ...told, seconds, counts: await bed.count() };
}

interface Races {
  readonly ours: Round[];
  readonly theirs: { readonly seconds: number; readonly counts: Counts }[];
}

async function race(bed: Bed, rounds: number): Promise<Races> {
  const races: Races = { ours: [], theirs: [] };
  for (let round = 0; round < rounds; round += 1) {
    races.ours.push(await timed(bed, () => greenroom(bed.source, bed.regions, `ours/r${round}`)));
    races.theirs.push(
      await timed(bed, async () => {
        await skopeo(bed.source, bed.regions, `theirs/r${round}`);
        return {};
      }),
    );
  }
  return races;
}

const besidePeers = async (bed: Bed, wall: number, skew: number): Promise<Line[]> =>
  compared(bed, await race(bed, ROUNDS), wall, skew);

/** New registries each round: skopeo remembers where it has put a blob, and from then on has it mounted from there. */
async function debian(): Promise<Line[]> {
  const races: Races = { ours: [], theirs: [] };
  let lines: Line[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const bed = await makeDebianBed();
    try {
      const { ours, theirs } = await race(bed, 1);
      races.ours.push(...ours);
      races.theirs.push(...theirs);
      lines = compared(bed, races, 0.7, 100);
    } finally {
      await bed.close();
    }
  }
  return lines;
}

function compared(bed: Bed, { ours, theirs }: Races, wall: number, skew: number): Line[] {
  const us = median(ours.map(({ seconds }) => seconds));
  const them = median(theirs.map(({ seconds }) => seconds));
  return [
    { what: 'wall, s', ours: us, peer: them, judged: us / them, as: 'ratio', must: wall },
    ...sourceLines(
      bed,
      ours,
      theirs.map(({ counts }) => counts),
    ),
    { what: 'skew, ms', ours: median(ours.map(({ skewMs = NaN }) => skewMs)), as: 'ours', must: skew },
    { what: 'filled from a sibling, blobs', ours: median(ours.map(({ healed }) => healed)) },
  ];
}

function sourceLines(bed: Bed, ours: readonly Round[], theirs: readonly Counts[]): Line[] {
  const read = (all: readonly Counts[]): number => median(all.map(({ source }) => source.blobBytes)) / bed.bytes;
  const asked = (all: readonly Counts[]): number => median(all.map(({ source }) => source.requests));
  const us = ours.map(({ counts }) => counts);
  // A registry that somebody else wrote does not count for us: then it is what we say ourselves.
  if (asked(us) === 0)
    return [
      {
        what: 'source bytes, × the image (by our own count)',
        ours: median(ours.map(({ bytesRead }) => bytesRead)) / bed.bytes,
        as: 'ours',
        must: 1.01,
      },
    ];
  const peer = (of: (all: readonly Counts[]) => number) => (theirs.length > 0 ? { peer: of(theirs) } : {});
  return [
    { what: 'source bytes, × the image', ours: read(us), ...peer(read), as: 'ours', must: 1.01 },
    { what: 'source requests', ours: asked(us), ...peer(asked), as: 'ours', must: 22 },
  ];
}

async function alone(bed: Bed): Promise<Line[]> {
  const round = await timed(bed, () => greenroom(bed.source, bed.regions, 'ours/r0'));
  const [bytes] = sourceLines(bed, [round], []);
  return bytes ? [bytes] : [];
}

async function signed(bed: Bed): Promise<Line[]> {
  const round = await timed(bed, () => greenroom(bed.source, bed.regions, 'ours/r0'));
  const again = await timed(bed, () => greenroom(bed.source, bed.regions, 'ours/r0', 'referrers'));
  return [
    {
      what: 'source requests, referrers of index and children',
      ours: round.counts.source.requests,
      as: 'ours',
      must: 34,
    },
    { what: 'again, in sync, referrers compared: requests', ours: requestsOf(again.counts), as: 'ours', must: 16 },
    { what: 'again: writes', ours: writesOf(again.counts), as: 'ours', must: 0 },
  ];
}

const requestsOf = ({ source, regions }: Counts): number =>
  [source, ...regions].reduce((sum, { requests }) => sum + requests, 0);
const writesOf = ({ source, regions }: Counts): number =>
  [source, ...regions].reduce((sum, { writes }) => sum + writes, 0);

async function quiet(): Promise<Line[]> {
  return withBed({ source: WIRE, regions: three, image: { layerBytes: [1_000_000] } }, async (bed) => {
    await greenroom(bed.source, bed.regions, 'ours/r0');
    const rounds: Round[] = [];
    for (let i = 0; i < ROUNDS; i += 1)
      rounds.push(await timed(bed, () => greenroom(bed.source, bed.regions, 'ours/r0')));
    const most = (of: (counts: Counts) => number): number => Math.max(...rounds.map(({ counts }) => of(counts)));
    return [
      { what: 'in sync: ms', ours: median(rounds.map(({ tookMs }) => tookMs)), as: 'ours', must: 80 },
      { what: 'requests to the source', ours: most(({ source }) => source.requests), as: 'ours', must: 1 },
      {
        what: 'requests to any region',
        ours: most(({ regions }) => Math.max(...regions.map(({ requests }) => requests))),
        as: 'ours',
        must: 1,
      },
      { what: 'writes', ours: most(writesOf), as: 'ours', must: 0 },
    ];
  });
}

/** One layer, as fast as this machine can: nothing is slowed down, and what is made and taken is so in other processes. */
async function memory(): Promise<Line[]> {
  const image = { platforms: ['linux/amd64'], layerBytes: [LAYER_BYTES], attestations: false };
  return withBed({ source: {}, regions: [{}, {}, {}], image, discardUploads: true }, async (bed) => {
    const { peak } = await greenroom(bed.source, bed.regions, 'ours/r0');
    return [
      {
        what: `buffers above idle, MiB, a layer of ${LAYER_BYTES / 1e6} MB`,
        ours: peak.buffers / MiB,
        as: 'ours',
        must: 64,
      },
      { what: 'resident set above idle, MiB', ours: peak.rss / MiB },
    ];
  });
}

/** When the others have everything, with one region at a tenth of the speed and without. */
async function slow(): Promise<Line[]> {
  const tenth = { ...WIRE, bytesPerSecondPerConnection: 4_000_000 };
  const even = await makeBed({ source: WIRE, regions: three, image: IMAGE });
  const uneven = await makeBed({ source: WIRE, regions: [WIRE, WIRE, tenth], image: IMAGE });
  const [usual, delayed]: [number[], number[]] = [[], []];
  const others = ({ wholeMs }: Once): number => Math.max(...wholeMs.slice(0, -1)) / 1_000;
  let bytes = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      usual.push(others(await greenroom(even.source, even.regions, `ours/r${round}`)));
      const told = await timed(uneven, () => greenroom(uneven.source, uneven.regions, `ours/r${round}`));
      delayed.push(others(told));
      bytes = Math.max(bytes, told.counts.source.blobBytes / uneven.bytes);
    }
  } finally {
    await Promise.all([even.close(), uneven.close()]);
  }
  const [without, with_] = [median(usual), median(delayed)];
  return [
    {
      what: 'the others whole, s (peer: no slow region)',
      ours: with_,
      peer: without,
      judged: with_ / without,
      as: 'ratio',
      must: 1.1,
    },
    { what: 'source bytes, × the image', ours: bytes, as: 'ours', must: 1.01 },
  ];
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

const chosen = positionals.length > 0 ? positionals : Object.keys(PARTS);
const unknown = chosen.filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}. There are ${Object.keys(PARTS).join(', ')}`);
  process.exit(2);
}
let holds = true;
for (const name of chosen) {
  const load = loadavg()[0] ?? NaN;
  const lines = (await PARTS[name]?.()) ?? [];
  holds = print(`${name} (load before ${load.toFixed(1)})`, lines) && holds;
}
process.exit(holds ? 0 : 1);
