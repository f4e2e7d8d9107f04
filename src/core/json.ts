export type Json = Readonly<Record<string, unknown>>;

/** An object, and not an array or `null`, which JavaScript calls objects too. */
export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What a JSON text says; `undefined` where it is none.
 *
 * Without the parser's own words, which quote the text: it may be somebody's password.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The object that a text spells; `undefined` where it spells anything else. */
export function objectIn(text: string): Json | undefined {
  const value = parseJson(text);
  return isObject(value) ? value : undefined;
}
