import type { Judgement } from './finding.ts';
import type { Seen } from './sighting.ts';
import { between, days, minus, minutes, plus, spoken, spokenDuration } from './time.ts';
import type { Pause } from './posture.ts';
import type { Closed, WindowsSighting } from './windows.ts';
import type { Workshop } from './workshop.ts';

/** Anything that stops working by itself: a gateway key, a certificate, a token, a secret with a date on it. */
export interface Credential {
  /** Unique, and what people call it: `LiteLLM key ai-coder`, `certificate of *.ai.coder.com`. */
  readonly name: string;
  readonly kind: 'gateway key' | 'certificate' | 'token' | 'secret';
  readonly expires: Seen<Date | 'never'>;
  /** Which one it is, and where it is kept: `alias ai-coder-g2, secret ai.coder.com/litellm`. */
  readonly about?: string;
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
      /** What lets it last longer as it is. That restarts nobody, so it is done inside a window too. */
      readonly extension?: string;
      /** The longest that it can be given, in milliseconds. Left out: as long as is asked for. */
      readonly longestMs?: number;
      /** When a rotator replaces it next. */
      readonly next?: Date;
    };

/** The tag by which a secret says when what it holds ends: a day, or an instant. */
export const EXPIRY_TAG = 'greenroom:expires';

/**
 * How much longer than the window's end a credential must last, in milliseconds.
 *
 * Because a workshop that overruns, or a clock that is wrong, is no reason to lose the room.
 */
export const MARGIN_MS = days(1);

/** Whoever issues it and we may differ so much in what time it is, in milliseconds; and ends are written in whole seconds. */
export const CLOCKS_MS = minutes(1);

/**
 * How far ahead credentials are judged against workshops, in milliseconds: as far as the first warning.
 *
 * Because what ends later is renewed in time by whoever renews it, and would stand here as a NO-GO for weeks.
 */
export const AHEAD_MS = days(7);

/**
 * Whether a credential lasts for the workshops in sight: a finding for each that it does not last for, or one that it
 * lasts. What does not work at all, or cannot be seen, is told once and not for each of them.
 */
export function outlastsAll(credential: Credential, { closed, pauses }: WindowsSighting, now: Date): Judgement[] {
  const near = closed.filter(({ window }) => window.from <= plus(now, AHEAD_MS));
  const judged = near.map((each) => {
    const pause = pauses.find(({ workshops }) => workshops.some(({ id }) => id === each.workshop.id));
    return { workshop: each.workshop, judgement: outlasts(credential, each, now, pause) };
  });
  const amiss = judged.filter(({ judgement }) => judgement.status !== 'ok');
  const isTheSameForAll = credential.broken !== undefined || !credential.expires.seen;
  if (isTheSameForAll || amiss.length === 0) return judged.slice(0, 1).map(({ judgement }) => judgement);
  return amiss.map(({ workshop, judgement }) => ({
    ...judgement,
    subject: `${credential.name} for ${spellWorkshop(workshop)}`,
  }));
}

const spellWorkshop = ({ title, starts }: Workshop): string => `${title} on ${spoken(starts)}`;

/**
 * Whether a credential lasts for a workshop. Ending in the window fails, ending in the margin after it warns, and one
 * whose end cannot be seen is unknown.
 *
 * Before its `pause` begins, what Greenroom itself makes to last is judged by how long it can be made to last: an
 * 8-hour key is no reason to worry a day ahead, and a gateway that gives no longer ones is.
 */
export function outlasts(credential: Credential, { workshop, window }: Closed, now: Date, pause?: Pause): Judgement {
  const { name, expires, broken, renewal, renewed } = credential;
  const wanted = plus(window.until, MARGIN_MS);
  const looked = { subject: name };
  const want = `works until ${spoken(wanted)}, a day longer than ${spellWorkshop(workshop)}`;
  const remedy = { by: 'person', ask: renewal } as const;
  if (broken !== undefined) {
    const isFrozen = renewed?.by === 'greenroom' && pause !== undefined && now >= pause.from;
    const { have, ask = renewal } = isFrozen ? frozenInWindow(broken, renewal) : { have: broken };
    return { ...looked, status: 'fail', evidence: { want, have }, remedy: { by: 'person', ask } };
  }
  if (!expires.seen) return { ...looked, status: 'unknown', evidence: { want, have: expires.why }, remedy };
  const { ends, have, ask = renewal } = endWith(credential, expires.value, now, pause);
  if (ends === 'never' || ends >= wanted) return { ...looked, status: 'ok', evidence: { want, have } };
  const gauge = { value: Math.ceil(between(ends, wanted) / 60_000), unit: 'minutes short' };
  const status = ends >= window.until ? 'warn' : 'fail';
  return { ...looked, status, evidence: { want, have, gauge }, remedy: { by: 'person', ask } };
}

