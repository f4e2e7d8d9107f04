import { Refusal } from './refusal.ts';

/** Counts manifest PUTs of the last second, as ECR's quota of PutImage does. */
export class Haste {
  #recent: number[] = [];

  /** Throws when the second has had enough. */
  count(perSecond: number | undefined): void {
    if (perSecond === undefined) return;
    const now = performance.now();
    this.#recent = this.#recent.filter((at) => at > now - 1_000);
    if (this.#recent.length >= perSecond) throw new Refusal(429, 'TOOMANYREQUESTS', 'Rate exceeded');
    this.#recent.push(now);
  }
}
