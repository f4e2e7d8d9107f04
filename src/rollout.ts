import { podsRunWhatIsMirrored } from './core/checks/pods-run-what-is-mirrored.ts';
import { short, type Digest } from './core/digest.ts';
import type { EksCluster, Running } from './core/estate.ts';
import type { Finding } from './core/finding.ts';
import { holdOver, type Hold } from './core/promotion.ts';
import type { RunningSighting } from './core/sighting.ts';
import { minutes, plus, seconds, spokenDuration } from './core/time.ts';
import type { Log } from './log.ts';
import { look } from './observers/look.ts';
import { sightRunning } from './observers/running.ts';
import type { World } from './ports.ts';

/** One workload to be restarted, because it does not run what its region serves. */
export interface Leg {
  readonly cluster: EksCluster;
  readonly run: Running;
  /** What its region's tag means: what the pods are to run. */
  readonly serves: Digest;
}

export interface RolloutPlan {
  /** The control plane first, then the proxies: a proxy must never be newer than what it talks to. */
  readonly legs: readonly Leg[];
  /** What cannot be rolled out as it is: somebody has to mend it first. */
  readonly blocked: readonly string[];
  /** What keeps images from moving now: restarting under it would pull the floor from under a room. */
  readonly holds: readonly Hold[];
}

