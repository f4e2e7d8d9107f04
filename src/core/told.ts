import { outageIn } from './outside-error.ts';
import type { Amiss, Finding } from './finding.ts';
import type { Policy } from './policy.ts';
import type { Report } from './report.ts';
import { between, minutes } from './time.ts';

/**
 * What people have been told is amiss, and not yet that it was put right, by check and subject.
 *
 * Shared by all automations, because an outage is one outage whoever looks: a look behind the tags sees most of what a
 * look at the tags saw before it. Plain data, as it waits in the journal: instants are ISO texts.
 */
export type Told = Readonly<Record<string, Standing>>;

/** How something that is amiss stands with people. */
export interface Standing {
  /** What each automation sees it as: a status, and the threshold within it. */
  readonly seen: Readonly<Record<string, string>>;
  readonly status: Amiss['status'];
  readonly since: string;
  /** When people were last told of it, or of the outage that it is part of. */
  readonly told: string;
  /** Whoever does not answer: what is unknown for one such reason is one outage. */
  readonly outage?: string;
  /** Part of an outage that was told before it was seen: it has not been told by name. */
  readonly silent?: true;
  /** Seen well again at this instant, while others of its outage are not. */
  readonly ended?: string;
}

export const nothingTold: Told = {};

/** A finding, and since when it is amiss. */
export interface Complaint {
  readonly finding: Finding & Amiss;
  readonly since: string;
}

/** What is over, since when it was amiss, and until when. */
export interface Over extends Pick<Finding, 'subject' | 'check'> {
  readonly status: Amiss['status'];
  readonly since: string;
  readonly until: string;
  readonly outage?: string;
}

export interface Heard {
  /** What nobody has been told, or not as this. */
  readonly fresh: readonly Complaint[];
  /** What was told long enough ago to be told again. */
  readonly again: readonly Complaint[];
  readonly over: readonly Over[];
  readonly told: Told;
}

type Looked = Pick<Report, 'automation' | 'at' | 'findings'>;

/** How long ago something must have been told to be told again. `near`: a workshop is a day away at most, or on. */
export interface Rate {
  readonly reminders: Policy['reminders'];
  readonly near: boolean;
}

/**
 * What of a report is new to people, whichever automation told them the rest.
 *
 * Over is what this automation itself saw amiss and sees no more, together with whatever others saw as the same: who
 * looks less far than another never ends what only that one can see. Where another finds it amiss after that, it is
 * told anew. Of an outage, the first that is seen is told and all that follows belongs to it; it is over when all that
 * was told of it is.
 */
export function hear(told: Told, { automation, at, findings }: Looked, rate: Rate): Heard {
  const next = new Map(Object.entries(told));
  const amiss = findings.filter((finding) => finding.status !== 'ok');
  const now = at.toISOString();
  const outages = outagesIn(Object.values(told));
  const fresh = amiss.flatMap((finding) => {
    const { isNews, ...standing } = stand(finding, next.get(keyOf(finding)), { automation, now, outages });
    next.set(keyOf(finding), standing);
    return isNews ? [{ finding, since: standing.since }] : [];
  });
  const again = remind(next, amiss, now, rate);
  const over = close(next, automation, stillAmiss(next, amiss), now);
  return { fresh, again, over, told: Object.fromEntries(next) };
}

/** Where something cannot be seen, what it hides is not over. */
function stillAmiss(next: ReadonlyMap<string, Standing>, amiss: readonly Finding[]): ReadonlySet<string> {
  const unseen = amiss.filter(({ status }) => status === 'unknown');
  const hidden = unseen.map(({ check, subject, hides = `${subject} for ` }) => keyOf({ check, subject: hides }));
  const parts = [...next.keys()].filter((key) => hidden.some((beginning) => key.startsWith(beginning)));
  return new Set([...amiss.map(keyOf), ...parts]);
}

interface Before {
  readonly automation: string;
  readonly now: string;
  /** Outages that people have been told of, and when. */
  readonly outages: ReadonlyMap<string, string>;
}

function stand(
  finding: Finding & Amiss,
  known: Standing | undefined,
  { automation, now, outages }: Before,
): Standing & { readonly isNews: boolean } {
  const lasts = known !== undefined && known.ended === undefined;
  const isKnown = lasts && Object.values(known.seen).includes(kindOf(finding));
  const outage = outageOf(finding);
  const told = outage === undefined ? undefined : outages.get(outage);
  const silent = isKnown ? known.silent === true : told !== undefined && known === undefined;
  return {
    seen: { ...(lasts && known.seen), [automation]: kindOf(finding) },
    status: finding.status,
    since: lasts ? known.since : now,
    told: isKnown ? known.told : (told ?? now),
    ...(outage !== undefined && { outage }),
    ...(silent && { silent }),
    isNews: !isKnown && told === undefined,
  };
}

