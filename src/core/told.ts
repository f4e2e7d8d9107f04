import type { Finding } from './finding.ts';
import type { Report } from './report.ts';

/**
 * What people have been told is amiss, and not yet that it was put right: by finding, who sees it and as what.
 *
 * Shared by all automations, because an outage is one outage whoever looks: a look behind the tags sees most of what a
 * look at the tags saw before it.
 */
export type Told = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const nothingTold: Told = {};

export interface Heard {
  /** What nobody has been told, or not as this. */
  readonly fresh: readonly Finding[];
  /** Subject and check of what is over. */
  readonly over: readonly Pick<Finding, 'subject' | 'check'>[];
  readonly told: Told;
}

/**
 * What of a report is new to people, whichever automation told them the rest.
 *
 * Over is what this automation itself saw amiss and sees no more, together with whatever others saw as the same: who
 * looks less far than another never ends what only that one can see. Where another finds it amiss after that, it is
 * told anew.
 */
export function hear(told: Told, { automation, findings }: Pick<Report, 'automation' | 'findings'>): Heard {
  const next = new Map(Object.entries(told));
  const amiss = findings.filter(({ status }) => status !== 'ok');
  const fresh = amiss.filter((finding) => {
    const seen = next.get(keyOf(finding)) ?? {};
    next.set(keyOf(finding), { ...seen, [automation]: kindOf(finding) });
    return !Object.values(seen).includes(kindOf(finding));
  });
  const still = new Set(amiss.map(keyOf));
  const over = [...next].flatMap(([key, seen]) => {
    const ours = seen[automation];
    if (ours === undefined || still.has(key)) return [];
    const others = Object.entries(seen).filter(([, kind]) => kind !== ours);
    if (others.length > 0) next.set(key, Object.fromEntries(others));
    else next.delete(key);
    return others.length > 0 ? [] : [namedBy(key)];
  });
  return { fresh, over, told: Object.fromEntries(next) };
}

/** A status, and the threshold within it. */
const kindOf = ({ status, rung = '' }: Finding): string => `${status} ${rung}`;

const keyOf = ({ check, subject }: Finding): string => `${check}\n${subject}`;

function namedBy(key: string): Pick<Finding, 'subject' | 'check'> {
  const [check = '', subject = ''] = key.split('\n');
  return { check, subject };
}
