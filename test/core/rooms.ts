import type { Rush } from '../../src/core/queue.ts';

type Random = () => number;

/** A small seeded generator, so that a failing room can be looked at again. */
function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How long one build takes. */
export type Build = (random: Random) => number;

export const always =
  (seconds: number): Build =>
  () =>
    seconds;

/** Log-normal with a long tail (σ 0.35), such that nine in ten take `p90` seconds at most. */
export const lengthen =
  (p90: number): Build =>
  (random) => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return p90 * Math.exp(0.35 * (normal - 1.2816));
  };

interface Event {
  readonly at: number;
  readonly kind: 'arrives' | 'finishes';
}

/**
 * A thousand rooms, event by event: people who come and builds that finish, in the order of the clock.
 *
 * Written apart from the reckoning that it checks: it knows a clock, a line of people and how many provisioners are
 * idle, and nothing of chances. Returns every wait in seconds, the shortest first.
 */
export function simulated(rush: Rush, provisioners: number, build: Build, rooms = 1_000): number[] {
  const random = seeded(20_260_914);
  return Array.from({ length: rooms }, () => served(arrivalsOf(rush, random), provisioners, build, random))
    .flat()
    .sort((a, b) => a - b);
}

/** Another room of the same size that begins so much later. */
export function simulatedPair(rush: Rush, apartSeconds: number, provisioners: number, rooms = 1_000): number[] {
  const random = seeded(20_260_915);
  return Array.from({ length: rooms }, () => {
    const arrivals = [...arrivalsOf(rush, random), ...arrivalsOf(rush, random).map((at) => at + apartSeconds)];
    return served(arrivals, provisioners, always(rush.buildSeconds), random);
  })
    .flat()
    .sort((a, b) => a - b);
}

const arrivalsOf = ({ people, arrivalSeconds }: Rush, random: Random): number[] =>
  Array.from({ length: people }, () => random() * arrivalSeconds);

function served(arrivals: readonly number[], provisioners: number, build: Build, random: Random): number[] {
  const clock: Event[] = arrivals.map((at) => ({ at, kind: 'arrives' }));
  const line: number[] = [];
  const waits: number[] = [];
  let idle = provisioners;
  while (clock.length > 0) {
    clock.sort((a, b) => b.at - a.at);
    const { at, kind } = clock.pop() as Event;
    if (kind === 'arrives') line.push(at);
    else idle += 1;
    while (idle > 0 && line.length > 0) {
      waits.push(at - (line.shift() ?? at));
      idle -= 1;
      clock.push({ at: at + build(random), kind: 'finishes' });
    }
  }
  return waits;
}
