/** What went wrong outside, as far as a retry is concerned. */
export type Trouble = 'absent' | 'refused' | 'unauthorized' | 'throttled' | 'broken' | 'corrupt' | 'timeout';

interface Circumstances {
  /** Whom we spoke to: `ghcr.io/coder/coder-preview`, `dynamodb`. */
  readonly service: string;
  /** What we asked for, as a person would say it: `read blob sha256:44136fa3…`. */
  readonly operation: string;
  readonly trouble: Trouble;
  readonly status?: number;
  /** The vendor's own error code, such as `TAG_INVALID`. */
  readonly code?: string;
  readonly detail?: string;
  readonly cause?: unknown;
}

/**
 * The world could not be seen or changed. The one error type that clients throw.
 *
 * Its message names the thing, the operation and what the other side said, and never a credential: clients put
 * in `detail` only what the server answered, never what was sent.
 */
export class OutsideError extends Error {
  readonly service: string;
  readonly operation: string;
  readonly trouble: Trouble;
  readonly status: number | undefined;
  readonly code: string | undefined;

  constructor({ service, operation, trouble, status, code, detail, cause }: Circumstances) {
    const answer = [status, code, detail].filter((part) => part !== undefined && part !== '').join(' ');
    super(`${service}: could not ${operation}: ${answer === '' ? trouble : answer}`, { cause });
    this.name = 'OutsideError';
    this.service = service;
    this.operation = operation;
    this.trouble = trouble;
    this.status = status;
    this.code = code;
  }
}

/** One line for evidence and logs; the whole error goes to the log where it is caught. */
export const whyOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/**
 * Who does not answer, or answers everybody alike, as a sentence of an `OutsideError` says it: `us-west-2`, `coder`.
 *
 * By the sentence, because that is what a look keeps of an error. Nothing where somebody answered about this one thing
 * alone, and where it cannot be told: what is grouped wrongly would be told to nobody.
 */
export function outageIn(sentence: string): string | undefined {
  const [before = '', ...rest] = sentence.split(': could not ');
  const [service = ''] = before.split(/[;:] /).slice(-1);
  const said = rest.join(': could not ');
  const [, answer = ''] = /^[^:]*(?::\S[^:]*)*: ([^]*)$/.exec(said) ?? [];
  if (service === '' || !ALIKE.test(answer)) return undefined;
  return service.replace(/^([^/\s]+)\/\S*/, '$1') + (/^401\b/.test(answer) ? ' 401' : '');
}

/** Statuses that are about the service and not about the thing, Node's codes, and our own words for silence. */
const ALIKE =
  /^(?:5\d\d|408|429|401)\b|^(?:timeout|throttled)$|^E[A-Z_]{3,}\b|\b(?:no answer|does not answer|no handshake|connection was closed)\b/;
