import type { Check } from '../check.ts';
import { short, type Digest } from '../digest.ts';
import { spellRelease, type Image } from '../estate.ts';
import type { Judgement, Remedy } from '../finding.ts';
import type { Container, Pod } from '../pod.ts';
import { parseReference } from '../reference.ts';
import type { RunningSighting, Served } from '../sighting.ts';

/**
 * Every pod runs what its region's tag means: the link after the copies.
 *
 * A moved tag moves no pod: it is pulled when a pod starts, and not even then where the node has something of that
 * name already. Digests are compared, and never the names before them: where two repositories hold the same image, a
 * node names the one that comes first in the alphabet.
 */
export const podsRunWhatIsMirrored: Check<'running'> = {
  name: 'pods-run-what-is-mirrored',
  needs: ['running'],
  concerns: ({ clusters = [] }) => clusters.some(({ runs = [] }) => runs.length > 0),
  judge: ({ running }) => running.map(workloadRuns),
};

function workloadRuns(sighting: RunningSighting): Judgement {
  const { pods, serves } = sighting;
  const { subject, want } = looked(sighting);
  if (!pods.seen) return unknown(sighting, pods.why, `Check that Greenroom may see pods of ${placeOf(sighting)}.`);
  if (pods.value === undefined) {
    return fail(sighting, 'no such workload', `Deploy ${placeOf(sighting)}, or correct its name in the estate.`);
  }
  if (!serves.seen)
    return unknown(
      sighting,
      serves.why,
      `Check that Greenroom may read ${sighting.release.image.repository} in ${sighting.from}.`,
    );
  if (serves.value === undefined) {
    return fail(
      sighting,
      `no such tag in ${sighting.from}`,
      `Mirror ${spellRelease(sighting.release)} first, or name another tag in the estate.`,
    );
  }
  const staying = pods.value.filter(({ leaving }) => !leaving);
  if (staying.length === 0) return fail(sighting, 'no pods', `Find out why ${placeOf(sighting)} has none.`);
  const trouble = troubleOf(sighting, staying, serves.value);
  if (trouble) return trouble;
  return { subject, status: 'ok', evidence: { want, have: `${short(serves.value.digest)} in ${counted(staying)}` } };
}

/** The first thing that is amiss, the worst first; `undefined` where every pod runs what it should. */
function troubleOf(sighting: RunningSighting, pods: readonly Pod[], served: Served): Judgement | undefined {
  const running = pods.map((pod) => ({
    pod,
    ours: pod.containers.filter((each) => isOf(sighting.release.image, each)),
  }));
  const strange = running.filter(({ ours }) => ours.length === 0);
  if (strange[0]) {
    const images = [...new Set(strange.flatMap(({ pod }) => pod.containers.map(({ image }) => image)))].join(' and ');
    const ask = `Deploy ${spellRelease(sighting.release)} from ${sighting.from} to ${placeOf(sighting)}, or correct the estate.`;
    return fail(sighting, `${images} in ${counted(strange)}`, ask);
  }
  const digests = running.flatMap(({ ours }) => ours.flatMap(({ digest }) => (digest ? [digest] : [])));
  const others = digests.filter((digest) => !served.names.has(digest));
  if (others.length > 0) return fail(sighting, spellOthers(others, digests.length), restart(sighting), others.length);
  const pending = running.filter(({ ours }) => ours.some(({ digest }) => digest === undefined));
  if (!pending[0]) return undefined;
  const why = pending[0].pod.why === undefined ? '' : `: ${pending[0].pod.why}`;
  const { subject, want } = looked(sighting);
  return {
    subject,
    status: 'warn',
    evidence: { want, have: `${counted(pending)} of ${pods.length} not started${why}` },
    remedy: person(`Wait until ${placeOf(sighting)} has started, or find out why it does not.`),
  };
}

/** By the repository, whichever registry it is pulled through. */
function isOf({ source, repository }: Image, { image }: Container): boolean {
  const read = parseReference(image);
  if (!read.ok) return false;
  const { registry, repository: pulled } = read.value;
  return pulled === repository || pulled.endsWith(`/${repository}`) || `${registry}/${pulled}` === source;
}

function spellOthers(others: readonly Digest[], all: number): string {
  const kinds = [...new Set(others.map((digest) => short(digest)))].join(' and ');
  return `${kinds} in ${others.length} of ${all} containers`;
}

const restart = (sighting: RunningSighting): string => {
  const { namespace, workload } = sighting.place;
  return (
    `Restart ${placeOf(sighting)}, once nobody would be cut off. If it comes back with the old image, its imagePullPolicy ` +
    `keeps what the node has: deploy it by digest, or with Always. By hand: kubectl -n ${namespace} rollout restart ` +
    `deployment/${workload}. Watched, and one after the other: greenroom rollout.`
  );
};

function looked({ cluster, place, release, from, serves }: RunningSighting) {
  const digest = serves.seen && serves.value ? short(serves.value.digest) : 'what is served';
  return {
    subject: `${spellRelease(release)} in ${cluster}, ${place.namespace}/${place.workload}`,
    want: `${digest} as ${spellRelease(release)} means in ${from}`,
  };
}

function fail(sighting: RunningSighting, have: string, ask: string, behind?: number): Judgement {
  const { subject, want } = looked(sighting);
  const gauge = behind === undefined ? {} : { gauge: { value: behind, unit: 'containers behind' } };
  return { subject, status: 'fail', evidence: { want, have, ...gauge }, remedy: person(ask) };
}

function unknown(sighting: RunningSighting, why: string, ask: string): Judgement {
  const { subject, want } = looked(sighting);
  return { subject, status: 'unknown', evidence: { want, have: why }, remedy: person(ask) };
}

const person = (ask: string): Remedy => ({ by: 'person', ask });
const placeOf = ({ cluster, place }: RunningSighting): string => `${place.namespace}/${place.workload} in ${cluster}`;
const counted = ({ length }: readonly unknown[]): string => `${length} pod${length === 1 ? '' : 's'}`;
