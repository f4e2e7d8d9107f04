import { createHmac, timingSafeEqual } from 'node:crypto';
import { MiB } from './core/bytes.ts';
import { isJson, readDelivery, type Delivery, type Json } from './core/delivery.ts';
import { OutsideError } from './core/outside-error.ts';
import type { Bus } from './ports.ts';

/** A request as any host can hand it over. `body` is what was sent, byte for byte: that is what was signed. */
export interface WebhookRequest {
  readonly method: string;
  /** Names in any case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Uint8Array;
}

export interface WebhookSettings {
  /** The current secret and the one before, so that it can be rotated. `afresh`: read again, a signature did not fit. */
  readonly secrets: (afresh: boolean) => Promise<readonly string[]>;
  readonly bus: Bus;
  /** The estate's source repositories, without tags. */
  readonly sources: readonly string[];
  readonly maxBytes?: number;
  /** GitHub hangs up after ten seconds and never tries again; a hook that answers late is shown as broken. */
  readonly busDeadlineMs?: number;
}

export interface WebhookAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Short JSON: what was done, and why. */
  readonly body: string;
  /** GitHub's id of the delivery, for the host's log. */
  readonly delivery: string;
  /** Why the answer is 503, for the host's log and never for the answer. */
  readonly trouble?: OutsideError;
}

/**
 * Takes a delivery from GitHub and puts a look on the bus for each source of ours that it touches.
 *
 * Nothing is remembered between deliveries, so a duplicate, a replay or a late one costs a look and changes nothing.
 * Never throws for what the world does: what could not be checked or published is a 503, which GitHub shows in red
 * and a person can redeliver.
 */
export async function receive(request: WebhookRequest, settings: WebhookSettings): Promise<WebhookAnswer> {
  const headers = foldedHeaders(request.headers);
  const delivery = deliveryId(headers);
  return { ...(await answerTo(request, headers, delivery, settings)), delivery };
}

type Answer = Omit<WebhookAnswer, 'delivery'>;

async function answerTo(
  request: WebhookRequest,
  headers: Headers,
  delivery: string,
  settings: WebhookSettings,
): Promise<Answer> {
  const refusal = refusalOf(request, headers, settings.maxBytes ?? MiB);
  if (refusal) return refusal;

  try {
    if (!(await isSigned(request.body, headers.get('x-hub-signature-256'), settings.secrets))) return unsigned();
    const payload = parseBody(request.body);
    if (!payload) return answer(400, { done: 'refused', why: 'the body is not a JSON object' });
    return await act(readDelivery(headers.get('x-github-event') ?? '', payload, settings.sources), delivery, settings);
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    const why = 'Greenroom could not reach what it needs for this; redeliver it in a minute';
    return { ...answer(503, { done: 'failed', why }), trouble: error };
  }
}

type Headers = ReadonlyMap<string, string>;

/** A header that is sent twice is joined, as HTTP has it, and so fits no signature. */
function foldedHeaders(headers: WebhookRequest['headers']): Headers {
  const folded = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) continue;
    const key = name.toLowerCase();
    folded.set(key, [folded.get(key) ?? [], value].flat().join(', '));
  }
  return folded;
}

/** What can be told before the first byte is hashed. */
function refusalOf({ method, body }: WebhookRequest, headers: Headers, maxBytes: number): Answer | undefined {
  if (method !== 'POST') {
    return answer(405, { done: 'refused', why: 'GitHub delivers with POST' }, { allow: 'POST' });
  }
  if (body.length > maxBytes) return answer(413, { done: 'refused', why: `larger than ${maxBytes} bytes` });
  const type = headers.get('content-type')?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return undefined;
  return answer(415, {
    done: 'refused',
    why: `${type === 'application/x-www-form-urlencoded' ? 'this is a form' : 'this is not JSON'}: set the hook's content type to application/json`,
  });
}

const SIGNATURE = /^sha256=([0-9a-f]{64})$/;

async function isSigned(
  body: Uint8Array,
  header: string | undefined,
  secrets: WebhookSettings['secrets'],
): Promise<boolean> {
  const hex = SIGNATURE.exec(header ?? '')?.[1];
  if (hex === undefined) return false;
  const signature = Buffer.from(hex, 'hex');
  return fits(body, signature, await secrets(false)) || fits(body, signature, await secrets(true));
}

function fits(body: Uint8Array, signature: Buffer, secrets: readonly string[]): boolean {
  // Because `openssl rand | aws secretsmanager put-secret-value` keeps a line end that GitHub's form drops.
  const keys = secrets.map((secret) => secret.replace(/[\r\n]+$/, '')).filter((secret) => secret !== '');
  if (keys.length === 0) throw new Error('the webhook has no secret, or an empty one that anybody could sign with');
  return keys.map((key) => isSameHash(createHmac('sha256', key).update(body).digest(), signature)).includes(true);
}

const isSameHash = (one: Buffer, other: Buffer): boolean => one.length === other.length && timingSafeEqual(one, other);

function parseBody(body: Uint8Array): Json | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    return isJson(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

async function act(meant: Delivery, cause: string, { bus, busDeadlineMs = 800 }: WebhookSettings): Promise<Answer> {
  if (meant.kind === 'ping') return answer(200, { done: 'answered a ping', hook: meant.hook, why: meant.why });
  if (meant.kind === 'ignored') return answer(202, { done: 'ignored', why: meant.why });
  await within(busDeadlineMs, bus.look(meant.sources.map((source) => ({ source, cause }))));
  return answer(202, { done: 'published', sources: meant.sources, why: meant.why });
}

/** GitHub signs the body and no header, so whatever is not shaped like its ids stays out of the log. */
function deliveryId(headers: Headers): string {
  const id = headers.get('x-github-delivery') ?? '';
  return /^[\w-]{1,64}$/.test(id) ? id : 'a delivery without an id';
}

async function within<T>(deadlineMs: number, work: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(
      new OutsideError({
        service: 'bus',
        operation: 'publish a look',
        trouble: 'timeout',
        detail: `no answer in ${deadlineMs} ms`,
      }),
    );
  }, deadlineMs);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** One answer for a signature that is missing, malformed or wrong: a forger learns nothing from the difference. */
const unsigned = (): Answer =>
  answer(401, {
    done: 'refused',
    why: 'no valid X-Hub-Signature-256: check that the hook and Greenroom share a secret',
  });

function answer(
  status: number,
  body: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return {
    status,
    headers: { 'content-type': 'application/json', 'cache-control': 'no-store', ...headers },
    body: JSON.stringify(body),
  };
}
