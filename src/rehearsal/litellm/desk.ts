import { createHash, randomBytes } from 'node:crypto';
import { plus } from '../../core/time.ts';

export interface GatewayAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** A key as the database has it. */
export interface Row extends Record<string, unknown> {
  readonly token: string;
  key_alias: string | null;
  expires: string | null;
  blocked: boolean;
  spend: number;
}

/** The one database behind all replicas. */
export interface Ledger {
  readonly rows: Map<string, Row>;
  readonly now: () => Date;
  /** The longest that a key may last, in milliseconds. */
  readonly longestMs: number;
}

export interface Errand {
  readonly query: URLSearchParams;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Only the replica that was asked forgets what it remembers. */
  readonly forget: (hash: string) => void;
}

/** What the administrator may ask for, by method and path. */
export function atDesk(route: string, errand: Errand, ledger: Ledger): GatewayAnswer {
  return routes[route]?.(errand, ledger) ?? failing('not_found_error', 'Not Found', 404);
}

const routes: Readonly<Record<string, (errand: Errand, ledger: Ledger) => GatewayAnswer>> = {
  'POST /key/generate': generate,
  'GET /key/info': look,
  'GET /key/list': list,
  'POST /key/update': update,
  'POST /key/delete': remove,
  'POST /key/regenerate': () =>
    failing('internal_server_error', 'Regenerating Virtual Keys is an Enterprise feature', 500),
};

/** A key that is there already is answered with a yes, and left as it is. */
function generate({ fields }: Errand, ledger: Ledger): GatewayAnswer {
  const { key = `sk-${randomBytes(16).toString('base64url')}`, key_alias: alias = null, duration, ...rest } = fields;
  const token = hashed(String(key));
  if (isTaken(alias, ledger)) return collision(alias);
  const fresh = { spend: 0, blocked: false, ...rest, created_at: ledger.now().toISOString() };
  const row: Row = { ...fresh, token, key_alias: alias as string | null, expires: expiryOf(duration, ledger) };
  if (!ledger.rows.has(token)) ledger.rows.set(token, row);
  return { status: 200, body: { ...row, key, token_id: token } };
}

function look({ query }: Errand, { rows }: Ledger): GatewayAnswer {
  const row = rows.get(hashed(query.get('key') ?? ''));
  if (!row) return failing('not_found_error', 'Key not found in database', 404);
  const { token: _, ...info } = row;
  return { status: 200, body: { key: query.get('key'), info } };
}

function list({ query }: Errand, { rows }: Ledger): GatewayAnswer {
  const [page, size] = [Number(query.get('page') ?? 1), Number(query.get('size') ?? 10)];
  if (size > 100 || page < 1)
    return { status: 422, body: { detail: [{ loc: ['query', 'size'], msg: 'at most 100' }] } };
  const shown = [...rows.values()].slice((page - 1) * size, page * size);
  const keys = query.get('return_full_object') === 'true' ? shown : shown.map(({ token }) => token);
  const pages = { total_count: rows.size, current_page: page, total_pages: Math.max(1, Math.ceil(rows.size / size)) };
  return { status: 200, body: { keys, ...pages } };
}

function update({ fields, forget }: Errand, ledger: Ledger): GatewayAnswer {
  const { key, duration, ...rest } = fields;
  const row = ledger.rows.get(hashed(String(key)));
  if (!row) return failing('internal_server_error', 'Key not found in database', 404);
  if (isTaken(rest['key_alias'], ledger, row.token)) return collision(rest['key_alias']);
  Object.assign(row, rest, duration !== undefined && { expires: expiryOf(duration, ledger) });
  forget(row.token);
  return { status: 200, body: { ...row } };
}

/** The answer is an echo of what was asked, not of what was done. */
function remove({ fields, forget }: Errand, { rows }: Ledger): GatewayAnswer {
  const { keys = [], key_aliases: aliases = [] } = fields as { keys?: string[]; key_aliases?: string[] };
  const hashes = keys.map(hashed);
  const found = [...rows.values()].filter(
    ({ token, key_alias: alias }) => hashes.includes(token) || aliases.includes(alias ?? ''),
  );
  if (found.length === 0) return failing('internal_server_error', "{'error': 'No keys found'}", 404);
  for (const { token } of found) {
    rows.delete(token);
    forget(token);
  }
  return { status: 200, body: { deleted_keys: [...keys, ...aliases] } };
}

/** Expired and blocked keys occupy their alias as well. */
const isTaken = (alias: unknown, { rows }: Ledger, but?: string): boolean =>
  typeof alias === 'string' && [...rows.values()].some((row) => row.key_alias === alias && row.token !== but);

const collision = (alias: unknown): GatewayAnswer =>
  failing(
    'bad_request_error',
    `Key with alias '${String(alias)}' already exists. Unique key aliases across all keys are required.`,
    400,
  );

function expiryOf(duration: unknown, { now, longestMs }: Ledger): string | null {
  const lasting = Math.min(millisecondsOf(duration), longestMs);
  return Number.isFinite(lasting) ? plus(now(), lasting).toISOString().replace('Z', '000+00:00') : null;
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, mo: 2_592_000 };

/** Only the beginning counts: `30min` is thirty minutes, `1h30m` is one hour. None at all is for ever. */
function millisecondsOf(duration: unknown): number {
  const text = typeof duration === 'string' ? duration : '';
  const [, count, unit = ''] = /^(\d+)(mo|[smhdw])/.exec(text) ?? [];
  return count === undefined ? Infinity : Number(count) * (UNITS[unit] ?? NaN) * 1_000;
}

export const hashed = (key: string): string =>
  key.startsWith('sk-') ? createHash('sha256').update(key).digest('hex') : key;

export const failing = (type: string, message: string, status: number, param = 'None'): GatewayAnswer => ({
  status,
  body: { error: { message, type, param, code: String(status) } },
});