export interface Watching {
  readonly now: () => Date;
  /** Resolves after so long, sooner and with an error when aborted. */
  readonly wait: (milliseconds: number) => Promise<unknown>;
  readonly log: Log;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface Rollout {
  readonly done: readonly Leg[];
  /** Where it stopped and why; whatever comes after that was left alone. */
  readonly stopped?: { readonly leg: Leg; readonly why: string };
}

/** Which workloads would be restarted, in which order. Changes nothing. */
export async function rolloutPlan(world: World, { now, log, signal }: Watching): Promise<RolloutPlan> {
  const { estate, journal } = world;
  const watch = { now: now(), depth: 'tag', log, ...(signal && { signal }) } as const;
  const [sightings, holds] = await Promise.all([sightRunning(world, watch), journal.holds(now())]);
  const judged = sightings.map((sighting) => ({ sighting, ...judge(sighting, now()) }));
  const behind = judged.filter(({ status, gauge }) => status === 'fail' && gauge);
  const blocked = judged.filter(({ status, gauge }) => status !== 'ok' && !(status === 'fail' && gauge));
  const { clusters = [] } = estate;
  const isControlPlane = ({ cluster }: RunningSighting): boolean =>
    clusters.some(({ name, role }) => name === cluster && role === 'control-plane');
  const waits = blocked.some(({ sighting }) => isControlPlane(sighting));
  const movable = behind.filter(({ sighting }) => !waits || isControlPlane(sighting));
  const legs = movable.flatMap(({ sighting }) => legOf(sighting, clusters));
  return {
    legs: legs.toSorted((a, b) => rank(a) - rank(b)),
    blocked: blocked.map(({ subject, have }) => `${subject}: ${have}`),
    holds: holds.filter((hold) => legs.some(({ run }) => holdOver(run.image, [hold], now()))),
  };
}

const rank = ({ cluster: { role } }: Leg): number => (role === 'control-plane' ? 0 : 1);

function judge(
  sighting: RunningSighting,
  now: Date,
): Pick<Finding, 'status' | 'subject'> & { have: string; gauge: boolean } {
  const [judgement] = podsRunWhatIsMirrored.judge({ running: [sighting] }, now);
  const { status = 'unknown', subject = '', evidence } = judgement ?? {};
  return { status, subject, have: evidence?.have ?? '', gauge: evidence?.gauge !== undefined };
}

function legOf({ cluster: name, place, release, serves }: RunningSighting, clusters: readonly EksCluster[]): Leg[] {
  const cluster = clusters.find((each) => each.name === name);
  const served = serves.seen ? serves.value : undefined;
  if (!cluster || !served) return [];
  return [{ cluster, run: { ...place, image: release.image.name, tag: release.tag }, serves: served.digest }];
}

export const spellLeg = ({ cluster, run, serves }: Leg): string =>
  `${run.namespace}/${run.workload} in ${cluster.name} to ${run.image}:${run.tag} ${short(serves)}`;

/**
 * Restarts one workload after the other, and goes on only once it runs what its region serves and is well.
 *
 * What does not become well stops everything after it: one region that is down is an incident, three are an outage.
 */
export async function rollOut(legs: readonly Leg[], world: World, watching: Watching): Promise<Rollout> {
  const done: Leg[] = [];
  for (const leg of legs) {
    watching.signal?.throwIfAborted();
    const why = await restart(leg, world, watching);
    if (why !== undefined) return { done, stopped: { leg, why } };
    watching.say(`${spellLeg(leg)}: done`);
    done.push(leg);
  }
  return { done };
}

const PATIENCE_MS = minutes(10);
const EVERY_MS = seconds(5);
/** What a pod does not get out of by itself, seen twice in a row. */
const HOPELESS = /ErrImagePull|ImagePullBackOff|CrashLoopBackOff|CreateContainerConfigError|InvalidImageName/;

/** Resolves to why it is not well; `undefined` where it is. */
async function restart(leg: Leg, world: World, watching: Watching): Promise<string | undefined> {
  const { cluster, run } = leg;
  const { now, wait, say, log, signal } = watching;
  const asked = await look(`restart ${run.workload}`, { log, ...(signal && { signal }) }, () =>
    world.clusters.cluster(cluster.name).restart(run, now(), signal),
  );
  if (!asked.seen) return asked.why;
  if (!asked.value) return `there is no ${run.namespace}/${run.workload}`;
  say(`${spellLeg(leg)}: restarting`);
  const until = plus(now(), PATIENCE_MS);
  let last = '';
  for (;;) {
    await wait(EVERY_MS);
    const why = (await notRunning(leg, world, watching)) ?? (await notServing(leg, world, watching));
    if (why === undefined) return undefined;
    if (HOPELESS.test(why) && HOPELESS.test(last)) return why;
    if (now() >= until) return `not well after ${spokenDuration(PATIENCE_MS)}: ${why}`;
    last = why;
  }
}

/** Why its pods are not yet what they should be. */
async function notRunning({ cluster, run }: Leg, world: World, watching: Watching): Promise<string | undefined> {
  const { now, log, signal } = watching;
  const narrowed = { ...world, estate: { ...world.estate, clusters: [{ ...cluster, runs: [run] }] } };
  const [sighting] = await sightRunning(narrowed, { now: now(), depth: 'tag', log, ...(signal && { signal }) });
  if (!sighting?.pods.seen) return sighting?.pods.seen === false ? sighting.pods.why : 'it is not in the estate';
  const { status, have } = judge(sighting, now());
  const stuck = (sighting.pods.value ?? []).flatMap(({ why }) => (why === undefined ? [] : [why]));
  if (stuck[0] !== undefined) return stuck[0];
  if (status !== 'ok') return have;
  const pods = (sighting.pods.value ?? []).filter(({ leaving }) => !leaving);
  const waiting = pods.filter(({ ready }) => !ready).length;
  return waiting > 0 ? `${waiting} of ${pods.length} pods are not ready` : undefined;
}

/** Why Coder does not count on it yet: the control plane must answer, a proxy must be well and of its version. */
async function notServing({ cluster }: Leg, { coder }: World, { log, signal }: Watching): Promise<string | undefined> {
  if (!coder) return undefined;
  const asked = await look('Coder', { log, ...(signal && { signal }) }, async () => {
    const version = await coder.version(signal);
    return { version, proxies: cluster.role === 'proxy' ? await coder.proxies(signal) : undefined };
  });
  if (!asked.seen) return asked.why;
  const { version, proxies } = asked.value;
  const { proxy: name = cluster.name } = cluster;
  const proxy = proxies?.find((each) => each.name === name);
  if (!proxies || (proxy?.status === 'ok' && proxy.version === version)) return undefined;
  if (!proxy) return `Coder knows no proxy ${name}`;
  return `the proxy ${name} is ${proxy.status} and reports ${proxy.version}, the control plane ${version}`;
}
