/** A room full of people who each want one workspace built. */
export interface Rush {
  /** How many come. */
  readonly people: number;
  /** They come independently, at any moment of this stretch alike. 0: all at the same moment. */
  readonly arrivalSeconds: number;
  /** How long a provisioner is busy with each. */
  readonly buildSeconds: number;
}

/**
 * How likely it is that somebody waits longer than `seconds` before a provisioner begins with their workspace.
 *
 * With provisioners that all start idle, take the first come first and are busy for the same time with each, one
 * waits longer than x exactly when for some j at least j × provisioners others came before one, but within the last
 * j × build − x seconds: they occupy every provisioner j times over. Averaged over the moment one comes; the
 * different j are added up, which can only overstate. Checked against a simulation in the tests.
 */
export function chanceOfWaiting(seconds: number, rush: Rush, provisioners: number): number {
  const moments = Array.from({ length: MOMENTS }, (_, i) => (i + 0.5) / MOMENTS);
  const chances = moments.map((moment) => chanceAt(moment, seconds, rush, provisioners));
  return chances.reduce((sum, each) => sum + each, 0) / MOMENTS;
}

/** Enough that twice as many change no figure by a second. */
const MOMENTS = 100;

/** The same for somebody who comes at this moment of the arrival, from 0 to 1. */
function chanceAt(moment: number, seconds: number, rush: Rush, provisioners: number): number {
  const { people, arrivalSeconds, buildSeconds } = rush;
  let chance = 0;
  for (let rounds = 1; rounds * provisioners < people; rounds += 1) {
    const stretch = rounds * buildSeconds - seconds;
    const isAllSoFar = stretch >= moment * arrivalSeconds;
    const share = isAllSoFar ? moment : Math.max(0, stretch) / arrivalSeconds;
    if (stretch > 0) chance += chanceOfAtLeast(rounds * provisioners, people - 1, share);
    if (isAllSoFar && stretch > 0) break;
  }
  return Math.min(1, chance);
}

/** How likely at least `least` of `count` independent things happen, each with chance `share`. */
function chanceOfAtLeast(least: number, count: number, share: number): number {
  if (least > count || share <= 0) return 0;
  if (share >= 1) return 1;
  const odds = Math.log(share) - Math.log1p(-share);
  let term = count * Math.log1p(-share);
  let fewer = 0;
  for (let hits = 0; hits < least; hits += 1) {
    fewer += Math.exp(term);
    term += odds + Math.log((count - hits) / (hits + 1));
  }
  return Math.max(0, 1 - fewer);
}

/** The wait that a share of all people (0.95: nineteen in twenty) do not exceed, in seconds. */
export function waitOf(share: number, rush: Rush, provisioners: number): number {
  const isEnough = (seconds: number): boolean => chanceOfWaiting(seconds, rush, provisioners) <= 1 - share + 1e-9;
  if (isEnough(0)) return 0;
  let [tooShort, enough] = [0, rush.buildSeconds * Math.ceil(rush.people / provisioners)];
  while (enough - tooShort > 0.1) {
    const middle = (tooShort + enough) / 2;
    if (isEnough(middle)) enough = middle;
    else tooShort = middle;
  }
  return enough;
}

/** The fewest provisioners with which nineteen people in twenty wait `seconds` at most, and never fewer than `least`. */
export function provisionersFor(rush: Rush, seconds: number, least: number): number {
  let provisioners = least;
  while (chanceOfWaiting(seconds, rush, provisioners) > 1 - P95) provisioners += 1;
  return provisioners;
}

export const P95 = 0.95;
