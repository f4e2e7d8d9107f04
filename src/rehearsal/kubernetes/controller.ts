import type { Json } from '../../core/json.ts';
import { nameOf, namespaceOf } from '../../core/kubernetes.ts';

/** What acts in a cluster by itself. It has no timer: it is asked, and says when it wants to be asked again. */
export interface Controller {
  /** Puts things in order as they would be at `at`. Whether anything was changed. */
  act(at: number): boolean;
  /** When something happens next without anybody's doing, in milliseconds; `Infinity` for never. */
  due(): number;
}

export const keyOf = (object: Json): string => `${namespaceOf(object)}/${nameOf(object)}`;

/** A value's JSON, made once for each object: objects are never changed. */
const texts = new WeakMap<object, string>();
export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const known = texts.get(value) ?? JSON.stringify(value);
  texts.set(value, known);
  return known;
}
