import { unless } from '../http/limits.ts';
import type { Answer } from '../http/call.ts';

/** How a vendor lets us in. */
export interface Credentials {
  /** The Authorization header for this repository; `undefined` where none is wanted, or none is known to be wanted yet. */
  header(challenge: string | undefined, push: boolean, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Forgets a header that was refused, unless another has taken its place already. Not `certain`: it may have run out,
   * or what was asked for is forbidden; a HEAD does not say which.
   */
  renewed(refused: string | undefined, certain: boolean): void;
}

/** What is known of the way into one registry by all its repositories. */
export interface Door {
  /** The newest WWW-Authenticate header. */
  challenge: string | undefined;
  known: boolean;
  /** The one request that finds out, while it is under way. */
  scouting: Promise<void> | undefined;
}

export const door = (): Door => ({ challenge: undefined, known: false, scouting: undefined });

interface Visit<A> {
  readonly push: boolean;
  readonly signal: AbortSignal | undefined;
  readonly send: (authorization: string | undefined) => Promise<A>;
}

/**
 * Sends, and again with a new header where the first was refused: a token may run out in the middle of a copy.
 *
 * Where it is not known yet how to get in, one request finds out and the others wait, instead of all being refused.
 */
export async function enter<A extends Answer>(door: Door, credentials: Credentials, visit: Visit<A>): Promise<A> {
  const header = (): Promise<string | undefined> => credentials.header(door.challenge, visit.push, visit.signal);
  let key = await header();
  while (key === undefined && !door.known && door.scouting) {
    await unless(visit.signal, door.scouting);
    key = await header();
  }
  let answer = await (key === undefined && !door.known ? scout(door, visit) : visit.send(key));
  for (let renewal = 1; renewal <= RENEWALS && (isRefused(answer) || mayBeRefused(answer)); renewal += 1) {
    door.challenge = answer.headers['www-authenticate'] ?? door.challenge;
    credentials.renewed(key, isRefused(answer));
    const next = await header();
    if (next === undefined || next === key) return answer;
    key = next;
    answer = await visit.send(key);
  }
  return answer;
}

/** Because the token for reading and the one for writing may both have run out, and each is only found out by trying it. */
const RENEWALS = 2;

async function scout<A extends Answer>(door: Door, { send }: Visit<A>): Promise<A> {
  const { promise, resolve } = Promise.withResolvers<void>();
  door.scouting = promise;
  try {
    const answer = await send(undefined);
    door.known = true;
    door.challenge = answer.headers['www-authenticate'];
    return answer;
  } finally {
    door.scouting = undefined;
    resolve();
  }
}

/** 401, or ECR's 403 for a token whose twelve hours are over. Not where a redirect led: our header was not sent there. */
const isRefused = ({ status, body, elsewhere }: Answer): boolean =>
  !elsewhere && (status === 401 || (status === 403 && /token has expired/i.test(body.toString('utf8'))));

const mayBeRefused = ({ status, body, elsewhere }: Answer): boolean =>
  !elsewhere && status === 403 && body.length === 0;
