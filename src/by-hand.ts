import { confirmationKey, writeConfirmation, type Confirmation } from './core/confirmation.ts';
import { overrideKey, writeOverride } from './core/override.ts';
import type { Hold } from './core/promotion.ts';
import { CALENDAR, PROMOTIONS, type Override } from './core/room.ts';
import { days, plus, spoken } from './core/time.ts';
import type { Workshop } from './core/workshop.ts';
import type { Journal } from './ports.ts';

/** Who says so, and when. */
export interface Hand {
  readonly by: string;
  readonly now: Date;
}

/**
 * What a person may say about the room, each with a line in the story of what it is about: whoever asks `why` later finds
 * not only what Greenroom turned, but on whose word.
 */
export async function holdByHand(hold: Hold, journal: Journal, { by, now: at }: Hand): Promise<void> {
  await journal.hold(hold);
  const { id, since, until, why } = hold;
  const from = since > at ? ` from ${spoken(since)}` : '';
  await journal.record({
    target: PROMOTIONS,
    at,
    by,
    line: `held ${over(hold)}${from} until ${spoken(until)} (${id}): ${why}`,
  });
}

export async function releaseByHand(hold: Hold, journal: Journal, { by, now: at }: Hand): Promise<void> {
  const { id, until, why } = hold;
  await journal.release(id);
  const line = `released ${over(hold)}, which ${hold.by} held until ${spoken(until)} (${id}): ${why}`;
  await journal.record({ target: PROMOTIONS, at, by, line });
}

const over = ({ scope }: Hold): string => (scope === '*' ? 'every image' : scope);

/** Asks for a floor under a pool; the next look raises it. */
export async function keepByHand(pool: string, word: Override, journal: Journal, now: Date): Promise<void> {
  const { value, until, by, why } = word;
  await journal.keep(overrideKey(pool), writeOverride(word), until);
  const line = `asked for at least ${String(value)} until ${spoken(until)}: ${why}`;
  await journal.record({ target: pool, at: now, by, line });
}

/** Takes that word back before its end. */
export async function endByHand(pool: string, word: Override, journal: Journal, { by, now: at }: Hand): Promise<void> {
  await journal.keep(overrideKey(pool), writeOverride(word), at);
  const { value, until, why } = word;
  const line = `ended the floor of ${String(value)} that ${word.by} asked for until ${spoken(until)}: ${why}`;
  await journal.record({ target: pool, at, by, line });
}

type Named = Pick<Workshop, 'id' | 'title' | 'starts' | 'ends'>;

/** Says that a workshop which vanished from the calendar will not take place; or, with `isOn`, that it will after all. */
export async function confirmByHand(
  { id, title, starts, ends }: Named,
  word: Confirmation & { readonly isOn: boolean },
  journal: Journal,
  now: Date,
): Promise<void> {
  const { by, why, isOn } = word;
  // After its end nobody asks any more.
  await journal.keep(confirmationKey(id), writeConfirmation({ by, why }), isOn ? now : plus(ends, days(1)));
  const said = isOn ? 'is prepared for all the same' : 'will not take place';
  await journal.record({ target: CALENDAR, at: now, by, line: `“${title}” at ${spoken(starts)} ${said}: ${why}` });
}
