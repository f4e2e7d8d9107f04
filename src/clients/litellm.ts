import { createHash } from 'node:crypto';
import type { GatewayKey, Probe } from '../core/gateway-key.ts';
import { isObject, objectIn, type Json } from '../core/json.ts';
import { OutsideError, whyOf, type Trouble } from '../core/outside-error.ts';
import type { Secret } from '../core/secret.ts';
import type { Gateway, KeyWish } from '../ports.ts';
import type { Answer, Call } from './http/call.ts';

export interface LiteLlmSettings {
  /** `https://gateway.example.com`: the address that consumers use. */
  readonly url: string;
  /** Left out: keys can be asked about by themselves, and nothing can be changed. */
  readonly masterKey?: (signal?: AbortSignal) => Promise<Secret>;
  /**
   * Each replica's own address at this moment, because behind the common one a balancer chooses. None: only the common one
   * is asked.
   */
  readonly replicas: (signal?: AbortSignal) => Promise<readonly string[]>;
  /** Of an `httpClient`, or a gateway in this process. */
  readonly ask: (call: Call) => Promise<Answer>;
}

/** The most that the gateway lists at once. */
const PAGE = 100;

/** LiteLLM's keys. Open source only: nothing here asks for a licence. */
export function liteLlm(settings: LiteLlmSettings): Gateway {
  const admin = administrator(settings);
  const find: Gateway['find'] = async (hash, signal) => {
    const answer = await admin('GET', `/key/info?key=${hash}`, `look up key ${short(hash)}`, { signal, absent: true });
    return answer && keyIn((answer['info'] ?? {}) as Row, hash);
  };
  const found = async (hash: string, operation: string, signal?: AbortSignal): Promise<GatewayKey> => {
    const key = await find(hash, signal);
    if (key) return key;
    const detail = 'it said yes, and does not know the key';
    throw new OutsideError({ service: serviceOf(settings), operation, trouble: 'broken', detail });
  };
  return {
    administered: settings.masterKey !== undefined,
    own: (key, signal) => ownWord(settings, key, signal),
    find,
    hashOf,
    keys: (signal) => everyKey(admin, signal),
    install: async (key, wish, signal) => {
      const [hash, operation] = [hashOf(key), `make key ${wish.alias}`];
      await admin('POST', '/key/generate', operation, { signal, body: { ...bodyOf(wish), key: key.reveal() } }).catch(
        async (error: unknown) => {
          // Because the answer that was lost may have been a yes: then the alias is taken, by this very key.
          if (!isTaken(error) || !(await find(hash, signal))) throw error;
        },
      );
      return found(hash, operation, signal);
    },
    extend: async (hash, lastingMs, signal) => {
      const operation = `extend key ${short(hash)}`;
      await admin('POST', '/key/update', operation, { signal, body: { key: hash, duration: durationOf(lastingMs) } });
      return found(hash, operation, signal);
    },
    remove: async (hash, signal) => {
      const operation = `remove key ${short(hash)}`;
      await admin('POST', '/key/delete', operation, { signal, body: { keys: [hash] }, absent: true });
      if (!(await find(hash, signal))) return;
      // Because what the gateway answers is an echo of what it was asked, whether it happened or not.
      const detail = 'it said yes, and still knows the key';
      throw new OutsideError({ service: serviceOf(settings), operation, trouble: 'broken', detail });
    },
    probe: (key, signal, at) => probeAll(settings, key, at, signal),
  };
}

const hashOf = (key: Secret): string => createHash('sha256').update(key.reveal()).digest('hex');
const short = (hash: string): string => hash.slice(0, 12);
const serviceOf = ({ url }: Pick<LiteLlmSettings, 'url'>): string => `litellm ${new URL(url).host}`;

type Row = Json;

interface Asking {
  readonly signal?: AbortSignal | undefined;
  readonly body?: Row;
  /** Whether not to be there is an answer. */
  readonly absent?: boolean;
}

type Administrator = (
  method: 'GET' | 'POST',
  path: string,
  operation: string,
  asking: Asking,
) => Promise<Row | undefined>;

