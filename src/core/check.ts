import type { CalendarSighting } from './calendar.ts';
import type { Credential } from './credential.ts';
import type { Estate } from './estate.ts';
import type { Finding, Judgement } from './finding.ts';
import type { KeysSighting } from './keys.ts';
import type { RoomSighting } from './room.ts';
import type { ImageSighting, ProxiesSighting, RunningSighting, Seen } from './sighting.ts';
import type { WindowsSighting } from './windows.ts';

/** Everything that can be looked at, one name per kind of looking. */
export interface Facets {
  images: readonly ImageSighting[];
  /** What runs in the clusters; empty where the estate names none. */
  running: readonly RunningSighting[];
  /** Left empty where the estate names no Coder. */
  proxies: readonly ProxiesSighting[];
  /** `undefined` for an estate without a calendar. */
  calendar: CalendarSighting | undefined;
  room: RoomSighting;
  /** Unseen where neither the calendar nor its last good copy could be read; nothing where the estate has none. */
  windows: WindowsSighting;
  /** Everything that ends by itself. */
  credentials: readonly Credential[];
  keys: KeysSighting;
}

export type Facet = keyof Facets;
export type Have = { readonly [F in Facet]?: Seen<Facets[F]> };

/** A statement about the world, and the pure function that tells whether it holds at `now`. */
export interface Check<F extends Facet = Facet> {
  readonly name: string;
  readonly needs: readonly F[];
  /** Whether an estate has anything of the kind. Left out: every estate has. */
  concerns?(estate: Estate): boolean;
  judge(have: Pick<Facets, F>, now: Date): readonly Judgement[];
}

/**
 * Every finding of every check. No check is ever silent.
 *
 * A check is not asked to judge what could not be seen: it yields one `unknown` finding instead, naming what was
 * missing. One that finds nothing to judge says so, because a report must tell an empty room from a check that
 * never ran.
 */
export function examine(checks: readonly Check[], have: Have, now: Date): Finding[] {
  return checks.flatMap((check) => {
    const blind = check.needs.flatMap((facet) => {
      const looked = have[facet];
      return looked?.seen ? [] : [`${facet}: ${looked?.why ?? 'not looked at'}`];
    });
    const judged = blind.length > 0 ? [couldNotLook(check, blind.join('; '))] : check.judge(valuesOf(have), now);
    const judgements = judged.length > 0 ? judged : [nothingToJudge];
    return judgements.map((judgement) => ({ check: check.name, ...judgement }));
  });
}

function couldNotLook({ needs }: Check, why: string): Judgement {
  return {
    subject: needs.join(', '),
    status: 'unknown',
    hides: '',
    evidence: { want: 'a look at the world', have: why },
    remedy: { by: 'person', ask: `Find out why Greenroom cannot see ${needs.join(', ')}.` },
  };
}

const nothingToJudge: Judgement = {
  subject: 'nothing',
  status: 'ok',
  evidence: { want: 'something to look after', have: 'nothing' },
};

/** Only reached when all that the check needs was seen, which is what makes the cast honest. */
function valuesOf(have: Have): Facets {
  return Object.fromEntries(
    Object.entries(have).flatMap(([facet, looked]) => (looked?.seen ? [[facet, looked.value]] : [])),
  ) as unknown as Facets;
}
