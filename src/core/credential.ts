import type { Judgement } from './finding.ts';
import type { Seen } from './sighting.ts';
import { between, days, minus, plus, spoken, spokenDuration } from './time.ts';
import type { Closed } from './windows.ts';

/** Anything that stops working by itself: a gateway key, a certificate, a token, a secret with a date on it. */
export interface Credential {
  /** Unique, and what people call it: `LiteLLM key ai-coder`, `certificate of *.ai.coder.com`. */
  readonly name: string;
  readonly kind: 'gateway key' | 'certificate' | 'token' | 'secret';
  readonly expires: Seen<Date | 'never'>;
  /** Its end as it was seen last, where it cannot be seen now. */
  readonly lastSeen?: Date | 'never';
  /** Why it does not work now, although it has not expired: blocked, spent, not the one that is published. */
  readonly broken?: string;
  /** What a person does to get another one. */
  readonly renewal: string;
  /** Left out: it is renewed by people only. */
  readonly renewed?: Renewed;
}

/** Who renews a credential without being asked. */
export type Renewed =
  /** Each use prolongs it, and Greenroom uses it at every look. */
  | { readonly by: 'use' }
  /** Greenroom lets it outlast each pause, just before it begins. */
  | {
      readonly by: 'greenroom';
      /** The longest that it can be given, in milliseconds. Left out: as long as is asked for. */
      readonly longestMs?: number;
      /** When a rotator replaces it next. */
      readonly next?: Date;
    };

/**
 * How much longer than the window's end a credential must last, in milliseconds.
 *
 * Because a workshop that overruns, or a clock that is wrong, is no reason to lose the room.
 */
export const MARGIN_MS = days(1);

/**
 * Whether a credential lasts for a workshop. Ending in the window fails, ending in the margin after it warns, and one
 * whose end cannot be seen is unknown.
 */
export function outlasts(credential: Credential, { workshop, window }: Closed): Judgement {
  const { name, expires, broken, renewal } = credential;
  const wanted = plus(window.until, MARGIN_MS);
  const looked = { subject: `${name} for ${workshop.title} on ${spoken(workshop.starts)}` };
  const want = `works until ${spoken(wanted)}`;
  const remedy = { by: 'person', ask: renewal } as const;
  if (!expires.seen) return { ...looked, status: 'unknown', evidence: { want, have: expires.why }, remedy };
  const have = broken ?? (expires.value === 'never' ? 'never ends' : `ends ${spoken(expires.value)}`);
  const evidence = { want, have };
  if (broken !== undefined) return { ...looked, status: 'fail', evidence, remedy };
  if (expires.value === 'never' || expires.value >= wanted) return { ...looked, status: 'ok', evidence };
  const status = expires.value >= window.until ? 'warn' : 'fail';
  const lacking = between(expires.value, wanted);
  const gauge = { value: Math.ceil(lacking / 60_000), unit: 'minutes short' };
  return { ...looked, status, evidence: { ...evidence, gauge }, remedy };
}

/** People are warned when so many days are left, each time once. */
export const WARNINGS_DAYS = [7, 3, 1] as const;

/**
 * Whether it is time to warn of a credential's end, whatever the calendar says.
 *
 * Each threshold is a rung: crossing one is news, staying on it is not, and another date begins at the top again.
 */
export function warning(credential: Credential, now: Date): Judgement {
  const { name: subject, expires, renewal } = credential;
  const want = `more than ${WARNINGS_DAYS[0]} days left`;
  const remedy = { by: 'person', ask: renewal } as const;
  if (!expires.seen) return { subject, status: 'unknown', evidence: { want, have: expires.why }, remedy };
  if (expires.value === 'never') return { subject, status: 'ok', evidence: { want, have: 'never ends' } };
  const ends = expires.value;
  if (ends <= now) {
    const have = `ended ${spoken(ends)}`;
    return { subject, status: 'fail', rung: `ended ${ends.toISOString()}`, evidence: { want, have }, remedy };
  }
  const rung = WARNINGS_DAYS.findLast((left) => minus(ends, days(left)) <= now);
  const gauge = { value: Math.floor(between(now, ends) / days(1)), unit: 'days left' };
  const evidence = { want, have: `ends ${spoken(ends)}, in ${spokenDuration(between(now, ends))}`, gauge };
  if (rung === undefined) return { subject, status: 'ok', evidence };
  return { subject, status: 'warn', rung: `${rung} days, ${ends.toISOString()}`, evidence, remedy };
}
