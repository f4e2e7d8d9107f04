import type { Estate } from './core/estate.ts';

/** The estate, once nothing is wrong with it. */
export function readEstate(estate: Estate): Estate {
  return estate;
}
