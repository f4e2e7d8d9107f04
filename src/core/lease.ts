import type { Pool } from './estate.ts';
import type { Lever } from './lever.ts';
import { spoken } from './time.ts';

/** What a knob can stand at: replicas, suspended or not, a text such as a disruption budget; `null` for not set at all. */
export type Setting = number | boolean | string | null;

/**
 * A change that Greenroom made, and takes back by itself.
 *
 * Written down before the change is made, so that a run that dies in between leaves a lease without a change, which
 * costs nothing, and never a change without a lease.
 */
export interface Lease {
  /** The knob's name, as `knobOf` spells it: one lease for each. */
  readonly target: string;
  /** Where the knob is, so that it can be put back by whoever finds the lease and knows nothing else. */
  readonly cluster: string;
  readonly lever: Lever;
  readonly kind: 'floor' | 'pause' | 'freeze';
  /** Of a floor: whose, so that builds are looked for also when the estate names it no longer. */
  readonly pool?: Pool;
  /** What stood there before the first change: what is restored. */
  readonly was: Setting;
  /** Everything that we ever set under this lease, the current value last: a run may have died before any of them. */
  readonly sets: readonly Setting[];
  readonly since: Date;
  /** Exclusive. A lease always ends: nothing stays changed because Greenroom died. */
  readonly until: Date;
  /** `calendar`, or a person's name. */
  readonly by: string;
  readonly why: string;
  /** Since when nobody was seen to use what would be taken away, once it is to be taken away. */
  readonly idleSince?: Date;
  /** Somebody has begun to put it back, and may still be at it. */
  readonly isLifting?: true;
  /** Grows with each writing, so that of two who change it at once only one does. */
  readonly edition: number;
}

/** What somebody, mostly the calendar, wants of a knob until an instant. */
export interface Wish extends Pick<Lease, 'target' | 'cluster' | 'lever' | 'kind' | 'pool' | 'until' | 'by' | 'why'> {
  readonly value: Exclude<Setting, null>;
}

/** What is to be done about a knob. `take` and `restore` change the world; the others only the journal, or nothing. */
export type Move =
  | { readonly do: 'nothing' }
  /** Write `lease` down, then set the knob to the last of its `sets`. */
  | { readonly do: 'take'; readonly lease: Lease }
  /** The knob stands right; only the lease's end or reason has changed. */
  | { readonly do: 'renew'; readonly lease: Lease }
  | { readonly do: 'restore'; readonly lease: Lease }
  /** Nothing to put back: it stands as before, or somebody has changed it since and theirs wins. */
  | { readonly do: 'end'; readonly lease: Lease; readonly why: string }
  /** Somebody set it lower than is wanted, after us. Not ours to overrule: people are told. */
  | { readonly do: 'yield'; readonly lease: Lease; readonly why: string };

/**
 * What to do about a knob that stands at `is`, given what is wanted of it now and the lease on it, if there is one.
 *
 * Three-way: what stood there before, what we set, what stands there now. A value that is none of ours and not what
 * we found is somebody's decision: it is never put back, only told. What we found again under a lease is a run of ours
 * that died before its change, or a deployment that reset it; either way it is changed once more.
 */
export function moveFor(is: Setting, wish: Wish | undefined, lease: Lease | undefined, now: Date): Move {
  if (lease && !wish) return lifted(is, lease);
  if (!wish) return { do: 'nothing' };
  return lease ? underLease(is, wish, lease) : afresh(is, wish, now);
}

function afresh(is: Setting, wish: Wish, now: Date): Move {
  if (satisfies(is, wish)) return { do: 'nothing' };
  const { value, ...rest } = wish;
  return { do: 'take', lease: { ...rest, was: is, sets: [value], since: now, edition: 1 } };
}

function underLease(is: Setting, wish: Wish, lease: Lease): Move {
  // What was there suffices by now, as when a second workshop is cancelled: ours goes, theirs comes back.
  if (satisfies(lease.was, wish)) return lifted(is, lease);
  const { until, by, why } = wish;
  const { idleSince: _, isLifting, ...known } = lease;
  const next = { ...known, until, by, why, edition: lease.edition + 1 };
  if (is === currentOf(lease) && is === wish.value) {
    // Written once more, so that whoever is about to put it back finds it changed since.
    if (isLifting) return { do: 'take', lease: next };
    return isSame(lease, wish) ? { do: 'nothing' } : { do: 'renew', lease: next };
  }
  if (isOurs(is, lease)) return { do: 'take', lease: { ...next, sets: withLast(lease.sets, wish.value) } };
  if (satisfies(is, wish)) return isSame(lease, wish) ? { do: 'nothing' } : { do: 'renew', lease: next };
  // Somebody went above us, and a larger workshop goes above them: theirs is what comes back.
  if (isAbove(is, lease)) return { do: 'take', lease: { ...next, was: is, sets: [wish.value] } };
  return {
    do: 'yield',
    lease,
    why: `${spellSetting(is)} was set by somebody after Greenroom set ${spellSetting(currentOf(lease))}`,
  };
}

function lifted(is: Setting, lease: Lease): Move {
  if (is === lease.was) return { do: 'end', lease, why: `stands at ${spellSetting(is)} again` };
  if (lease.sets.includes(is)) return { do: 'restore', lease };
  return {
    do: 'end',
    lease,
    why: `left at ${spellSetting(is)}: somebody changed it after Greenroom set ${spellSetting(currentOf(lease))}`,
  };
}

/** A floor is satisfied by anything above it; everything else only by the very value. */
const satisfies = (is: Setting, { kind, value }: Pick<Wish, 'kind' | 'value'>): boolean =>
  kind === 'floor' ? typeof is === 'number' && is >= Number(value) : is === value;

/** What we set, or what we found: neither is anybody's decision since. */
const isOurs = (is: Setting, { was, sets }: Lease): boolean => is === was || sets.includes(is);

const isAbove = (is: Setting, lease: Lease): boolean =>
  lease.kind === 'floor' && typeof is === 'number' && [lease.was, ...lease.sets].every((ours) => is > Number(ours));

export const currentOf = ({ sets, was }: Lease): Setting => sets.at(-1) ?? was;

const withLast = (sets: readonly Setting[], value: Setting): Setting[] => [
  ...sets.filter((set) => set !== value),
  value,
];

/** Written down, wanted for the same, and nobody is at it. */
const isSame = (lease: Lease, { until, by, why }: Wish): boolean =>
  lease.edition > 0 &&
  !lease.isLifting &&
  lease.until.getTime() === until.getTime() &&
  lease.by === by &&
  lease.why === why;

/** A CronJob's setting is whether it is suspended. */
export function spellSetting(setting: Setting): string {
  if (typeof setting === 'boolean') return setting ? 'suspended' : 'running';
  return setting === null ? 'nothing' : String(setting);
}

/** `10 instead of 3 until 2026-12-01 18:00 UTC by calendar: Agents 101`. */
export const spellLease = (lease: Lease): string =>
  `${spellSetting(currentOf(lease))} instead of ${spellSetting(lease.was)} until ${spoken(lease.until)} by ${lease.by}: ${lease.why}`;

/** One line of a knob's story, for whoever asks why it stands as it does. */
export interface Entry {
  readonly target: string;
  readonly at: Date;
  readonly by: string;
  readonly line: string;
  /** What was changed; left out where nothing was, such as where somebody's later word was left to stand. */
  readonly change?: Turn;
}

/** A knob turned from one setting to another. */
export interface Turn {
  readonly from: Setting;
  readonly to: Setting;
  /** When it goes back; left out where it just has. */
  readonly until?: Date;
  readonly why: string;
}
