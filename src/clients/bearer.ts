import { parseChallenges } from '../core/headers.ts';
import { OutsideError } from '../core/outside-error.ts';
import { mayBeAsked, refusal, type Http } from './http.ts';
import type { Credentials } from './oci.ts';

/** A user's name and password, or token, for a registry. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What a token is taken to live where its server does not say: the token specification's own figure. */
const UNSAID_SECONDS = 60;
/** Given up this long before it ends, so that it does not end on its way. */
const MARGIN_SECONDS = 10;

interface Token {
  readonly value: string;
  readonly until: number;
}

export const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * Lets us in as the registry's challenge says: a bearer token for exactly this repository, or Basic.
 *
 * The scope is our own, because GHCR's hint for `/v2/` names a repository that does not exist. A token is fetched
 * once for all who want it at the same time.
 */
export function challenged(
  http: Http,
  service: string,
  repository: string,
  login: () => Promise<Login | undefined>,
): Credentials {
  let tokens = new Map<string, Promise<Token>>();
  return {
    renewed: () => {
      tokens = new Map();
    },
    async header(challenge, push, signal) {
      const offers = parseChallenges(challenge ?? '');
      const bearer = offers.find(({ scheme }) => scheme === 'bearer');
      if (!bearer)
        return offers.some(({ scheme }) => scheme === 'basic') ? basicFor(service, await login()) : undefined;
      const scope = `repository:${repository}:${push ? 'pull,push' : 'pull'}`;
      const kept = await tokens.get(scope)?.catch(() => undefined);
      if (kept && performance.now() < kept.until) return `Bearer ${kept.value}`;
      const fetched = fetchToken(http, service, bearer.parameters, scope, login, signal);
      tokens.set(scope, fetched);
      return `Bearer ${(await fetched).value}`;
    },
  };
}

function basicFor(service: string, login: Login | undefined): string {
  if (login) return basic(login);
  throw new OutsideError({
    service,
    operation: 'log in',
    trouble: 'unauthorized',
    detail: 'it wants a user name and a password',
  });
}

async function fetchToken(
  http: Http,
  service: string,
  { realm, service: audience }: Readonly<Record<string, string>>,
  scope: string,
  login: () => Promise<Login | undefined>,
  signal?: AbortSignal,
): Promise<Token> {
  const call = { service, operation: `get a token for ${scope}` };
  const url = URL.parse(realm ?? '');
  if (!url || !mayBeAsked(url))
    throw new OutsideError({ ...call, trouble: 'refused', detail: 'the challenge names no realm that may be asked' });
  if (audience !== undefined) url.searchParams.set('service', audience);
  url.searchParams.set('scope', scope);
  const who = await login();
  const headers = who ? { authorization: basic(who) } : {};
  const answer = await http.ask({ ...call, method: 'GET', url, headers, signal });
  if (answer.status !== 200) throw refusal(call, answer);
  const { value, seconds } = tokenIn(answer.body.toString('utf8'));
  if (!value) throw new OutsideError({ ...call, trouble: 'broken', detail: 'the answer holds no token' });
  const lives = Math.max(seconds - MARGIN_SECONDS, seconds / 2);
  return { value, until: performance.now() + lives * 1_000 };
}

/** Nothing of an answer that cannot be read goes into an error: it may be a token all the same. */
function tokenIn(body: string): { readonly value?: string; readonly seconds: number } {
  const json = jsonOf(body);
  const value = json['token'] ?? json['access_token'];
  const seconds = json['expires_in'];
  return {
    ...(typeof value === 'string' && value !== '' && { value }),
    seconds: typeof seconds === 'number' && seconds > 0 ? seconds : UNSAID_SECONDS,
  };
}

function jsonOf(body: string): Readonly<Record<string, unknown>> {
  try {
    return (JSON.parse(body) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}
