import { objectIn } from './json.ts';

/** A person's word that a workshop which vanished from the calendar will not take place. */
export interface Confirmation {
  readonly by: string;
  readonly why: string;
}

/**
 * Where the word waits in the journal, under the workshop's id. Keep it until the workshop would have been over: after
 * that nobody asks.
 */
export const confirmationKey = (workshopId: string): string => `will not take place: ${workshopId}`;

export const writeConfirmation = (confirmation: Confirmation): string => JSON.stringify(confirmation);

export function readConfirmation(text: string): Confirmation | undefined {
  const { by, why } = objectIn(text) ?? {};
  return typeof by === 'string' && typeof why === 'string' ? { by, why } : undefined;
}
