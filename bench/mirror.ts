import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import type { Bed, Counted } from './registries.ts';

/**
 * Greenroom beside three `skopeo copy --all` at once, on the same bed in the same run, alternating; medians and ratios.
 *
 *     node bench/mirror.ts [--rounds 5] [--bed shaped|limited|five]
 */
const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' }, bed: { type: 'string' } } });
const ROUNDS = Number(values.rounds);

const SHAPED: Bed = {
  latencyMs: 20,
  bytesPerSecondPerConnection: 40_000_000,
  regions: 3,
  layerBytes: [80_000_000, 30_000_000, 14_500_000],
};
const BEDS: Readonly<Record<string, Bed>> = {
  shaped: SHAPED,
  limited: { ...SHAPED, sourceBytesPerSecond: 60_000_000 },
  five: { ...SHAPED, regions: 5 },
};

interface Measured {
  readonly seconds: number;
  readonly source: Counted;
  readonly skewMs?: number;
}

interface Hosts {
  readonly source: string;
  readonly regions: readonly string[];
  readonly bytes: number;
}

interface Counts {
  readonly source: Counted;
}

async function measure(name: string, bed: Bed): Promise<void> {
  const child = fork(new URL('registries.ts', import.meta.url), [JSON.stringify(bed)]);
  const [hosts] = (await once(child, 'message')) as [Hosts];
  const ours: Measured[] = [];
  const theirs: Measured[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await timed(child, () => greenroom(hosts, `ours/r${round}`)));
    theirs.push(await timed(child, () => skopeo(hosts, `theirs/r${round}`)));
  }
  const again = await timed(child, () => greenroom(hosts, 'ours/r0'));
  child.kill();
  print(name, hosts, ours, theirs, again);
}

async function timed(child: ChildProcess, work: () => Promise<{ skewMs?: number }>): Promise<Measured> {
  await counts(child, 'reset');
  const began = performance.now();
  const told = await work();
  const seconds = (performance.now() - began) / 1_000;
  return { seconds, source: (await counts(child, 'count')).source, ...told };
}

async function counts(child: ChildProcess, message: 'reset' | 'count'): Promise<Counts> {
  child.send(message);
  const [answer] = (await once(child, 'message')) as [Counts];
  return answer;
}

async function greenroom({ source, regions }: Hosts, repository: string): Promise<{ skewMs?: number }> {
  const script = new URL('greenroom-once.ts', import.meta.url).pathname;
  const copies = regions.map((host) => `${host}/${repository}`);
  return JSON.parse(await run(process.execPath, [script, `${source}/bench/image`, ...copies])) as { skewMs?: number };
}

async function skopeo({ source, regions }: Hosts, repository: string): Promise<object> {
  const flags = ['copy', '--all', '--quiet', '--src-tls-verify=false', '--dest-tls-verify=false'];
  const copy = (host: string) =>
    run('skopeo', [...flags, `docker://${source}/bench/image:latest`, `docker://${host}/${repository}:latest`]);
  await Promise.all(regions.map(copy));
  return {};
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`${command} ended with ${code}: ${said}`);
  return said;
}

const median = (numbers: readonly number[]): number =>
  [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

function print(name: string, { bytes }: Hosts, ours: Measured[], theirs: Measured[], again: Measured): void {
  const wall = (all: Measured[]): number => median(all.map(({ seconds }) => seconds));
  const read = (all: Measured[]): number => median(all.map(({ source }) => source.blobBytes)) / bytes;
  const asked = (all: Measured[]): number => median(all.map(({ source }) => source.requests));
  const line = (label: string, us: string, them: string, ratio: string): void =>
    console.log(`  ${label.padEnd(28)}${us.padStart(12)}${them.padStart(12)}${ratio.padStart(10)}`);
  console.log(`\n${name}: ${(bytes / 1e6).toFixed(0)} MB, medians of ${ours.length} alternating rounds`);
  line('', 'greenroom', 'skopeo', 'ratio');
  line('wall, s', wall(ours).toFixed(2), wall(theirs).toFixed(2), (wall(ours) / wall(theirs)).toFixed(2));
  line(
    'source bytes, × the image',
    read(ours).toFixed(3),
    read(theirs).toFixed(3),
    (read(ours) / read(theirs)).toFixed(2),
  );
  line('source requests', String(asked(ours)), String(asked(theirs)), (asked(ours) / asked(theirs)).toFixed(2));
  line('skew, ms', String(median(ours.map(({ skewMs = NaN }) => skewMs))), '', '');
  line('again, in sync: s', again.seconds.toFixed(2), '', '');
  line('again: source requests', String(again.source.requests), '', '');
}

for (const [name, bed] of Object.entries(BEDS))
  if (values.bed === undefined || values.bed === name) await measure(name, bed);
