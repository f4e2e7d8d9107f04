import { parseChallenges, type Challenge } from '../core/headers.ts';
import { isObject, parseJson } from '../core/json.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Http } from './http.ts';
import type { Call } from './http/call.ts';
import { unless } from './http/limits.ts';
import { mayBeAsked } from './http/redirects.ts';
import { refusal, type Adviser } from './http/refusal.ts';
import type { Credentials } from './oci/door.ts';

/** A user's name and password, or token, for a registry. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What `docker login` keeps where a registry hands out refresh tokens instead of taking the password again. */
export interface IdentityToken {
  readonly identityToken: string;
}

/** Asked whenever a token is fetched, so that a rotated secret is found. `undefined` is anonymous. */
export type LoginOf = (registry: string) => Promise<Login | IdentityToken | undefined>;

/** What a token is taken to live where its server does not say: the token specification's own figure. */
const UNSAID_SECONDS = 60;
/** Given up this long before it ends: it opens an upload that goes on for a while. */
const MARGIN_SECONDS = 10;

interface Token {
  readonly header: Promise<string>;
  /** The same, once it has come: whoever was refused with it must not be handed it again while a promise settles. */
  known?: string;
  /** On the monotonic clock. */
  until: number;
}

/** The tokens of one registry, for all its repositories. */
export interface Wallet {
  readonly http: Http;
  readonly registry: string;
  readonly login: LoginOf;
  readonly advise: Adviser;
  /** By scope. */
  readonly tokens: Map<string, Token>;
}

export const wallet = (given: Omit<Wallet, 'tokens'>): Wallet => ({ ...given, tokens: new Map() });

/** Who is not let in has to log in, or to log in as somebody else. */
export const loginAdvice =
  (howToLogIn: string | undefined): Adviser =>
  ({ status }) => {
    if (howToLogIn === undefined || (status !== 401 && status !== 403)) return undefined;
    return { remedy: `${howToLogIn}, as somebody who may` };
  };

const basic = ({ username, password }: Login): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;

/**
 * Lets us in as the registry's challenge says: a bearer token for exactly this repository, or Basic.
 *
 * The scope is our own, because GHCR's hint for `/v2/` names a repository that does not exist. A token is fetched
 * once for all who want it at the same time.
 */
export function challenged(wallet: Wallet, repository: string): Credentials {
  return {
    async header(challenge, push, signal) {
      const offers = parseChallenges(challenge ?? '');
      const bearer = offers.find(({ scheme }) => scheme === 'bearer');
      if (bearer) return unless(signal, tokenFor(wallet, bearer, repository, push));
      return offers.some(({ scheme }) => scheme === 'basic') ? basicFor(wallet) : undefined;
    },
    renewed(refused, certain) {
      if (certain && refused !== undefined) forget(wallet, refused);
    },
  };
}

async function basicFor({ registry, login, advise }: Wallet): Promise<string> {
  const who = await login(registry);
  if (who && 'username' in who) return basic(who);
  const remedy = advise({ status: 401, body: Buffer.alloc(0) })?.remedy;
  const detail = `it wants a user name and a password${remedy === undefined ? '' : `: ${remedy}`}`;
  throw new OutsideError({ service: registry, operation: 'log in', trouble: 'unauthorized', detail });
}

const scopeOf = (repository: string, push: boolean): string =>
  `repository:${repository}:${push ? 'pull,push' : 'pull'}`;

/** Who may push may pull. */
function tokenFor(wallet: Wallet, challenge: Challenge, repository: string, push: boolean): Promise<string> {
  const scope = scopeOf(repository, push);
  const kept = [wallet.tokens.get(scopeOf(repository, true)), wallet.tokens.get(scope)];
  const good = kept.find((token) => token && performance.now() < token.until);
  return good?.header ?? fetched(wallet, challenge, scope);
}

/** Kept while it is on its way already. Whoever asks first may give up and the others still get it. */
function fetched(wallet: Wallet, challenge: Challenge, scope: string): Promise<string> {
  const issued = fetchToken(wallet, challenge, scope);
  const token: Token = { header: issued.then(({ value }) => `Bearer ${value}`), until: Infinity };
  wallet.tokens.set(scope, token);
  issued.then(
    ({ value, seconds }) => {
      token.known = `Bearer ${value}`;
      token.until = performance.now() + Math.max(seconds - MARGIN_SECONDS, seconds / 2) * 1_000;
    },
    () => drop(wallet, scope, token),
  );
  return token.header;
}

/** The others who were refused with the same token may have replaced it already. */
function forget(wallet: Wallet, refused: string): void {
  for (const [scope, token] of wallet.tokens) if (token.known === refused) drop(wallet, scope, token);
}

function drop({ tokens }: Wallet, scope: string, token: Token): void {
  if (tokens.get(scope) === token) tokens.delete(scope);
}

async function fetchToken(
  { http, registry, login, advise }: Wallet,
  { parameters: { realm, service: audience } }: Challenge,
  scope: string,
): Promise<{ value: string; seconds: number }> {
  const call = { service: registry, operation: `get a token for ${scope}` };
  const url = URL.parse(realm ?? '');
  if (!url || !mayBeAsked(url))
    throw new OutsideError({ ...call, trouble: 'refused', detail: 'the challenge names no realm that may be asked' });
  const wanted = { ...(audience !== undefined && { service: audience }), scope };
  const answer = await http.ask({ ...call, ...requestOf(url, wanted, await login(registry)) });
  if (answer.status !== 200) throw refusal(call, answer, advise(answer));
  const token = tokenIn(answer.body.toString('utf8'));
  if (!token) throw new OutsideError({ ...call, trouble: 'broken', detail: 'the answer holds no token' });
  return token;
}

type Wanted = Readonly<Record<string, string>>;

/** Source: distribution's token and OAuth2 specifications. */
function requestOf(
  realm: URL,
  wanted: Wanted,
  who: Login | IdentityToken | undefined,
): Pick<Call, 'method' | 'url' | 'headers' | 'body'> {
  if (who && 'identityToken' in who) {
    const form = { ...wanted, grant_type: 'refresh_token', client_id: 'greenroom', refresh_token: who.identityToken };
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return { method: 'POST', url: realm, headers, body: new URLSearchParams(form).toString() };
  }
  const url = new URL(realm);
  for (const [name, value] of Object.entries(wanted)) url.searchParams.set(name, value);
  return { method: 'GET', url, headers: who ? { authorization: basic(who) } : {} };
}

/** Nothing of an answer that cannot be read goes into an error: it may be a token all the same. */
function tokenIn(body: string): { readonly value: string; readonly seconds: number } | undefined {
  const json = parseJson(body);
  if (!isObject(json)) return undefined;
  const value = json['token'] ?? json['access_token'];
  const seconds = json['expires_in'];
  if (typeof value !== 'string' || value === '') return undefined;
  return { value, seconds: typeof seconds === 'number' && seconds > 0 ? seconds : UNSAID_SECONDS };
}
