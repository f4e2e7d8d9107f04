import { POOL_KINDS, replicasFor, type PoolKind } from './capacity.ts';
import { crowdAt, type Crowd } from './crowd.ts';
import type { Policy } from './policy.ts';
import { minus, minutes, plus } from './time.ts';
import { isWithin, type Interval, type Workshop } from './workshop.ts';

/**
 * What must be true at an instant, and nothing of how it is brought about: the calendar's answer.
 *
 * Reckoned anew from the whole calendar each time, so that a workshop that was cancelled or moved simply asks for
 * nothing any more, and a wake-up that was missed is made good by the next one.
 */
export interface Posture {
  readonly at: Date;
  /** Every workshop that is not over, the earliest first. */
  readonly workshops: readonly Standing[];
  /** Every pool of these kinds is to have at least so many replicas. A kind that is not here has no floor. */
  readonly floors: readonly Floor[];
  /** While it is here, no image is promoted. */
  readonly held?: Shut;
  /** While it is here, keys are to be made fresh: before its `until`, and so that they outlast the pause that follows. */
  readonly rotationDue?: RotationDue;
  /** While it is here, no key is rotated. */
  readonly paused?: Shut;
  /** While it is here, no node is replaced. Never, where the policy does not freeze nodes. */
  readonly frozen?: Shut;
  readonly checks: readonly CheckDue[];
  /** The next instant at which any of this changes. */
  readonly next?: Date;
}

/** In the order in which a workshop passes through them. */
export const PHASES = ['planned', 'checks', 'raised', 'keys', 'closed', 'live', 'grace', 'over'] as const;
export type Phase = (typeof PHASES)[number];

/** Where a workshop stands by itself, whatever the others do. */
export interface Standing {
  readonly workshop: Workshop;
  readonly phase: Phase;
}

export interface Floor {
  readonly kind: PoolKind;
  /**
   * The most that anybody asks for. Rooms that overlap do not add up, since each clicks at its own time; those that
   * arrive together do, and ask as one.
   */
  readonly replicas: number;
  readonly asks: readonly Ask[];
  /** When fewer will do, as far as the workshops that ask now are concerned. */
  readonly until: Date;
  /** When there is no floor any more, whoever asks in between. */
  readonly restoreAt: Date;
}

export interface Ask {
  readonly workshop: Workshop;
  /** With whom its people arrive: what it asks is for all of them. */
  readonly crowd: Crowd;
  readonly replicas: number;
  readonly until: Date;
}

/** One unbroken stretch for all workshops that it is kept for, so that `until` is when it really ends. */
export interface Shut extends Interval {
  readonly workshops: readonly Workshop[];
}

export interface RotationDue extends Shut {
  readonly outlast: Date;
}

/** One unbroken stretch without rotation, and from when before it keys are made to outlast it. */
export interface Pause extends Shut {
  readonly dueFrom: Date;
}

/** A report counts for this workshop only if it was made since then. */
export interface CheckDue {
  readonly workshop: Workshop;
  readonly since: Date;
}

/** A workshop's own instants, from which everything else follows. Intervals are half-open. */
export function timetable({ starts, ends }: Pick<Workshop, 'starts' | 'ends'>, policy: Policy) {
  const before = (lead: number): Date => minus(starts, minutes(lead));
  const until = plus(ends, minutes(policy.graceMinutes));
  return {
    /** Each is when checks are due anew. */
    checks: policy.checkLeadMinutes.toSorted((a, b) => b - a).map(before),
    /** Floors are raised and promotions held. */
    raised: { from: before(policy.raiseLeadMinutes), until },
    /** Keys are made fresh until it is closed, and then last. */
    rotation: { from: before(policy.rotateLeadMinutes), until },
    /** Rotation is paused and nodes are frozen: the workshop's window. */
    closed: { from: before(policy.closeLeadMinutes), until },
    live: { from: starts, until: ends },
  };
}

/**
 * The stretch of the calendar that decides what must be true in [from, until).
 *
 * Further back than one would think: a workshop that is over still keeps rotation paused where the next one follows
 * too soon to rotate in between.
 */
export const horizonOf = ({ from, until }: Interval, policy: Policy): Interval => ({
  from: minus(from, minutes(policy.graceMinutes + policy.rotateLeadMinutes)),
  until: plus(until, minutes(Math.max(...policy.checkLeadMinutes))),
});

type Row = { readonly workshop: Workshop } & ReturnType<typeof timetable>;

function phaseAt(now: Date, { checks, raised, rotation, closed, live }: Row): Phase {
  if (now >= closed.until) return 'over';
  if (now >= live.until) return 'grace';
  if (now >= live.from) return 'live';
  if (now >= closed.from) return 'closed';
  if (now >= rotation.from) return 'keys';
  if (now >= raised.from) return 'raised';
  return checks.some((due) => now >= due) ? 'checks' : 'planned';
}

/** What must be true at `now`. The order of the workshops does not matter. */
export const postureAt = (now: Date, workshops: readonly Workshop[], policy: Policy): Posture =>
  outlook(workshops, policy).at(now);

export interface Outlook {
  at(now: Date): Posture;
  /** Every instant at which the posture can change, in order, each once. */
  readonly boundaries: readonly Date[];
  /** Every stretch without rotation, in order. */
  readonly pauses: readonly Pause[];
}