function administrator(settings: LiteLlmSettings): Administrator {
  return async (method, path, operation, { signal, body, absent = false }) => {
    const service = serviceOf(settings);
    if (!settings.masterKey)
      throw new OutsideError({ service, operation, trouble: 'unauthorized', detail: 'the key for that is not here' });
    const key = await settings.masterKey(signal);
    const answer = await settings.ask({
      service,
      operation,
      method,
      signal,
      url: new URL(path, settings.url),
      headers: {
        authorization: `Bearer ${key.reveal()}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (answer.status === 404 && absent) return undefined;
    if (answer.status >= 300) throw complaint(service, operation, answer);
    const json = objectIn(answer.body.toString('utf8'));
    if (json) return json;
    throw new OutsideError({ service, operation, trouble: 'broken', status: answer.status, detail: 'it is not JSON' });
  };
}

async function everyKey(admin: Administrator, signal?: AbortSignal): Promise<GatewayKey[]> {
  const keys = new Map<string, GatewayKey>();
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const path = `/key/list?page=${page}&size=${PAGE}&return_full_object=true&include_team_keys=true&sort_by=created_at`;
    const answer = (await admin('GET', path, `list keys, page ${page}`, { signal })) ?? {};
    pages = Number(answer['total_pages'] ?? 1);
    for (const row of (answer['keys'] ?? []) as Row[]) {
      const hash = row['token'] ?? row['token_id'];
      if (typeof hash === 'string') keys.set(hash, keyIn(row, hash));
    }
  }
  return [...keys.values()];
}

/** Who a key belongs to, what it may do and how much: all that its successor must have as well. */
const CARRIED: readonly string[] = `
  models aliases config permissions metadata allowed_routes
  guardrails policies user_id team_id organization_id project_id
  agent_id access_group_ids router_settings max_budget soft_budget budget_id
  budget_duration model_max_budget budget_limits max_parallel_requests tpm_limit rpm_limit
  model_rpm_limit model_tpm_limit allowed_cache_controls
`.match(/\w+/g)!;

function keyIn(row: Row, hash: string): GatewayKey {
  const isSaid = ([name, value]: [string, unknown]): boolean =>
    CARRIED.includes(name) && value !== null && value !== undefined;
  return {
    hash,
    alias: typeof row['key_alias'] === 'string' && row['key_alias'] !== '' ? row['key_alias'] : undefined,
    expires: instantIn(row['expires']),
    blocked: row['blocked'] === true,
    spend: Number(row['spend'] ?? 0),
    budget: typeof row['max_budget'] === 'number' ? row['max_budget'] : undefined,
    settings: Object.fromEntries(Object.entries(row).filter(isSaid)),
  };
}

/** With or without a zone, where none means UTC. What cannot be read has long ended: never mistaken for never. */
function instantIn(value: unknown): Date | 'never' {
  if (value === null || value === undefined) return 'never';
  const text = typeof value === 'string' ? value : '';
  const instant = new Date(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(instant.getTime()) ? new Date(0) : instant;
}

const bodyOf = ({ alias, lastingMs, settings }: KeyWish): Row => ({
  ...settings,
  key_alias: alias,
  duration: durationOf(lastingMs),
});

/** In seconds: the gateway reads one number and one unit, and ignores whatever follows them. */
const durationOf = (milliseconds: number): string => `${Math.ceil(milliseconds / 1_000)}s`;

const isTaken = (error: unknown): boolean =>
  error instanceof OutsideError && error.status === 400 && /already exists/i.test(error.message);

/** The status is believed first: many refusals call themselves internal errors. */
function complaint(service: string, operation: string, { status, body }: Answer): OutsideError {
  const { type, message } = (objectIn(body.toString('utf8'))?.['error'] ?? {}) as { type?: unknown; message?: unknown };
  return new OutsideError({
    service,
    operation,
    trouble: troubleOf(status),
    status,
    ...(typeof type === 'string' && { code: type }),
    ...(typeof message === 'string' && { detail: withoutKeys(message) }),
  });
}

function troubleOf(status: number): Trouble {
  if (status === 404) return 'absent';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  return status < 500 ? 'refused' : 'broken';
}

/** Because older gateways repeat a whole key in what they say about it. */
export const withoutKeys = (text: string): string => text.replaceAll(/\bsk-[\w-]+/g, 'sk-…').slice(0, 300);

/**
 * What a key hears about itself: `/key/info` without a key is about whoever asks. Source: the gateway contract, B2.
 *
 * A key that is turned away at the door hears why, and that is an answer too. It is read from the database, while the
 * door goes by what a replica remembers.
 */
async function ownWord(settings: LiteLlmSettings, key: Secret, signal?: AbortSignal): Promise<GatewayKey | undefined> {
  const [service, hash] = [serviceOf(settings), hashOf(key)];
  const operation = `ask key ${short(hash)} about itself`;
  const headers = { authorization: `Bearer ${key.reveal()}`, accept: 'application/json' };
  const url = new URL('/key/info', settings.url);
  const answer = await settings.ask({ service, operation, method: 'GET', signal, url, headers });
  const info = answer.status < 300 ? objectIn(answer.body.toString('utf8'))?.['info'] : undefined;
  if (isObject(info)) return keyIn(info, hash);
  const { answer: said, why } = verdict(answer);
  const turnedAway = { hash, alias: undefined, expires: 'never', blocked: false, spend: 0, budget: undefined } as const;
  if (said === 'expired') return { ...turnedAway, expires: expiryIn(why ?? ''), settings: {} };
  if (said === 'blocked') return { ...turnedAway, blocked: true, settings: {} };
  if (said === 'over-budget') return { ...turnedAway, budget: 0, settings: {} };
  if (said === 'unknown-key' || answer.status === 404) return undefined;
  if (answer.status !== 403) throw complaint(service, operation, answer);
  const detail = 'it may not ask: let it (allowed_routes with /key/info), or Greenroom cannot see how long it lasts';
  throw new OutsideError({ service, operation, trouble: 'refused', status: 403, detail });
}

/** `Expired Key. Key Expiry time 2026-09-14 12:00:00+00:00 and current time …`: long ago, where it cannot be read. */
function expiryIn(said: string): Date {
  const [, text = ''] = /expiry time (\d{4}-\S+(?: \d\d:\d\d\S*)?)/i.exec(said) ?? [];
  const instant = instantIn(text.replace(' ', 'T'));
  return instant === 'never' ? new Date(0) : instant;
}

/** Pods that come and go faster than they can be asked are told as they were found last. */
const MOST_ROUNDS = 3;

/** Asks each replica. Where one does not answer, who serves is found out again: a pod may have gone, for another one. */
async function probeAll(
  settings: LiteLlmSettings,
  key: Secret,
  listed: readonly string[] | undefined,
  signal?: AbortSignal,
): Promise<readonly Probe[]> {
  const serving = async (): Promise<readonly string[]> => {
    const replicas = await settings.replicas(signal);
    return replicas.length > 0 ? replicas : [settings.url];
  };
  const said = new Map<string, Probe>();
  let replicas = listed ?? (await serving());
  for (let rounds = 1; ; rounds += 1) {
    const strangers = replicas.filter((at) => !said.has(at));
    const heard = await Promise.all(strangers.map((at) => probe(settings, at, key, signal)));
    for (const each of heard) said.set(each.replica, each);
    if (heard.every(({ answer }) => answer !== 'unreachable') || rounds === MOST_ROUNDS) break;
    replicas = await serving();
  }
  return replicas.flatMap((at) => said.get(at) ?? []);
}

/** A question that any key may ask and that no model has to answer. */
async function probe(settings: LiteLlmSettings, replica: string, key: Secret, signal?: AbortSignal): Promise<Probe> {
  try {
    const answer = await settings.ask({
      service: `litellm ${replica}`,
      operation: 'see whether a key works',
      method: 'GET',
      signal,
      url: new URL('/v1/models', replica),
      headers: { authorization: `Bearer ${key.reveal()}`, accept: 'application/json' },
    });
    return { replica, ...verdict(answer) };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    return { replica, answer: 'unreachable', why: whyOf(error) };
  }
}

/** 403 is what a key hears that is known and may not ask this: it works. Versions disagree about the other statuses. */
function verdict({ status, body }: Answer): Omit<Probe, 'replica'> {
  if (status < 300 || status === 403) return { answer: 'accepted' };
  const { type, message } = (objectIn(body.toString('utf8'))?.['error'] ?? {}) as { type?: unknown; message?: unknown };
  const why = withoutKeys(`${status} ${typeof message === 'string' ? message : ''}`.trim());
  if (type === 'expired_key') return { answer: 'expired', why };
  if (type === 'budget_exceeded') return { answer: 'over-budget', why };
  if (/key is blocked/i.test(why)) return { answer: 'blocked', why };
  return { answer: status === 401 ? 'unknown-key' : 'unreachable', why };
}
