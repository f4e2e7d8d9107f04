import { replicasFor } from '../../src/core/capacity.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';

/** A workshop as the referee knows it, in milliseconds, and since when it has been announced in this form. */
export interface Announced {
  readonly title: string;
  readonly starts: number;
  readonly ends: number;
  readonly people: number;
  readonly since: number;
}

/** How everything stands that is turned. */
export interface Standing {
  readonly provisioners: number;
  readonly gateway: number;
  readonly paused: boolean;
  readonly frozen: boolean;
  readonly held: boolean;
}

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

/** The promises in figures of the referee's own: the program's are not asked. */
const RAISED = 24 * HOUR;
const KEYS = 3 * HOUR;
const CLOSED = 2 * HOUR;
const GRACE = HOUR;
/** Two looks before the window at the latest, so that what fires with it finds itself paused. */
const EARLY = 10 * MINUTE;

const covers = (lead: number, at: number) => (each: Announced) => each.starts - lead <= at && at < each.ends + GRACE;

export const raisedAt = (known: readonly Announced[], at: number): Announced[] => known.filter(covers(RAISED, at));
export const closedAt = (known: readonly Announced[], at: number): Announced[] => known.filter(covers(CLOSED, at));

/** From the first click to the last build of a room: 120 s, 15 s and 90 s. */
const RUSH = 225_000;

/** Whose builds run when this workshop's people begin to click. */
const arriving = ({ starts }: Announced, raised: readonly Announced[]): number =>
  raised.reduce((sum, other) => (other.starts <= starts && starts < other.starts + RUSH ? sum + other.people : sum), 0);

/** Rotation may stand still as soon as the keys are made that outlast it, and in a gap that is too short to rotate in. */
function mayBePaused(known: readonly Announced[], at: number): boolean {
  if (known.some(covers(KEYS, at))) return true;
  const last = Math.max(...known.filter(({ ends }) => ends + GRACE <= at).map(({ ends }) => ends + GRACE));
  return bridged(known, last) && known.some(({ starts }) => at < starts && bridged(known, starts - KEYS));
}

/** Whether an instant between two workshops belongs to a pause that runs from the one into the other. */
const bridged = (known: readonly Announced[], at: number): boolean =>
  known.some(({ starts, ends }) => starts - KEYS <= at && at <= ends + GRACE);

/** What is wrong right after a look that nothing hindered. `loose`: knobs on which somebody has put a hand since. */
export function wrongAt(
  at: number,
  stands: Standing,
  usual: Standing,
  known: readonly Announced[],
  loose: ReadonlySet<keyof Standing>,
): string[] {
  const wrong: string[] = [];
  const raised = raisedAt(known, at);
  for (const kind of ['provisioners', 'gateway'] as const) {
    const want = Math.max(
      usual[kind],
      ...raised.map((each) => replicasFor(arriving(each, raised), DEFAULT_POLICY.sizing)[kind]),
    );
    if (loose.has(kind)) continue;
    if (stands[kind] < want) wrong.push(`window missed: ${kind} at ${stands[kind]}, ${want} promised`);
    if (kind === 'gateway' && raised.length === 0 && stands[kind] !== want)
      wrong.push(`lease outlived its end: ${kind} at ${stands[kind]} instead of ${want}`);
  }
  const closed = closedAt(known, at).length > 0;
  if (closed && !stands.paused) wrong.push('window missed: rotation is not paused');
  if (!mayBePaused(known, at) && stands.paused) wrong.push('lease outlived its end: rotation is paused');
  if (closed !== stands.frozen)
    wrong.push(closed ? 'window missed: nodes are not frozen' : 'lease outlived its end: nodes are frozen');
  if (raised.length > 0 !== stands.held)
    wrong.push(stands.held ? 'hold outlived its end' : 'window missed: promotions are not held');
  return wrong;
}

/** Whether the loop had a look, undisturbed, after a rotation at this instant became forbidden and before it happened. */
export const rotatedInWindow = (known: readonly Announced[], at: number, lastFair: number, touched: number): boolean =>
  known.some(
    (each) =>
      covers(CLOSED, at)(each) &&
      lastFair < at &&
      lastFair >= Math.max(each.starts - CLOSED - EARLY, each.since, touched),
  );

/** The same of a promotion, which is held for a day before. */
export const promotedInWindow = (known: readonly Announced[], at: number, lastFair: number): boolean =>
  known.some((each) => covers(RAISED, at)(each) && lastFair >= Math.max(each.starts - RAISED, each.since));
