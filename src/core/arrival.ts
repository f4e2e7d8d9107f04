import type { Judgement, Remedy } from './finding.ts';
import type { Floor } from './posture.ts';
import { subjectOf, type Arrival, type Knob, type RoomSighting } from './room.ts';
import { between, minutes, minus } from './time.ts';

/** From when on before a workshop what has not arrived is a NO-GO. */
const MUST_BE_THERE_MS = minutes(60);

/** A pod that is not there after so long does not come by itself: told once more, because by now its cause is known. */
const LATE_MS = minutes(10);

/** Whether what was asked for is there: pods that are ready, and daemons that Coder gives builds to. Asked is not arrived. */
export function judgeArrival(knob: Knob, room: RoomSighting, now: Date): Judgement[] {
  const { stands, pool } = knob;
  const floors = room.posture.seen ? room.posture.value.floors : [];
  const floor = floors.find(({ kind }) => kind === pool?.kind);
  if (!floor || !stands.seen || !stands.value?.arrival) return [];
  const { arrival } = stands.value;
  const { daemons } = arrival;
  const looked = { subject: subjectOf(knob) };
  const want = `${floor.replicas} ready${daemons ? ' and known to Coder' : ''}`;
  if (daemons?.seen === false) {
    return [{ ...looked, status: 'unknown', evidence: { want, have: daemons.why }, remedy: ask(BLIND) }];
  }
  const there = thereOf(arrival);
  const evidence = { want, have: spellArrival(arrival), gauge: { value: there, unit: 'replicas there' } };
  if (there >= floor.replicas) return [{ ...looked, status: 'ok', evidence }];
  const status = there < dueBy(now, floor) ? 'fail' : 'warn';
  const isLate = arrival.waitingSince && between(arrival.waitingSince, now) >= LATE_MS;
  return [{ ...looked, status, ...(isLate && { rung: 'late' }), evidence, remedy: ask(mend(knob, arrival)) }];
}

const BLIND = 'Check that Coder answers and that its token is valid.';

const knownTo = ({ daemons }: Arrival): number | undefined =>
  daemons?.seen ? daemons.value.filter(({ status }) => status !== 'offline').length : undefined;

const thereOf = (arrival: Arrival): number => Math.min(arrival.ready, knownTo(arrival) ?? arrival.ready);

function spellArrival(arrival: Arrival): string {
  const known = knownTo(arrival);
  const counted = `${arrival.ready} of ${arrival.desired} ready${known === undefined ? '' : `, ${known} known to Coder`}`;
  return arrival.stuck.length > 0 ? `${counted}: ${arrival.stuck.join('; ')}` : counted;
}

/** What those need who begin within the hour or have begun: what is raised for tomorrow does not stop today's room. */
function dueBy(now: Date, { asks }: Floor): number {
  const due = asks.filter(({ workshop }) => now >= minus(workshop.starts, MUST_BE_THERE_MS));
  return Math.max(0, ...due.map(({ replicas }) => replicas));
}

function mend({ pool, cluster }: Knob, { ready, stuck, daemons }: Arrival): string {
  const place = `${pool?.namespace}/${pool?.workload} in ${cluster}`;
  if (stuck.length > 0) return `Mend what keeps the pods of ${place}: ${stuck.join('; ')}.`;
  if (daemons?.seen && ready > daemons.value.length)
    return `Look at the logs of ${place}: its pods are ready and Coder does not know them.`;
  return `Wait; if it stays so, look at the pods of ${place}.`;
}

const ask = (sentence: string): Remedy => ({ by: 'person', ask: sentence });
