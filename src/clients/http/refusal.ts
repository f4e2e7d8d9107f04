import { parseComplaint } from '../../core/headers.ts';
import { OutsideError, type Trouble } from '../../core/outside-error.ts';
import type { Answer, Call } from './call.ts';

/** The error that an answer amounts to, in what the server said itself. */
export function refusal(
  call: Pick<Call, 'service' | 'operation'>,
  { status, body, headers }: Pick<Answer, 'status' | 'body' | 'headers'>,
): OutsideError {
  const { code, message } = parseComplaint(body.toString('utf8'));
  const trouble = isLimit({ status, headers, body }) ? 'throttled' : troubleOf(status);
  return new OutsideError({
    service: call.service,
    operation: call.operation,
    trouble,
    status,
    ...(code !== undefined && { code }),
    ...(message !== undefined && { detail: message }),
  });
}

function troubleOf(status: number): Trouble {
  if (status === 404) return 'absent';
  if (status === 401 || status === 403) return 'unauthorized';
  if (status === 429) return 'throttled';
  if (status === 408) return 'timeout';
  return status >= 400 && status < 500 ? 'refused' : 'broken';
}

/** GitHub says 403 where others say 429. Source: github docs, "secondary rate limit". */
export function isLimit({ status, headers, body }: Pick<Answer, 'status' | 'headers' | 'body'>): boolean {
  if (status === 429) return true;
  if (status === 503) return headers['retry-after'] !== undefined;
  return status === 403 && /secondary rate limit|toomanyrequests/i.test(body.toString('utf8'));
}

/** What the caller asked for by aborting is not the world's doing, and keeps its own name. */
export function nameOf(call: Call, error: unknown): unknown {
  if (call.signal?.aborted) return call.signal.reason;
  if (error instanceof OutsideError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const detail =
    code !== undefined && message.includes(code) ? message.replace(code, '').replace(/^[: ]+/, '') : message;
  return new OutsideError({
    ...named(call),
    trouble: 'broken',
    ...(code !== undefined && { code }),
    detail,
    cause: error,
  });
}

export const named = ({ service, operation }: Call): Pick<Call, 'service' | 'operation'> => ({ service, operation });

export const refused = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'refused', detail });

export const late = (call: Call, detail: string): OutsideError =>
  new OutsideError({ ...named(call), trouble: 'timeout', detail });
