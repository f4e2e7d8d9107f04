import { OutsideError } from '../../src/core/outside-error.ts';
import type { Cluster, Journal, World } from '../../src/ports.ts';
import { eachVerb } from '../each-verb.ts';

/** What becomes of a process at the `nth` time that it does `act`: it dies before or after, or the other side is out. */
export interface Fate {
  readonly act: string;
  readonly nth: number;
  readonly what: (typeof ENDS)[number];
}

/** What every look does to the outside, and what only one that changes something does. Each may be the last of its acts. */
export const USUAL_ACTS = [
  ...['pool', 'rotator', 'nodePool', 'pods'].map((verb) => `cluster ${verb}`),
  'coder daemons',
  'calendar workshops',
  ...['leases', 'holds', 'kept', 'last', 'append', 'untold'].map((verb) => `journal ${verb}`),
];
export const RARE_ACTS = [
  'cluster set',
  ...['keep', 'setLease', 'endLease', 'record', 'hold', 'setUntold'].map((verb) => `journal ${verb}`),
  'wakeups set',
  'wakeups cancel',
  'crew say',
];
export const ENDS = ['dies before', 'dies after', 'is refused'] as const;

export class Killed extends Error {}

export interface Life<W> {
  readonly world: W;
  readonly signal: AbortSignal;
  /** Whether its fate came upon it: the act may never have been done. */
  struck(): boolean;
}

/** A process that has a fate. Once it is dead it neither reaches nor hears anything any more. */
export function fated<W extends World>(world: W, fate: Fate): Life<W> {
  const end = new AbortController();
  let [done, struck] = [0, false];
  const die = (): never => {
    end.abort(new Killed(`${fate.what} ${fate.act}`));
    throw end.signal.reason;
  };
  const act = async (name: string, work: () => Promise<unknown>): Promise<unknown> => {
    end.signal.throwIfAborted();
    const now = name === fate.act && (done += 1) === fate.nth;
    struck ||= now;
    if (now && fate.what === 'dies before') die();
    if (now && fate.what === 'is refused')
      throw new OutsideError({ service: 'weather', operation: name, trouble: 'timeout', detail: 'no answer' });
    const answer = await work();
    if (now) die();
    end.signal.throwIfAborted();
    return answer;
  };
  const mortal = <T extends object>(port: T, name: string): T =>
    eachVerb(port, (verb, work) => act(`${name} ${verb}`, work));
  const { clusters, journal, coder, calendar, gateway, vault, wakeups, crew } = world;
  return {
    world: {
      ...world,
      journal: mortal<Journal>(journal, 'journal'),
      clusters: { cluster: (name: string): Cluster => mortal(clusters.cluster(name), 'cluster') },
      ...(coder && { coder: mortal(coder, 'coder') }),
      ...(calendar && { calendar: mortal(calendar, 'calendar') }),
      // A hash is reckoned at once, with nobody asked.
      ...(gateway && { gateway: { ...mortal(gateway, 'gateway'), hashOf: gateway.hashOf } }),
      ...(vault && { vault: mortal(vault, 'vault') }),
      wakeups: mortal(wakeups, 'wakeups'),
      crew: crew.map((road) => mortal(road, 'crew')),
    },
    signal: end.signal,
    struck: () => struck,
  };
}
