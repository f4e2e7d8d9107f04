import { failing, hashed, type GatewayAnswer, type Ledger, type Row } from './desk.ts';

/** How a gateway behaves, which depends on its version. Left out: as of late 2026. */
export interface GatewayManners {
  readonly replicas?: number;
  /** Left out: one that is made up. */
  readonly masterKey?: string;
  /** What an expired key hears: 400 for long, 401 since May 2026. */
  readonly expiredStatus?: 400 | 401;
  /** `sliding`: each use of a key prolongs what a replica remembers of it, as before July 2026. */
  readonly memory?: 'fixed' | 'sliding';
  readonly memoryMs?: number;
  /** The longest that a key may last, whatever is asked for, in milliseconds. */
  readonly longestMs?: number;
}

/** What all replicas share, and what may be wrong with it. */
export interface Premises extends Ledger {
  readonly masterKey: string;
  manners: GatewayManners;
  database: 'up' | 'down';
  /** Without its database it lets everybody in. */
  open: boolean;
  /** It knows no key any more, as after a restart with another salt. */
  refusesKeys: boolean;
}

/** One replica: it remembers keys for a while, and nobody tells it that they have changed. */
export class Replica {
  readonly #memory = new Map<string, { readonly row: Row; until: number }>();
  readonly #premises: Premises;

  constructor(premises: Premises) {
    this.#premises = premises;
  }

  forget(hash: string): void {
    this.#memory.delete(hash);
  }

  /** Why a key is turned away; `undefined` when it is let in. */
  refusal(key: string): GatewayAnswer | undefined {
    const { masterKey, manners, database, open, refusesKeys, now } = this.#premises;
    if (key === masterKey) return undefined;
    const hash = hashed(key);
    const row = refusesKeys ? undefined : this.#recall(hash);
    if (!row && !refusesKeys && database === 'down')
      return open ? undefined : failing('no_db_connection', 'No connected db.', 503);
    if (!row) return failing('token_not_found_in_db', `${UNKNOWN} key=${hash}, not found in db.`, 401);
    if (row.blocked) return failing('auth_error', BLOCKED, 401);
    if (row.expires !== null && new Date(row.expires) < now()) {
      const message = `Authentication Error - Expired Key. Key Expiry time ${row.expires} and current time ${now().toISOString()}`;
      return failing('expired_key', message, manners.expiredStatus ?? 401, key);
    }
    const budget = row['max_budget'];
    const isSpent = typeof budget === 'number' && row.spend >= budget;
    return isSpent ? failing('budget_exceeded', 'Budget has been exceeded!', 429) : undefined;
  }

  #recall(hash: string): Row | undefined {
    const { manners, database, rows, now } = this.#premises;
    const { memory = 'fixed', memoryMs = 60_000 } = manners;
    const remembered = this.#memory.get(hash);
    if (remembered && now().getTime() < remembered.until) {
      if (memory === 'sliding') remembered.until = now().getTime() + memoryMs;
      return remembered.row;
    }
    const row = database === 'up' ? rows.get(hash) : undefined;
    if (row) this.#memory.set(hash, { row: { ...row }, until: now().getTime() + memoryMs });
    return row;
  }
}

const UNKNOWN = 'Authentication Error, Invalid proxy server token passed.';
const BLOCKED = "Authentication Error, Key is blocked. Update via `/key/unblock` if you're an admin.";
