/**
 * What came of reading a text from outside: a value, or one sentence saying what is wrong with it.
 *
 * Returned rather than thrown, so that a reader of many things can report all their faults together.
 */
export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly fault: string };

export const parsed = <T>(value: T): Parsed<T> => ({ ok: true, value });
export const fault = (sentence: string): Parsed<never> => ({ ok: false, fault: sentence });

/** The value, where the text is our own and a fault means that the program is wrong. Throws the fault. */
export function sure<T>(result: Parsed<T>): T {
  if (result.ok) return result.value;
  throw new Error(result.fault);
}
