/** Chance that a seed decides. */
export interface Dice {
  /** In [0, 1). */
  roll(): number;
  chance(likelihood: number): boolean;
  between(least: number, most: number): number;
  whole(least: number, most: number): number;
  pick<T>(from: readonly T[]): T;
}

/** mulberry32: the same seed, the same month. */
export function diceOf(seed: number): Dice {
  let state = Math.imul(seed, 0x9e3779b1) | 0;
  const roll = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (least: number, most: number): number => least + roll() * (most - least);
  const whole = (least: number, most: number): number => Math.floor(between(least, most + 1));
  return {
    roll,
    between,
    whole,
    chance: (likelihood) => roll() < likelihood,
    pick: <T>(from: readonly T[]): T => from[Math.floor(roll() * from.length)] as T,
  };
}
