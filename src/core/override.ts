import { objectIn } from './json.ts';
import type { Override } from './room.ts';

/** Where a person's word about a knob waits in the journal. It is forgotten when it ends. */
export const overrideKey = (knob: string): string => `override ${knob}`;

export const writeOverride = (override: Override): string => JSON.stringify(override);

export function readOverride(text: string): Override | undefined {
  const read = objectIn(text) as unknown as Override | undefined;
  return read && { ...read, until: new Date(read.until) };
}
