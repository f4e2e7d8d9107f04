import { isWayToBreak, WAYS_TO_BREAK } from '../../src/rehearsal/embedded.ts';
import { isWayToBreakAGateway, WAYS_TO_BREAK_A_GATEWAY } from '../../src/rehearsal/litellm/breakdown.ts';
import type { Raised } from './raise.ts';

/** What can be broken besides the regions. */
export const GATEWAY = 'gateway';

/** The ways in which something can be broken, the usual one first. */
export const waysFor = (thing: string): readonly string[] =>
  thing === GATEWAY ? WAYS_TO_BREAK_A_GATEWAY : WAYS_TO_BREAK;

/** What is broken in the embedded world, until it is mended or its time is over. */
export interface Breakage {
  break(thing: string, how: string, forMs?: number): void;
  /** Resolves to what was broken of it; of everything where nothing is named. */
  mend(thing?: string): readonly string[];
}

export function breakageOf({ embedded, campus, care }: Pick<Raised, 'embedded' | 'campus' | 'care'>): Breakage {
  const timers = new Map<string, NodeJS.Timeout>();
  const broken = new Set<string>();
  const set = (thing: string, how: string | undefined): void => {
    if (thing === GATEWAY && (how === undefined || isWayToBreakAGateway(how))) return campus.breakGateway(how);
    if (how === undefined) return embedded.mend(thing);
    if (!isWayToBreak(how)) throw new Error(`${thing} cannot be broken like that, only ${waysFor(thing).join(', ')}`);
    embedded.break(thing, how);
  };
  const mend = (thing: string): void => {
    set(thing, undefined);
    clearTimeout(timers.get(thing));
    timers.delete(thing);
    broken.delete(thing);
    care.ring('schedule');
  };
  return {
    break: (thing, how, forMs) => {
      set(thing, how);
      broken.add(thing);
      clearTimeout(timers.get(thing));
      if (forMs !== undefined) timers.set(thing, setTimeout(() => mend(thing), forMs).unref());
    },
    mend: (thing) => {
      const mended = thing === undefined ? [...broken] : [thing].filter((each) => broken.has(each));
      // One that is unknown is refused by its name.
      if (thing !== undefined && mended.length === 0) set(thing, undefined);
      mended.forEach(mend);
      return mended;
    },
  };
}
