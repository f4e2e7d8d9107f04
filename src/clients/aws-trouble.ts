import { objectIn } from '../core/json.ts';
import { OutsideError, type Trouble } from '../core/outside-error.ts';
import type { Answer } from './http/call.ts';

/**
 * What an AWS SDK call threw, as the one error that clients throw.
 *
 * Of what the service said only the first line is kept, and of its error nothing: where a signature does not match,
 * AWS spells out the whole request that it expected, session token included; where an answer cannot be parsed, the
 * SDK's error carries the answer, and the answer may be a secret.
 */
export function awsTrouble(service: string, operation: string, error: unknown, remedies: Remedies = {}): OutsideError {
  if (error instanceof OutsideError) return error;
  const { name, message, code, $fault, $metadata } = shapeOf(error);
  const circumstances = { service, operation, trouble: troubleOf(name, $fault) };
  const status = $metadata?.httpStatusCode;
  if ($fault === undefined && status !== undefined) {
    return new OutsideError({ ...circumstances, trouble: 'corrupt', status, detail: 'an answer that cannot be read' });
  }
  if ($fault === undefined) {
    return new OutsideError({ ...circumstances, ...(code && { code }), detail: firstLine(message), cause: error });
  }
  const request = $metadata?.requestId === undefined ? '' : ` (request ${$metadata.requestId})`;
  const remedy = remedies[name] === undefined ? '' : `: ${remedies[name]}`;
  return new OutsideError({
    ...circumstances,
    ...(status !== undefined && { status }),
    code: name,
    detail: `${firstLine(message)}${request}${remedy}`,
  });
}

/** What a service refused, in JSON or in XML, in the shape that AWS's own clients give it. */
export function faultOf({ status, headers, body }: Answer): Error {
  const text = body.toString('utf8');
  const { __type: type, message, Message = message } = objectIn(text) ?? {};
  const named = [headers['x-amzn-errortype'], type, /<Code>(\w+)<\/Code>/.exec(text)?.[1]];
  const word = named.find((each) => typeof each === 'string') ?? 'UnknownError';
  const [name = ''] = word.replace(/^.*#/, '').split(':');
  const said = typeof Message === 'string' ? Message : (/<Message>([^<]*)/.exec(text)?.[1] ?? '');
  return Object.assign(new Error(said), {
    name,
    $fault: status >= 500 ? 'server' : 'client',
    $metadata: { httpStatusCode: status, requestId: headers['x-amzn-requestid'] },
  });
}

/** What to do about an error that a person has to mend, by its name. */
export type Remedies = Readonly<Record<string, string>>;

interface Shape {
  readonly name: string;
  readonly message: string;
  /** Node's own: `ECONNREFUSED`. */
  readonly code?: string;
  /** On errors that the service answered with, and on no other. */
  readonly $fault?: 'client' | 'server';
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
}

const shapeOf = (error: unknown): Shape => (error instanceof Error ? error : { name: 'Error', message: String(error) });

const firstLine = (text: string): string => (text.split(/[\r\n]/, 1)[0] ?? '').slice(0, 300);

const KINDS: readonly (readonly [RegExp, Trouble])[] = [
  // A quota of the account, which no waiting raises. `RequestLimitExceeded` is a rate.
  [/^(?:Limit|ServiceQuota|ResourceLimit)Exceeded/, 'refused'],
  [/Throttl|TooManyRequests|LimitExceeded|SlowDown/, 'throttled'],
  [/NotFound|NoSuch/, 'absent'],
  [
    /AccessDenied|Unauthori[sz]ed|NotAuthorized|AuthorizationError|UnrecognizedClient|Signature|Token|Credentials/,
    'unauthorized',
  ],
  [/Abort|Timeout/, 'timeout'],
];

const troubleOf = (name: string, fault: Shape['$fault']): Trouble =>
  KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? (fault === 'client' ? 'refused' : 'broken');
