import { POOL_KINDS, type PoolKind } from './capacity.ts';
import { crowdsBehind, spellCrowd } from './crowd.ts';
import type { Policy } from './policy.ts';
import { outlook, type Floor, type Posture, type Shut } from './posture.ts';
import { between, minus, spokenDuration } from './time.ts';
import type { Workshop } from './workshop.ts';

/** Everything that the calendar makes happen, in the words of a plan. */
export type Deed =
  | 'check'
  | 'raise'
  | 'lower'
  | 'keep'
  | 'restore'
  | 'hold'
  | 'release'
  | 'rotate'
  | 'pause'
  | 'resume'
  | 'freeze'
  | 'thaw'
  | 'start'
  | 'end';

/** One change of the posture, with its reason. */
export interface Change {
  readonly at: Date;
  readonly does: Deed;
  /** Which pools are raised, lowered, kept or restored, and to how many replicas. */
  readonly kind?: PoolKind;
  readonly replicas?: number;
  /** How long it stays so. For `rotate`: what the keys must outlast. */
  readonly until?: Date;
  /** A sentence without its full stop. */
  readonly why: string;
  readonly workshops: readonly Workshop[];
}

/**
 * Every change in [from, to), in order: what wakes a look at the exact instant, and what `greenroom plan` prints.
 *
 * Nothing but the differences between successive postures, so that a plan can not say anything else than what will
 * be done.
 */
export function instantsOf(workshops: readonly Workshop[], policy: Policy, from: Date, to: Date): Change[] {
  const { at, boundaries } = outlook(workshops, policy);
  const instants = boundaries.filter((instant) => from <= instant && instant < to);
  // An instant is a whole number of milliseconds: nothing changes in the one before a boundary.
  return instants.flatMap((instant) => changesBetween(at(minus(instant, 1)), at(instant)));
}

function changesBetween(before: Posture, after: Posture): Change[] {
  const { at } = after;
  const changes = [
    ...checksDue(after),
    ...POOL_KINDS.flatMap((kind) => floorChanges(floorOf(before, kind), floorOf(after, kind), kind)),
    ...shutChanges(before.held, after.held, 'hold', 'release'),
    ...rotationsDue(before, after),
    ...shutChanges(before.paused, after.paused, 'pause', 'resume'),
    ...shutChanges(before.frozen, after.frozen, 'freeze', 'thaw'),
    ...comings(before, after),
  ];
  return changes.map((change) => ({ at, ...change }));
}

type Unstamped = Omit<Change, 'at'>;

function checksDue({ at, checks }: Posture): Unstamped[] {
  return checks
    .filter(({ since }) => since.getTime() === at.getTime())
    .map(({ workshop }) => ({
      does: 'check',
      why: startOf(workshop, at),
      workshops: [workshop],
    }));
}

const floorOf = ({ floors }: Posture, kind: PoolKind): Floor | undefined => floors.find((floor) => floor.kind === kind);

function floorChanges(before: Floor | undefined, after: Floor | undefined, kind: PoolKind): Unstamped[] {
  const gone = workshopsOf(before).filter(({ id }) => !workshopsOf(after).some((each) => each.id === id));
  const come = workshopsOf(after).filter(({ id }) => !workshopsOf(before).some((each) => each.id === id));
  if (!after) return before ? [{ does: 'restore', kind, why: areOver(gone), workshops: gone }] : [];
  if (gone.length + come.length === 0) return [];
  const { replicas, until } = after;
  const change = replicas - (before?.replicas ?? 0);
  const does = change > 0 ? 'raise' : change < 0 ? 'lower' : 'keep';
  const asked = does === 'keep' && come.length > 0 ? needNoMore(come) : whoAsks(after);
  const why = gone.length > 0 ? `${areOver(gone)}; ${asked}` : asked;
  return [{ does, kind, replicas, until, why, workshops: come.length > 0 ? come : gone }];
}

const workshopsOf = (floor: Floor | undefined): Workshop[] => floor?.asks.map(({ workshop }) => workshop) ?? [];

/** Those who ask for the most: nobody else is the reason for the height. */
const whoAsks = (floor: Floor): string => crowdsBehind(floor).map(spellCrowd).join('; ');

/** Two stretches never meet, so that one ends or one begins, and never both. */
function shutChanges(before: Shut | undefined, after: Shut | undefined, shuts: Deed, opens: Deed): Unstamped[] {
  if (before && !after) return [{ does: opens, why: areOver(lastOf(before.workshops)), workshops: before.workshops }];
  if (!after || before) return [];
  const { from, until, workshops } = after;
  return [{ does: shuts, until, why: startsOf(workshops, from), workshops }];
}

function rotationsDue(before: Posture, { at, rotationDue }: Posture): Unstamped[] {
  if (!rotationDue || before.rotationDue) return [];
  const { workshops, outlast, until } = rotationDue;
  const why = `rotation is paused ${spokenDuration(between(at, until))} later; ${startsOf(workshops, at)}`;
  return [{ does: 'rotate', until: outlast, why, workshops }];
}

function comings({ workshops: before }: Posture, { at, workshops: after }: Posture): Unstamped[] {
  const starting = after.filter(({ workshop }) => workshop.starts.getTime() === at.getTime());
  const ending = before.filter(({ workshop }) => workshop.ends.getTime() === at.getTime());
  return [
    ...ending.map(({ workshop }): Unstamped => ({
      does: 'end',
      why: `“${workshop.title}” ends`,
      workshops: [workshop],
    })),
    ...starting.map(({ workshop }): Unstamped => ({
      does: 'start',
      why: `“${workshop.title}” starts`,
      workshops: [workshop],
    })),
  ];
}

const titles = (workshops: readonly Workshop[]): string => workshops.map(({ title }) => `“${title}”`).join(', ');
const verb = (workshops: readonly Workshop[], one: string, many: string): string =>
  `${titles(workshops)} ${workshops.length > 1 ? many : one}`;
const areOver = (workshops: readonly Workshop[]): string => verb(workshops, 'is over', 'are over');
const needNoMore = (workshops: readonly Workshop[]): string => verb(workshops, 'needs no more', 'need no more');
const startOf = ({ title, starts }: Workshop, at: Date): string =>
  `“${title}” starts in ${spokenDuration(between(at, starts))}`;

/** The first by its name, the others by their number: a week of workshops is one stretch. */
function startsOf([first, ...others]: readonly Workshop[], at: Date): string {
  const follow =
    others.length > 1 ? `; ${others.length} more follow` : others[0] ? `; “${others[0].title}” follows` : '';
  return first ? startOf(first, at) + follow : '';
}

/** Those that end last. */
function lastOf(workshops: readonly Workshop[]): Workshop[] {
  const last = Math.max(...workshops.map(({ ends }) => ends.getTime()));
  return workshops.filter(({ ends }) => ends.getTime() === last);
}
