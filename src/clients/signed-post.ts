import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { objectIn, type Json } from '../core/json.ts';
import { OutsideError } from '../core/outside-error.ts';
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
  /** How often what passes is tried: as often as AWS's own clients, if not said. */
  readonly maxAttempts?: number;
}

/** Whoever AWS's own clients would be: in a function its role, at a terminal the profile. */
export const callerIn = (region: string): AwsCaller => ({ region, credentials: defaultProvider() });

export interface Question {
  readonly service: Signatory['service'];
  /** The service's name, for people and errors. */
  readonly name: string;
  readonly operation: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly now: Date;
  readonly signal?: AbortSignal | undefined;
  /** All its tries together. */
  readonly withinMs?: number;
}

/** Who tries again is `signedPost`. */
const http = httpClient({ tries: 1, limitTries: 1 });
const BACKOFF_MS = 100;

/**
 * One question to a service of which we need one or two answers: its own client, and the protocols behind it, would be
 * most of what a function weighs.
 *
 * Resolves to the body of the answer; everything else is an `OutsideError`, its code AWS's own word.
 */
export async function signedPost(question: Question, caller: AwsCaller): Promise<string> {
  const { withinMs = seconds(10), name, operation } = question;
  const signal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(question.signal ? [question.signal] : [])]);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await answerTo(question, caller, signal);
    } catch (error) {
      const trouble = awsTrouble(name, operation, error);
      const isLast = attempt >= (caller.maxAttempts ?? 3) || signal.aborted;
      if (isLast || !/broken|throttled|timeout/.test(trouble.trouble)) throw trouble;
    }
    // Where it is cut short, the next try says so at once, in its own words.
    await pause(jittered(BACKOFF_MS * 2 ** attempt), signal).catch(() => undefined);
  }
}

async function answerTo(question: Question, caller: AwsCaller, signal: AbortSignal): Promise<string> {
  const { service, name, operation, headers, body, now } = question;
  const { region, credentials, endpoint = `https://${awsHost({ service, region })}/` } = caller;
  const unsigned = { method: 'POST', url: new URL(endpoint), headers, body } as const;
  const request = await signed(unsigned, { service, region, credentials }, now);
  const answer = await http.ask({ service: name, operation, ...request, signal });
  if (answer.status !== 200) throw faultOf(answer);
  return answer.body.toString('utf8');
}

/** The same in AWS's JSON, by the operation's name as the service has it: `secretsmanager.GetSecretValue`. */
export async function askInJson(
  {
    target,
    input,
    ...question
  }: Omit<Question, 'headers' | 'body'> & { readonly target: string; readonly input: Json },
  caller: AwsCaller,
): Promise<Json> {
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target };
  const answer = objectIn(await signedPost({ ...question, headers, body: JSON.stringify(input) }, caller));
  if (answer) return answer;
  const { name: service, operation } = question;
  throw new OutsideError({
    service,
    operation,
    trouble: 'corrupt',
    status: 200,
    detail: 'an answer that cannot be read',
  });
}
