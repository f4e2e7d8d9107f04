import { randomBytes } from 'node:crypto';
import { atDesk, failing, type Errand, type GatewayAnswer } from './litellm/desk.ts';
import { Replica, type GatewayManners, type Premises } from './litellm/replica.ts';

export type { GatewayAnswer } from './litellm/desk.ts';
export type { GatewayManners } from './litellm/replica.ts';

export interface GatewayRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** What stands after `Bearer `. */
  readonly key: string;
  readonly body?: string;
}

export interface GatewayLine {
  /** Replicas whose every connection is reset. */
  away: ReadonlySet<number> | 'all';
  /** How long every answer takes. */
  delayMs: number;
}

/** LiteLLM in this process: one database, and replicas that each remember keys for a while. */
export interface RehearsedGateway {
  readonly masterKey: string;
  /** How many there have been so far. */
  readonly replicas: number;
  /** Another replica starts, which remembers no key yet: its number. */
  join(): number;
  answer(replica: number, request: GatewayRequest): GatewayAnswer;
  /** What may be wrong with it, to be changed by the story. */
  readonly premises: Pick<Premises, 'database' | 'open' | 'refusesKeys' | 'manners'>;
  /** What may be wrong on the way to it, where it is reached over HTTP. */
  readonly line: GatewayLine;
  /** So many answers to the administrator are lost on their way, from now on: what was asked has happened all the same. */
  loses: number;
  /** Keys that are there, not expired and not blocked. */
  live(): readonly { readonly alias: string | null; readonly hash: string }[];
  spend(hash: string, amount: number): void;
}

/** Behaves as the contract says, part B: collisions with expired aliases, deletes that echo, memories that differ. */
export function rehearseGateway(now: () => Date, manners: GatewayManners = {}): RehearsedGateway {
  const { longestMs = Infinity, masterKey = `sk-master-${randomBytes(8).toString('hex')}` } = manners;
  const premises: Premises = { rows: new Map(), now, longestMs, masterKey, manners, ...WELL };
  const replicas = Array.from({ length: manners.replicas ?? 4 }, () => new Replica(premises));
  const gateway: RehearsedGateway = {
    masterKey,
    premises,
    line: { away: new Set(), delayMs: 0 },
    get replicas() {
      return replicas.length;
    },
    join: () => replicas.push(new Replica(premises)) - 1,
    loses: 0,
    answer(index, request) {
      const replica = replicas[index];
      if (!replica) throw new Error(`there is no replica ${index}`);
      const answer = respond(replica, request, premises);
      if (gateway.loses <= 0 || request.key !== masterKey) return answer;
      gateway.loses -= 1;
      return failing('internal_server_error', 'the answer was lost', 502);
    },
    live: () =>
      [...premises.rows.values()]
        .filter(({ expires, blocked }) => !blocked && (expires === null || now() <= new Date(expires)))
        .map(({ key_alias: alias, token: hash }) => ({ alias, hash })),
    spend: (hash, amount) => {
      const row = premises.rows.get(hash);
      if (row) row.spend += amount;
    },
  };
  return gateway;
}

const WELL = { database: 'up', open: false, refusesKeys: false } as const;

function respond(replica: Replica, { method, path, key, body }: GatewayRequest, premises: Premises): GatewayAnswer {
  const refusal = replica.refusal(key);
  if (refusal) return refusal;
  const { pathname, searchParams: query } = new URL(path, 'http://gateway');
  if (pathname === '/v1/models') return { status: 200, body: { data: [], object: 'list' } };
  const asksAboutItself = pathname === '/key/info' && !query.has('key');
  if (key !== premises.masterKey && !asksAboutItself)
    return failing('auth_error', 'Only proxy admin can do this.', 403);
  if (premises.database === 'down') return failing('no_db_connection', 'No connected db.', 500);
  if (asksAboutItself) query.set('key', key);
  const fields = body ? (JSON.parse(body) as Errand['fields']) : {};
  return atDesk(`${method} ${pathname}`, { query, fields, forget: (hash) => replica.forget(hash) }, premises);
}
