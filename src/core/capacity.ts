import type { Pool } from './estate.ts';
import type { Range, Resource, Sizing } from './policy.ts';
import { P95, provisionersFor, waitOf, type Rush } from './queue.ts';

/** What can be given more replicas before a workshop. One provisioner runs one Terraform operation at a time. */
export const POOL_KINDS = ['provisioners', 'gateway'] as const satisfies readonly Pool['kind'][];
export type PoolKind = Pool['kind'];
export type Replicas = Readonly<Record<PoolKind, number>>;

/** The workshop guide's bands. Its own overlap: the upper figure is taken, and each band begins where the last ends. */
const BANDS: readonly (readonly [fewerThan: number, replicas: Replicas])[] = [
  [10, { provisioners: 6, gateway: 4 }],
  [16, { provisioners: 10, gateway: 4 }],
  [21, { provisioners: 10, gateway: 6 }],
  [31, { provisioners: 15, gateway: 8 }],
];

/** Beyond the guide's last band its own ratio goes on: of 30 people to 15 provisioners and 8 gateway replicas. */
export function bandOf(people: number): Replicas {
  const band = BANDS.find(([fewerThan]) => people < fewerThan);
  if (band) return band[1];
  return { provisioners: Math.ceil((people * 15) / 30), gateway: Math.ceil((people * 8) / 30) };
}

/** How many of those who are expected are reckoned with. */
const comingOf = (people: number, { showRate }: Pick<Sizing, 'showRate'>): number =>
  Math.ceil(people * showRate - 1e-9);

const rushOf = (people: number, { arrivalSeconds, buildSeconds }: Sizing): Rush => ({
  people,
  arrivalSeconds,
  buildSeconds,
});

/** The replicas that a workshop needs: the guide's band, and more provisioners where its people would wait too long. */
export function replicasFor(people: number, sizing: Sizing): Replicas {
  const key = `${people} ${JSON.stringify(sizing)}`;
  const replicas = known.get(key) ?? reckon(people, sizing);
  known.set(key, replicas);
  return replicas;
}

/** The same question is asked at every look of a day, and reckoning the wait takes milliseconds. */
const known = new Map<string, Replicas>();

function reckon(people: number, sizing: Sizing): Replicas {
  const coming = comingOf(people, sizing);
  const band = bandOf(coming);
  const provisioners = provisionersFor(rushOf(coming, sizing), sizing.waitSeconds, band.provisioners);
  return { ...band, provisioners };
}

/** What a workshop needs, why, and what would be cheaper: everything `greenroom capacity` says. */
export interface Capacity {
  readonly people: number;
  readonly coming: number;
  readonly band: Replicas;
  /** More people than the guide's table knows: its ratio was carried on. */
  readonly isBeyondGuide: boolean;
  readonly needed: Replicas;
  /** From too few to enough: how long people would wait with each number of provisioners. */
  readonly waits: readonly Wait[];
  /** What the workspaces take of the nodes, all together. */
  readonly demand: Readonly<Record<Resource, Range>>;
  /** Disk on the nodes for the ephemeral part of that, with the guide's headroom. */
  readonly diskGb: Range;
  readonly levers: Levers;
}

export interface Wait {
  readonly provisioners: number;
  readonly p50Seconds: number;
  readonly p95Seconds: number;
  /** The 95th percentile where everybody clicks in the same second: the worst that a room can do. */
  readonly atOnceP95Seconds: number;
}

/** What else would keep the wait short. */
export interface Levers {
  /** Workspaces built beforehand and claimed in the room. */
  readonly prebuilds: { readonly provisioners: number; readonly p95Seconds: number };
  /** The room's start stretched: over this long the band alone is enough. 0: it is enough as it is. */
  readonly stagger: { readonly provisioners: number; readonly arrivalSeconds: number };
}

export function capacityFor(people: number, sizing: Sizing): Capacity {
  const coming = comingOf(people, sizing);
  const band = bandOf(coming);
  const needed = replicasFor(people, sizing);
  const rush = rushOf(coming, sizing);
  return {
    people,
    coming,
    band,
    isBeyondGuide: !BANDS.some(([fewerThan]) => coming < fewerThan),
    needed,
    waits: countsAround(band.provisioners, needed.provisioners).map((count) => waitWith(count, rush)),
    demand: demandOf(coming, sizing),
    diskGb: diskFor(coming, sizing),
    levers: leversOf(coming, sizing, band.provisioners),
  };
}

const waitWith = (provisioners: number, rush: Rush): Wait => ({
  provisioners,
  p50Seconds: Math.round(waitOf(0.5, rush, provisioners)),
  p95Seconds: Math.round(waitOf(P95, rush, provisioners)),
  atOnceP95Seconds: Math.round(waitOf(P95, { ...rush, arrivalSeconds: 0 }, provisioners)),
});

/** Two fewer than the band to one more than needed, in at most about eight steps. */
function countsAround(band: number, needed: number): number[] {
  const [from, until] = [Math.max(1, band - 2), needed + 1];
  const step = Math.max(1, Math.ceil((until - from) / 7));
  const counts = Array.from({ length: Math.floor((until - from) / step) + 1 }, (_, i) => from + i * step);
  return [...new Set([...counts, band, needed])].sort((a, b) => a - b);
}

function demandOf(coming: number, { workspace }: Sizing): Capacity['demand'] {
  const all = ([least, most]: Range): Range => [coming * least, coming * most];
  return {
    cpus: all(workspace.cpus),
    memoryGb: all(workspace.memoryGb),
    ephemeralGb: all(workspace.ephemeralGb),
  };
}

/** The guide wants every node under 60 % full: an eviction begins at 85 to 90 %, and a room fills fast. */
const FULL = 0.6;

function diskFor(coming: number, { workspace: { ephemeralGb } }: Sizing): Range {
  const [least, most] = ephemeralGb.map((each) => Math.ceil((coming * each) / FULL));
  return [least ?? 0, most ?? 0];
}

function leversOf(coming: number, sizing: Sizing, band: number): Levers {
  const claims = { ...rushOf(coming, sizing), buildSeconds: sizing.claimSeconds };
  const prebuilt = provisionersFor(claims, sizing.waitSeconds, band);
  return {
    prebuilds: { provisioners: prebuilt, p95Seconds: Math.round(waitOf(P95, claims, prebuilt)) },
    stagger: { provisioners: band, arrivalSeconds: staggerFor(coming, sizing, band) },
  };
}

/** Found half a minute at a time, because nobody staggers a room to the second. */
function staggerFor(coming: number, sizing: Sizing, provisioners: number): number {
  const rush = rushOf(coming, sizing);
  let { arrivalSeconds } = sizing;
  while (waitOf(P95, { ...rush, arrivalSeconds }, provisioners) > sizing.waitSeconds) arrivalSeconds += 30;
  return arrivalSeconds === sizing.arrivalSeconds ? 0 : arrivalSeconds;
}
