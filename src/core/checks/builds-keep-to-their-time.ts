import { replicasFor } from '../capacity.ts';
import type { Check } from '../check.ts';
import type { Judgement } from '../finding.ts';
import type { RoomSighting } from '../room.ts';

/** Builds take no longer than the floors are reckoned with: slower ones would keep a room waiting that looks ready. */
export const buildsKeepToTheirTime: Check<'room'> = {
  name: 'builds-keep-to-their-time',
  needs: ['room'],
  judge: ({ room }) => (room.builds ?? []).map((builds) => judgeBuilds(builds, room)),
};

/** A template that is a little slower moves the waits by seconds. */
const TOLERANCE = 1.1;

function judgeBuilds(
  { pool, times, sizing }: NonNullable<RoomSighting['builds']>[number],
  { posture }: RoomSighting,
): Judgement {
  const want = `nineteen in twenty within ${sizing.buildSeconds} s, as the floors are reckoned`;
  const looked = { subject: `builds on ${pool}` };
  if (!times.seen) {
    // The floors stand by the estate's figure all the same: nobody has to be stopped for it.
    const ask = 'Let the token’s user read provisioner jobs, or see the builds in Coder yourself.';
    return { ...looked, status: 'warn', evidence: { want, have: times.why }, remedy: { by: 'person', ask } };
  }
  if (!times.value) return { ...looked, status: 'ok', evidence: { want, have: 'too few builds to tell' } };
  const { builds, p50Seconds, p95Seconds } = times.value;
  const have = `within ${p95Seconds} s, half within ${p50Seconds} s, of the last ${builds}`;
  const evidence = { want, have, gauge: { value: p95Seconds, unit: 'seconds' } };
  if (p95Seconds <= sizing.buildSeconds * TOLERANCE) return { ...looked, status: 'ok', evidence };
  const floors = posture.seen ? posture.value.floors.filter(({ kind }) => kind === 'provisioners') : [];
  const people = Math.max(0, ...floors.flatMap(({ asks }) => asks.map(({ crowd }) => crowd.people)));
  const { provisioners } = replicasFor(people, { ...sizing, buildSeconds: p95Seconds });
  const ask =
    `Set sizing.buildSeconds of the estate’s policy to ${p95Seconds}, with which ${people} people need ${provisioners} provisioners; ` +
    `or make the template quicker. To see what it changes: greenroom capacity --attendance ${people} --build ${p95Seconds}s.`;
  return { ...looked, status: 'warn', evidence, remedy: { by: 'person', ask } };
}
