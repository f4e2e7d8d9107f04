import { holdOver } from '../core/promotion.ts';
import { spoken } from '../core/time.ts';
import type { Run } from './run.ts';

/** Whose word keeps this release where it is, and until when; `undefined` when nobody's does. */
export async function heldWhy({ journal, release, now }: Run): Promise<string | undefined> {
  const hold = holdOver(release.image, await journal.holds(now()), now());
  return hold && `held until ${spoken(hold.until)} by ${hold.by}: ${hold.why}`;
}