/** The posture as a function of time, for whoever asks for many instants of the same calendar. */
export function outlook(workshops: readonly Workshop[], policy: Policy): Outlook {
  const rows = inOrder(workshops).map((workshop): Row => ({ workshop, ...timetable(workshop, policy) }));
  const held = stretchesOf(rows, ({ raised }) => raised);
  const frozen = policy.freezeNodes ? stretchesOf(rows, ({ closed }) => closed) : [];
  const { due, paused } = rotationsOf(rows, policy);
  const boundaries = boundariesOf(rows);

  const at = (now: Date): Posture => {
    const ahead = rows.filter(({ closed }) => now < closed.until);
    const next = boundaries.find((instant) => instant > now);
    return {
      at: now,
      workshops: ahead.map((row) => ({ workshop: row.workshop, phase: phaseAt(now, row) })),
      floors: floorsAt(now, ahead, held, policy),
      ...present('held', inForce(held, now)),
      ...present('rotationDue', inForce(due, now)),
      ...present('paused', inForce(paused, now)),
      ...present('frozen', inForce(frozen, now)),
      checks: ahead.flatMap((row) => checkDueAt(now, row)),
      ...present('next', next),
    };
  };
  return { at, boundaries, pauses: paused.map((pause, i) => ({ ...pause, dueFrom: due[i]?.from ?? pause.from })) };
}

const inOrder = (workshops: readonly Workshop[]): Workshop[] =>
  workshops.toSorted((a, b) => a.starts.getTime() - b.starts.getTime() || (a.id < b.id ? -1 : 1));

const inForce = <S extends Interval>(stretches: readonly S[], now: Date): S | undefined =>
  stretches.find((stretch) => isWithin(stretch, now));

/** The intervals of all workshops, those that overlap or touch made one. */
function stretchesOf(rows: readonly Row[], intervalOf: (row: Row) => Interval): Shut[] {
  const stretches: Shut[] = [];
  for (const row of rows) {
    const { from, until } = intervalOf(row);
    const last = stretches.at(-1);
    if (last && from <= last.until) {
      const longer = until > last.until ? until : last.until;
      stretches[stretches.length - 1] = { ...last, until: longer, workshops: [...last.workshops, row.workshop] };
    } else {
      stretches.push({ from, until, workshops: [row.workshop] });
    }
  }
  return stretches;
}

/**
 * When keys are to be made fresh, and when they may not be touched.
 *
 * Where one workshop's pause runs into the time in which the next one's keys would be made, the two are one pause:
 * a gap too short to rotate in is no gap, and the keys that are made before the first must outlast the last.
 */
function rotationsOf(rows: readonly Row[], { rotateLeadMinutes, closeLeadMinutes }: Policy) {
  const chains = stretchesOf(rows, ({ rotation }) => rotation);
  const pauseOf = ({ from }: Shut): Date => plus(from, minutes(rotateLeadMinutes - closeLeadMinutes));
  return {
    due: chains.map((chain): RotationDue => ({ ...chain, until: pauseOf(chain), outlast: chain.until })),
    paused: chains.map((chain): Shut => ({ ...chain, from: pauseOf(chain) })),
  };
}

function floorsAt(now: Date, rows: readonly Row[], held: readonly Shut[], policy: Policy): Floor[] {
  const stretch = inForce(held, now);
  if (!stretch) return [];
  const asking = rows.filter(({ raised }) => isWithin(raised, now));
  return POOL_KINDS.map((kind): Floor => {
    const asks = asksOf(asking, kind, policy);
    const replicas = mostOf(asks);
    const until = whenFewerDo(asking, kind, policy, replicas);
    return { kind, replicas, asks, until, restoreAt: stretch.until };
  });
}

function asksOf(rows: readonly Row[], kind: PoolKind, { sizing }: Policy): Ask[] {
  const workshops = rows.map(({ workshop }) => workshop);
  return rows.map(({ workshop, raised: { until } }): Ask => {
    const crowd = crowdAt(workshop, workshops, sizing);
    return { workshop, crowd, replicas: replicasFor(crowd.people, sizing)[kind], until };
  });
}

const mostOf = (asks: readonly Ask[]): number => Math.max(0, ...asks.map((ask) => ask.replicas));

/** One by one they are over, until those who are left ask for less. */
function whenFewerDo(rows: readonly Row[], kind: PoolKind, policy: Policy, replicas: number): Date {
  const ends = rows.map(({ raised }) => raised.until).toSorted((a, b) => a.getTime() - b.getTime());
  const left = (end: Date): Row[] => rows.filter(({ raised }) => raised.until > end);
  return ends.find((end) => mostOf(asksOf(left(end), kind, policy)) < replicas) ?? latest(ends);
}

/** The latest due instant that has come. Nothing is due any more once the workshop has ended. */
function checkDueAt(now: Date, { workshop, checks, live }: Row): CheckDue[] {
  const since = checks.findLast((due) => due <= now);
  return since && now < live.until ? [{ workshop, since }] : [];
}

function boundariesOf(rows: readonly Row[]): Date[] {
  const all = rows.flatMap(({ checks, raised, rotation, closed, live }) => [
    ...checks,
    ...[raised, rotation, closed, live].flatMap(({ from, until }) => [from, until]),
  ]);
  return [...new Set(all.map((instant) => instant.getTime()))].sort((a, b) => a - b).map((time) => new Date(time));
}

const latest = (instants: readonly Date[]): Date => new Date(Math.max(...instants.map((each) => each.getTime())));

const present = <N extends string, V>(name: N, value: V | undefined): { readonly [K in N]?: V } =>
  (value === undefined ? {} : { [name]: value }) as { readonly [K in N]?: V };
