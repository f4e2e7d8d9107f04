import type { Sizing } from './policy.ts';
import type { Floor } from './posture.ts';
import { between, seconds } from './time.ts';
import type { Workshop } from './workshop.ts';

/** Those whose workspaces are built at the same time: to the provisioners one larger room. */
export interface Crowd {
  /** The earliest first. */
  readonly workshops: readonly Workshop[];
  readonly people: number;
}

/** From the first click of a room until its last build is done, if nobody waits longer than they may. */
export const rushMsOf = ({ arrivalSeconds, waitSeconds, buildSeconds }: Sizing): number =>
  seconds(arrivalSeconds + waitSeconds + buildSeconds);

/**
 * Everybody whose builds are under way when this workshop's people begin to click, and these themselves.
 *
 * Rooms that only overlap click at times of their own, and the same provisioners serve one after the other. Where one
 * room clicks while another's builds still run, both wait in one line, which is as long as that of a room of all of them.
 */
export function crowdAt(workshop: Workshop, others: readonly Workshop[], sizing: Sizing): Crowd {
  const rushMs = rushMsOf(sizing);
  const workshops = others.filter(({ starts }) => {
    const since = between(starts, workshop.starts);
    return since >= 0 && since < rushMs;
  });
  return { workshops, people: workshops.reduce((sum, { attendance }) => sum + attendance.people, 0) };
}

/** The crowds that a floor is as high as it is for: each once, and none that is part of a larger one. */
export function crowdsBehind({ asks, replicas }: Pick<Floor, 'asks' | 'replicas'>): Crowd[] {
  const crowds = asks.filter((ask) => ask.replicas === replicas).map(({ crowd }) => crowd);
  return crowds.filter(
    (crowd, i) => !crowds.some((other, j) => i !== j && isPartOf(crowd, other) && (i > j || !isPartOf(other, crowd))),
  );
}

const isPartOf = (crowd: Crowd, { workshops }: Crowd): boolean =>
  crowd.workshops.every(({ id }) => workshops.some((each) => each.id === id));

/** Whether a floor is for several rooms that arrive together, and for how many people then. */
export function togetherIn(floor: Pick<Floor, 'asks' | 'replicas'>): number | undefined {
  const crowds = crowdsBehind(floor).filter(({ workshops }) => workshops.length > 1);
  return crowds.length === 0 ? undefined : Math.max(...crowds.map(({ people }) => people));
}

/** `“Agents 101” expects 12 people`, `“Agents 101” (12) and “Templates” (12) arrive together: sized as one room of 24` */
export function spellCrowd({ workshops, people }: Crowd): string {
  const [only, ...others] = workshops;
  if (only && others.length === 0) return `“${only.title}” expects ${people} people`;
  const rooms = workshops.map(({ title, attendance }) => `“${title}” (${attendance.people} people)`);
  return `${rooms.join(' and ')} arrive together: sized as one room of ${people}`;
}
