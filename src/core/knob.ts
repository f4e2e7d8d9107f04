import type { Daemon } from './coder.ts';
import type { Judgement, Remedy } from './finding.ts';
import { moveFor, spellSetting, type Lease, type Move, type Setting, type Wish } from './lease.ts';
import { spellLever, type Choice, type Lever } from './lever.ts';
import { ordinalOf } from './pod.ts';
import { subjectOf, type Arrival, type Knob, type RoomSighting } from './room.ts';
import { between, minutes, spoken } from './time.ts';
import { calendarAsks, leaseOn, wishFor } from './wish.ts';

/** How a knob stands against what is wanted of it. Every knob gets its finding, also where nothing is wanted. */
export function judgeKnob(knob: Knob, room: RoomSighting, now: Date): Judgement {
  const { stands } = knob;
  if (!stands.seen) return unseenKnob(knob, stands.why);
  if (!stands.value) return noSuchKnob(knob);
  const { choice, arrival } = stands.value;
  if (!choice.ok) return refusedKnob(knob, choice, room, now);
  const { lever, value: is } = choice;
  const wish = wishFor(knob, lever, room, now);
  const lease = leaseOn(knob.cluster, lever, room);
  const move = lease ? patiently(moveFor(is, wish, lease, now), knob, arrival, now) : moveFor(is, wish, lease, now);
  return judgeMove(move, { knob, lever, is, wish });
}

interface Turned {
  readonly knob: Knob;
  readonly lever: Lever;
  readonly is: Setting;
  readonly wish: Wish | undefined;
}

/** Somebody builds there: what would be put back is left as it is for now. */
interface Waiting {
  readonly do: 'wait';
  readonly why: string;
}

function judgeMove(move: Move | Waiting, { knob, lever, is, wish }: Turned): Judgement {
  const looked = {
    subject: subjectOf(knob),
    evidence: { want: wish ? spellWish(wish) : 'as it was', have: `${spellLever(lever)} at ${spellSetting(is)}` },
  };
  const because = (why: string) => ({ ...looked.evidence, have: `${looked.evidence.have}; ${why}` });
  switch (move.do) {
    case 'nothing':
      return { ...looked, status: 'ok' };
    case 'wait':
      return { ...looked, evidence: because(move.why), status: 'warn', remedy: ask(WAITING) };
    case 'yield':
      return { ...looked, evidence: because(move.why), status: 'fail', remedy: ask(overruled(knob)) };
    case 'take':
    case 'renew':
    case 'restore':
    case 'end': {
      const step = { kind: 'move-knob', is, move } as const;
      return { ...looked, status: move.do === 'take' ? 'fail' : 'warn', remedy: { by: 'greenroom', step } };
    }
    default:
      return move satisfies never;
  }
}

const WAITING = 'Nothing: it is put back once no build would be cut short.';
const overruled = ({ name, kind }: Knob): string =>
  kind === 'floor'
    ? `Somebody's later word wins. To raise it again: greenroom scale ${name} <replicas> --until <instant>.`
    : `Somebody's later word wins. Set ${name} by hand if it must stand still.`;

/** Two looks that found nobody building are at least so far apart, and not so far that the first one is forgotten. */
const APART_MS = minutes(1);
const FORGOTTEN_MS = minutes(15);

/**
 * A move that would take provisioners away waits until two looks, some time apart, found none of them building: one
 * look might fall between two builds of a room that is still at work.
 */
function patiently(move: Move, knob: Knob, arrival: Arrival | undefined, now: Date): Move | Waiting {
  if (move.do !== 'restore' || knob.kind !== 'floor' || !arrival?.daemons) return move;
  const { lease } = move;
  if (!arrival.daemons.seen) return { do: 'wait', why: `whether builds run cannot be seen: ${arrival.daemons.why}` };
  const building = arrival.daemons.value.filter((daemon) => daemon.status === 'busy' && wouldGo(daemon, lease));
  if (building.length > 0) return { do: 'wait', why: `builds run on ${building.map(({ name }) => name).join(', ')}` };
  const idleFor = lease.idleSince ? between(lease.idleSince, now) : 0;
  if (idleFor >= APART_MS && idleFor < FORGOTTEN_MS) return move;
  return { do: 'renew', lease: { ...lease, idleSince: now, edition: lease.edition + 1 } };
}

/** Of a StatefulSet the highest go first; of anything else nobody can say which. */
function wouldGo(daemon: Daemon, { lever, was }: Lease): boolean {
  const ordinal = ordinalOf(daemon);
  return lever.kind !== 'StatefulSet' || ordinal === undefined || ordinal >= Number(was ?? 1);
}

const unseenKnob = (knob: Knob, why: string): Judgement => ({
  subject: subjectOf(knob),
  status: 'unknown',
  evidence: { want: `a look at ${knob.name}`, have: why },
  remedy: ask(`Check that ${knob.cluster} answers and that Greenroom may read it (deploy/rbac.yaml).`),
});

const noSuchKnob = (knob: Knob): Judgement => ({
  subject: subjectOf(knob),
  status: 'fail',
  evidence: { want: 'the workload that the estate names', have: 'no such workload' },
  remedy: ask(`Correct "${knob.name}" in the estate, or deploy it to ${knob.cluster}.`),
});

/** Where no lever would hold, that is only a warning until something is wanted. */
function refusedKnob(knob: Knob, choice: Extract<Choice, { ok: false }>, room: RoomSighting, now: Date): Judgement {
  const wanted = calendarAsks(knob, NO_LEVER, room, now);
  const want = wanted ? `${spellSetting(wanted.value)} for ${wanted.why}` : 'a lever that stays where it is put';
  const looked = { subject: subjectOf(knob), evidence: { want, have: choice.why }, remedy: ask(choice.remedy) };
  return { ...looked, status: wanted ? 'fail' : 'warn' };
}

const NO_LEVER: Lever = { kind: 'Deployment', namespace: '', name: '' };

const spellWish = ({ kind, value, why, until }: Wish): string =>
  `${kind === 'floor' ? 'at least ' : ''}${spellSetting(value)} until ${spoken(until)} for ${why}`;

const ask = (sentence: string): Remedy => ({ by: 'person', ask: sentence });