/** A workshop that is announced when its window has begun finds keys as they are. */
export const frozenInWindow = (have: string, renewal: string): { have: string; ask: string } => ({
  have: `${have}; the window has begun, and nothing is rotated in it`,
  ask: `${renewal} --force --why <reason>, if nobody can work anyway.`,
});

interface End {
  readonly ends: Date | 'never';
  readonly have: string;
  readonly ask?: string;
}

/** When it really ends, with whoever renews it unasked. What does not work now has ended. */
export function endWith(credential: Credential, seen: Date | 'never', now: Date, pause: Pause | undefined): End {
  const { renewed, renewal, broken } = credential;
  const ends = broken === undefined ? seen : now;
  const said = broken ?? (ends === 'never' ? 'never ends' : `ends ${spoken(ends)}`);
  if (renewed?.by === 'use') return { ends: 'never', have: `${said}, and each use prolongs it` };
  if (ends === 'never' || renewed?.by !== 'greenroom' || !pause) return { ends, have: said };
  if (now >= pause.from) {
    const { extension } = renewed;
    if (broken !== undefined || extension === undefined) return { ends, ...frozenInWindow(said, renewal) };
    return { ends, have: said, ask: `Greenroom extends it at its next look. ${extension}` };
  }
  return remade(renewed, said, ends, now, pause);
}

/** How long it lasts once Greenroom has made it last, just before the pause. */
function remade(
  { longestMs }: Extract<Renewed, { by: 'greenroom' }>,
  said: string,
  ends: Date,
  now: Date,
  pause: Pause,
): End {
  const made = now > pause.dueFrom ? now : pause.dueFrom;
  if (longestMs === undefined)
    return { ends: 'never', have: `${said}; Greenroom makes it last from ${spoken(pause.dueFrom)} on` };
  const longest = plus(made, longestMs);
  return {
    ends: longest > ends ? longest : ends,
    have: `${said}; the gateway lets no key last longer than ${spokenDuration(longestMs)}, from ${spoken(made)} until ${spoken(longest)}`,
    ask: `Raise the duration in litellm_settings.upperbound_key_generate_params to ${spokenDuration(between(made, plus(pause.until, MARGIN_MS)))}, and longestMinutes in the estate.`,
  };
}

/** People are warned when so many days are left, each time once. */
export const WARNINGS_DAYS = [7, 3, 1] as const;

/**
 * Whether it is time to warn of a credential's end, whatever the calendar says.
 *
 * Each threshold is a rung: crossing one is news, staying on it is not, and another date begins at the top again.
 */
export function warning(credential: Credential, now: Date): Judgement {
  const { name: subject, expires, lastSeen, renewal } = credential;
  const want = `more than ${WARNINGS_DAYS[0]} days left`;
  const remedy = { by: 'person', ask: renewal } as const;
  const ends = expires.seen ? expires.value : lastSeen;
  if (ends === undefined)
    return { subject, status: 'unknown', evidence: { want, have: expires.seen ? '' : expires.why }, remedy };
  if (ends === 'never') return { subject, status: 'ok', evidence: { want, have: 'never ends' } };
  const unasked = renewedUnasked(credential, ends, now);
  if (unasked !== undefined) return { subject, status: 'ok', evidence: { want, have: unasked } };
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

/** Why nobody need be warned: a key of eight hours that is replaced every four would else be told of every four. */
function renewedUnasked({ renewed }: Credential, ends: Date, now: Date): string | undefined {
  if (ends <= now || !renewed) return undefined;
  if (renewed.by === 'use') return `ends ${spoken(ends)}, and each use prolongs it`;
  const { next } = renewed;
  return next && next < ends ? `ends ${spoken(ends)}, and is replaced ${spoken(next)}` : undefined;
}
