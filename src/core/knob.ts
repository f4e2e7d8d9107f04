import type { Daemon } from './coder.ts';
import type { Judgement, Remedy } from './finding.ts';
import { currentOf, moveFor, spellSetting, type Lease, type Move, type Setting, type Wish } from './lease.ts';
import { spellLever, type Choice, type Lever } from './lever.ts';
import { ordinalOf } from './pod.ts';
import { subjectOf, type Arrival, type Knob, type Orphan, type RoomSighting } from './room.ts';
import { between, minutes, spoken } from './time.ts';
import { calendarAsks, leaseOn, wishFor } from './wish.ts';

/** How a knob stands against what is wanted of it. Every knob gets its finding, also where nothing is wanted. */
export function judgeKnob(knob: Knob, room: RoomSighting, now: Date): Judgement {
  const { stands, orphan } = knob;
  if (!stands.seen) return unseenKnob(knob, stands.why);
  if (!stands.value) return orphan ? goneKnob(knob, orphan.lease) : noSuchKnob(knob);
  const { choice, arrival } = stands.value;
  if (!choice.ok) return refusedKnob(knob, choice, room, now);
  const { lever, value: is } = choice;
  const wish = wishFor(knob, lever, room, now);
  const lease = leaseOn(knob.cluster, lever, room);
  const move = moveFor(is, wish, lease, now);
  return judgeMove(lease ? patiently(bequeathed(move, is, orphan), { is, lease, arrival }, now) : move, {
    knob,
    lever,
    is,
    wish,
  });
}

/** Below another lever nothing is put back: what is written there is undone, and takes pods away in between. */
const bequeathed = (move: Move, is: Setting, orphan: Orphan | undefined): Move =>
  orphan?.heir && move.do === 'restore'
    ? { do: 'end', lease: move.lease, why: `left at ${spellSetting(is)}: ${spellLever(orphan.heir)} decides there now` }
    : move;

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
    ? `Somebody's later word wins. To raise it again: greenroom scale ${name} --replicas <n> --until <time> --why <text>.`
    : `Somebody's later word wins. Set ${name} by hand if it must stand still.`;

/** Two looks that found nobody building are at least so far apart, and not so far that the first one is forgotten. */
const APART_MS = minutes(1);
const FORGOTTEN_MS = minutes(15);

interface Lowering {
  readonly is: Setting;
  readonly lease: Lease;
  readonly arrival: Arrival | undefined;
}

/**
 * A move that would take provisioners away waits until two looks, some time apart, found none of them building: one
 * look might fall between two builds of a room that is still at work. In between only the journal is brought up to date.
 */
function patiently(move: Move, { is, lease, arrival }: Lowering, now: Date): Move | Waiting {
  const to = loweredTo(move, is);
  if (to === undefined || !arrival?.daemons) return move;
  const { daemons } = arrival;
  const meanwhile = writtenDown(move, lease);
  if (!daemons.seen) return meanwhile ?? { do: 'wait', why: `whether builds run cannot be seen: ${daemons.why}` };
  const building = daemons.value.filter((daemon) => daemon.status === 'busy' && wouldGo(daemon, lease.lever, to));
  if (building.length > 0) {
    const busy = { do: 'wait', why: `builds run on ${building.map(({ name }) => name).join(', ')}` } as const;
    return meanwhile ?? (lease.idleSince ? idle(lease, undefined) : busy);
  }
  if (meanwhile) return idle({ ...meanwhile.lease, edition: lease.edition }, now);
  const idleFor = lease.idleSince ? between(lease.idleSince, now) : FORGOTTEN_MS;
  if (idleFor >= FORGOTTEN_MS) return idle(lease, now);
  return idleFor >= APART_MS ? move : { do: 'wait', why: 'nobody builds; it is looked at once more' };
}

/** To how many replicas a floor would fall; nothing where it would not. */
function loweredTo(move: Move, is: Setting): number | undefined {
  if ((move.do !== 'restore' && move.do !== 'take') || move.lease.kind !== 'floor') return undefined;
  const to = Number((move.do === 'restore' ? move.lease.was : currentOf(move.lease)) ?? 0);
  return to < Number(is) ? to : undefined;
}

/** What a fall that has to wait changes about its lease at once: for whom, and until when. */
function writtenDown({ do: does, ...move }: Move, lease: Lease): Extract<Move, { do: 'renew' }> | undefined {
  if (does !== 'take' || !('lease' in move)) return undefined;
  const { until, by, why } = move.lease;
  const isWritten = until.getTime() === lease.until.getTime() && by === lease.by && why === lease.why;
  return isWritten ? undefined : { do: 'renew', lease: { ...move.lease, sets: lease.sets } };
}

function idle(lease: Lease, since: Date | undefined): Move {
  const { idleSince: _, ...rest } = lease;
  return { do: 'renew', lease: { ...rest, ...(since && { idleSince: since }), edition: lease.edition + 1 } };
}

/** Of a StatefulSet the highest go first; of anything else nobody can say which. */
function wouldGo(daemon: Daemon, { kind }: Lever, to: number): boolean {
  const ordinal = ordinalOf(daemon);
  return kind !== 'StatefulSet' || ordinal === undefined || ordinal >= to;
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

/** Nothing is there to be put back: only the lease is left to be ended. */
const goneKnob = (knob: Knob, lease: Lease): Judgement => ({
  subject: subjectOf(knob),
  status: 'warn',
  evidence: { want: 'as it was', have: 'gone' },
  remedy: {
    by: 'greenroom',
    step: { kind: 'move-knob', is: lease.was, move: { do: 'end', lease, why: 'is gone' } },
  },
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
