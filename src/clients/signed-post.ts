import { seconds } from '../core/time.ts';
import { awsTrouble, faultOf } from './aws-trouble.ts';
import { httpClient } from './http.ts';
import { jittered, pause } from './http/limits.ts';
import { awsHost, signed, type AwsCredentials, type Signatory } from './sigv4.ts';

/** Who asks an AWS service, and where. */
export interface AwsCaller {
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** Where the region's service answers, if not at AWS. */
  readonly endpoint?: string;
  /** One question, all its retries included. */
  readonly withinMs?: number;
}

export interface Question {
  readonly service: Signatory['service'];
  /** The service's name, for people and errors. */
  readonly name: string;
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
}

/**
 * One question to a service of which we need no other: its own client would be a tenth of what a function weighs.
 *
 * Resolves to the body of the answer; everything else is an `OutsideError`, its code AWS's own word.
 */
export async function signedPost(question: Question, caller: AwsCaller): Promise<string> {
  const { withinMs = seconds(10) } = caller;
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(question.signal ? [question.signal] : [])]);
  try {
    return await answerTo(question, caller, signal);
  } catch (error) {
    throw awsTrouble(question.name, question.operation, error);
  }
}

const http = httpClient();

/** As often as AWS's own clients ask a service that says, with a 400, that it is asked too often. */
const ATTEMPTS = 3;
const BACKOFF_MS = 200;

async function answerTo(question: Question, caller: AwsCaller, signal: AbortSignal): Promise<string> {
  const { service, name, operation, headers, body, now } = question;
  const { region, credentials } = caller;
  const url = new URL(caller.endpoint ?? `https://${awsHost({ service, region })}/`);
  const request = await signed({ method: 'POST', url, headers, body }, { service, region, credentials }, now);
  for (let attempt = 1; ; attempt += 1) {
    const answer = await http.ask({ service: name, operation, ...request, signal });
    if (answer.status === 200) return answer.body.toString('utf8');
    const fault = faultOf(answer);
    if (attempt === ATTEMPTS || !/Throttl/.test(fault.name)) throw fault;
    await pause(jittered(BACKOFF_MS * 2 ** (attempt - 1)), signal);
  }
}