const outagesIn = (standing: readonly Standing[]): ReadonlyMap<string, string> =>
  new Map(standing.flatMap(({ outage, told, silent }) => (outage === undefined || silent ? [] : [[outage, told]])));

/** A threshold is told when it is crossed, and that is its rate; everything else has that of its status. */
function remind(next: Map<string, Standing>, amiss: readonly (Finding & Amiss)[], now: string, rate: Rate) {
  const due = amiss.filter((finding) => {
    const { told } = next.get(keyOf(finding)) ?? { told: now };
    return finding.rung === undefined && between(new Date(told), new Date(now)) >= everyMs(finding.status, rate);
  });
  const outages = new Set(due.flatMap((finding) => outageOf(finding) ?? []));
  const keys = new Set(due.map(keyOf));
  for (const [key, { silent, ...standing }] of next) {
    if (keys.has(key)) next.set(key, { ...standing, told: now });
    else if (standing.outage !== undefined && outages.has(standing.outage))
      next.set(key, { ...standing, told: now, ...(silent && { silent }) });
  }
  return due.map((finding) => ({ finding, since: next.get(keyOf(finding))?.since ?? now }));
}

function everyMs(status: Amiss['status'], { reminders, near }: Rate): number {
  const { failMinutes, unknownMinutes, warnMinutes, nearMinutes } = reminders;
  if (status === 'warn') return minutes(warnMinutes);
  const usual = status === 'fail' ? failMinutes : unknownMinutes;
  return minutes(near ? Math.min(nearMinutes, usual) : usual);
}

/** Takes out what is over. What ends before its outage does waits for the rest of it, unless nobody was told of it. */
function close(next: Map<string, Standing>, automation: string, still: ReadonlySet<string>, now: string): Over[] {
  for (const [key, { seen, ...standing }] of next) {
    const ours = seen[automation];
    if (ours === undefined || still.has(key)) continue;
    const others = Object.entries(seen).filter(([, kind]) => kind !== ours);
    if (others.length > 0) next.set(key, { ...standing, seen: Object.fromEntries(others) });
    else if (standing.silent) next.delete(key);
    else next.set(key, { ...standing, seen: {}, ended: now });
  }
  const going = outagesIn([...next.values()].filter(({ ended }) => ended === undefined));
  const over = [...next].flatMap(([key, { status, since, ended, outage }]) => {
    if (ended === undefined || (outage !== undefined && going.has(outage))) return [];
    const [check = '', subject = ''] = key.split('\n');
    return [{ key, check, subject, status, since, until: ended, ...(outage !== undefined && { outage }) }];
  });
  for (const { key } of over) next.delete(key);
  // What belonged to it without being told is told for itself from now on, by whoever still sees it.
  const gone = new Set(over.map(({ outage }) => outage));
  for (const [key, { silent, outage }] of next) if (silent && gone.has(outage)) next.delete(key);
  return over.map(({ key: _key, ...each }) => each);
}

const kindOf = ({ status, rung = '' }: Finding): string => `${status} ${rung}`;

const keyOf = ({ check, subject }: Pick<Finding, 'check' | 'subject'>): string => `${check}\n${subject}`;

/** What is amiss is no part of an outage, though it may have the same reason: somebody has to do something about it. */
export const outageOf = ({ status, evidence }: Finding): string | undefined =>
  status === 'unknown' ? outageIn(evidence.have) : undefined;

/** Since when people know that a subject cannot be seen, whatever it is checked for. */
export function unseenSince(told: Told, subject: string): Date | undefined {
  const blind = Object.entries(told).filter(
    ([key, { status, ended }]) => status === 'unknown' && ended === undefined && key.endsWith(`\n${subject}`),
  );
  const first = blind.map(([, { since }]) => since).toSorted()[0];
  return first === undefined ? undefined : new Date(first);
}

/** Whether people have been told of it, and not yet of its end. */
export const standsAmiss = (told: Told, what: Pick<Finding, 'check' | 'subject'>): boolean => keyOf(what) in told;

/** Since when people know that it is amiss, as an ISO text; nothing where they do not, or it has been seen well since. */
export function sinceIn(told: Told, what: Pick<Finding, 'check' | 'subject'>): string | undefined {
  const standing = told[keyOf(what)];
  return standing?.ended === undefined ? standing?.since : undefined;
}
