import { parseComplaint } from '../../core/headers.ts';
import { OutsideError, type Trouble } from '../../core/outside-error.ts';
import type { Answer, Call } from './call.ts';

/** What an answer means beyond its status, and what a person can do about it. */
export interface Advice {
  readonly trouble?: Trouble;
  readonly remedy: string;
}

/** What whoever knows the server has to say about an answer that is no success. */
export type Adviser = (answer: Pick<Answer, 'status' | 'body'>) => Advice | undefined;

/** The error that an answer amounts to, in what the server said itself. */
export function refusal(
  call: Pick<Call, 'service' | 'operation'>,
  { status, body, headers }: Pick<Answer, 'status' | 'body' | 'headers'>,
  advice?: Advice,
): OutsideError {
  const { code, message } = parseComplaint(body.toString('utf8'));
  const trouble = isLimit({ status, headers, body }) ? 'throttled' : (advice?.trouble ?? troubleOf(status));
  const detail = [message, advice?.remedy].filter((part) => part !== undefined).join(': ');
  return new OutsideError({
    service: call.service,
    operation: call.operation,
    trouble,
    status,
    ...(code !== undefined && { code }),
    ...(detail !== '' && { detail }),
  });
}

function troubleOf(status: number): Trouble {
  if (status === 404) return 'absent';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'refused' : 'broken';
}

/**
 * GitHub says 403 where others say 429, and AWS 400. Source: github docs, "secondary rate limit"; AWS's common errors.
 * LiteLLM says 429 to a key whose budget is spent, which no waiting mends. Source: the gateway contract, B1.
 */
export function isLimit({ status, headers, body }: Pick<Answer, 'status' | 'headers' | 'body'>): boolean {
  if (status === 429) return !/"budget_exceeded"/.test(body.toString('utf8'));
  if (status === 503) return headers['retry-after'] !== undefined;
  if (status === 400) return String(headers['x-amzn-errortype']).startsWith('Throttling');
  return status === 403 && /secondary rate limit|toomanyrequests/i.test(body.toString('utf8'));
}

/** What the caller asked for by aborting is not the world's doing, and keeps its own name. */
export function nameOf(call: Call, error: unknown): unknown {
  if (call.signal?.aborted) return call.signal.reason;
  if (error instanceof OutsideError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  return new OutsideError({
    ...named(call),
    trouble: 'broken',
    ...(code !== undefined && { code }),
    detail: spelledOut(code, message),
    cause: error,
  });
}

/** What node says in a word that only programmers know, or in the words of a library below it. */
const MEANINGS: readonly (readonly [RegExp, string])[] = [
  [/^ECONNREFUSED$/, 'nobody listens there'],
  [/^ECONNRESET$/, 'the other side closed the connection'],
  [/^ENOTFOUND$/, 'there is no host of that name'],
  [/^EAI_AGAIN$/, 'names cannot be looked up now'],
  [/SELF_SIGNED|UNABLE_TO_(?:GET|VERIFY)/, 'name the authority that we may trust with NODE_EXTRA_CA_CERTS'],
];
const NO_TLS = 'it does not speak TLS, and only a host on this machine is spoken to without';

function spelledOut(code: string | undefined, message: string): string {
  if (code === undefined) return message;
  if (/^EPROTO$|^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|INTERNAL)/.test(code)) return NO_TLS;
  const rest = message
    .replace(code, '')
    .replaceAll(/ {2,}/g, ' ')
    .replace(/^[: ]+/, '')
    .trim();
  const meaning = MEANINGS.find(([pattern]) => pattern.test(code))?.[1];
  return meaning === undefined ? rest : `${rest}: ${meaning}`;
}

export const named = ({ service, operation }: Call): Pick<Call, 'service' | 'operation'> => ({ service, operation });

export const refused = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'refused', detail });

export const late = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'timeout', detail });
