/** A virtual key of the model gateway, as its administrator sees it: everything but the key. */
export interface GatewayKey {
  /** SHA-256 of the key in hex: how the gateway names it, and harmless to write down. */
  readonly hash: string;
  /** Unique among all keys, expired and blocked ones included. */
  readonly alias: string | undefined;
  readonly expires: Date | 'never';
  readonly blocked: boolean;
  readonly spend: number;
  /** In the gateway's currency; absent where there is no limit. */
  readonly budget: number | undefined;
  /** What else it was made with, in the gateway's own words: the next generation gets the same. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What one replica of the gateway says to a key. */
export interface Probe {
  /** The replica's address without anything secret. */
  readonly replica: string;
  readonly answer: 'accepted' | 'expired' | 'blocked' | 'over-budget' | 'unknown-key' | 'unreachable';
  /** What it said, where it did not accept. */
  readonly why?: string;
}

/** `ai-coder-g42`: each generation has an alias of its own, because the gateway lets no two keys share one. */
export const aliasOf = (base: string, generation: number): string => `${base}-g${generation}`;

/** 42 of `ai-coder-g42`; 0 of `ai-coder`, as keys were called before they had generations. */
export function generationOf(base: string, alias: string | undefined): number | undefined {
  if (alias === base) return 0;
  const [, digits] = alias?.startsWith(`${base}-g`) ? (/^(\d{1,9})$/.exec(alias.slice(base.length + 2)) ?? []) : [];
  return digits === undefined ? undefined : Number(digits);
}
