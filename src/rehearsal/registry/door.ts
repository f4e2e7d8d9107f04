import { randomBytes } from 'node:crypto';
import type { Settled } from './manners.ts';
import { Refusal } from './refusal.ts';

export interface Asking {
  readonly authorization: string | undefined;
  /** Undefined for `/v2/` itself. */
  readonly repository: string | undefined;
  readonly action: 'pull' | 'push';
}

interface Token {
  readonly expires: number;
  /** `name:action` of everything it opens. */
  readonly opens: ReadonlySet<string>;
  readonly anonymous: boolean;
}

const EXPIRED = 'Your authorization token has expired. Reauthenticate and try again.';
const DENIED = 'requested access to the resource is denied';

/** Decides who may come in. */
export class Door {
  readonly #now: () => number;
  readonly #host: string;
  readonly #tokens = new Map<string, Token>();
  /** When each `user:password` came into the world. */
  readonly #passwords = new Map<string, number>();

  constructor(host: string, now: () => number) {
    this.#host = host;
    this.#now = now;
  }

  /** Passwords grow old from the moment when the registry first hears of them. */
  learn({ credentials }: Settled): void {
    const password = credentials && `${credentials.username}:${credentials.password}`;
    if (password !== undefined && !this.#passwords.has(password)) this.#passwords.set(password, this.#now());
  }

  /** A fresh password beside those that are known, as ECR's GetAuthorizationToken gives. */
  issue({ tokenSeconds }: Settled): { username: string; password: string; expiresAt: Date } {
    const [username, password] = ['AWS', randomBytes(24).toString('base64url')];
    this.#passwords.set(`${username}:${password}`, this.#now());
    return { username, password, expiresAt: new Date(this.#now() + tokenSeconds * 1_000) };
  }

  /** Throws the refusal, if there is one. */
  admit(manners: Settled, asking: Asking): void {
    if (manners.auth === 'basic') this.#admitPassword(manners, asking);
    if (manners.auth === 'bearer') this.#admitToken(manners, asking);
  }

  /** What the token endpoint answers. GHCR gives everybody a token and refuses later. */
  token(manners: Settled, url: URL, authorization: string | undefined): Record<string, unknown> {
    const known = authorization !== undefined && this.#knows(manners, authorization) === 'known';
    const anonymous = manners.credentials !== undefined && !known;
    if (anonymous && manners.kind === 'ghcr' && authorization !== undefined) throw new Refusal(403, 'DENIED', 'denied');
    if (anonymous && manners.kind !== 'ghcr') throw new Refusal(401, 'UNAUTHORIZED', 'authentication required');

    const token = randomBytes(24).toString('base64url');
    const expires = this.#now() + manners.tokenSeconds * 1_000;
    this.#tokens.set(token, { expires, anonymous, opens: new Set(url.searchParams.getAll('scope').flatMap(opened)) });
    // GHCR does not say how long its tokens are good for.
    return manners.kind === 'ghcr' ? { token } : { token, access_token: token, expires_in: manners.tokenSeconds };
  }

  #admitPassword(manners: Settled, { authorization }: Asking): void {
    const found = authorization === undefined ? 'unknown' : this.#knows(manners, authorization);
    if (found === 'expired') throw new Refusal(403, 'DENIED', EXPIRED);
    if (found === 'known') return;
    const realm = `Basic realm="http://${this.#host}/",service="${manners.kind === 'ecr' ? 'ecr.amazonaws.com' : this.#host}"`;
    throw new Refusal(401, 'UNAUTHORIZED', 'Not Authorized', { headers: { 'WWW-Authenticate': realm } });
  }

  #knows({ tokenSeconds, auth }: Settled, authorization: string): 'known' | 'expired' | 'unknown' {
    const [scheme, value = ''] = authorization.split(' ', 2);
    if (scheme?.toLowerCase() !== 'basic') return 'unknown';
    const since = this.#passwords.get(Buffer.from(value, 'base64').toString('utf8'));
    if (since === undefined) return 'unknown';
    return auth === 'basic' && this.#now() >= since + tokenSeconds * 1_000 ? 'expired' : 'known';
  }

  #admitToken(manners: Settled, asking: Asking): void {
    const [scheme, value = ''] = asking.authorization?.split(' ', 2) ?? [];
    const token = scheme?.toLowerCase() === 'bearer' ? this.#tokens.get(value) : undefined;
    if (!token) throw this.#challenge(manners, asking);
    if (this.#now() >= token.expires) throw this.#challenge(manners, asking, 'invalid_token');
    if (asking.repository === undefined) return;
    const wanted = `${asking.repository}:${asking.action}`;
    if (!token.opens.has(wanted)) throw this.#challenge(manners, asking, 'insufficient_scope');
    if (token.anonymous) throw new Refusal(403, 'DENIED', DENIED);
  }

  #challenge({ kind }: Settled, { repository, action }: Asking, error?: string): Refusal {
    const actions = action === 'push' ? 'pull,push' : 'pull';
    // GHCR's hint for `/v2/` is a placeholder that means nothing.
    const named = repository ?? (kind === 'ghcr' ? 'user/image' : undefined);
    const scope = named === undefined ? '' : `,scope="repository:${named}:${actions}"`;
    const service = kind === 'ghcr' ? 'ghcr.io' : this.#host;
    const realm = `Bearer realm="http://${this.#host}/token",service="${service}"${scope}`;
    const header = error === undefined ? realm : `${realm},error="${error}"`;
    return new Refusal(401, 'UNAUTHORIZED', 'authentication required', { headers: { 'WWW-Authenticate': header } });
  }
}

/** `repository:coder/coder:pull,push` and several of those, space separated, as `name:action` each. */
function opened(scopes: string): string[] {
  return scopes.split(' ').flatMap((scope) => {
    const found = /^repository:(.+):([a-z*,]+)$/.exec(scope);
    const actions = found?.[2] === '*' ? ['pull', 'push'] : (found?.[2]?.split(',') ?? []);
    return actions.map((action) => `${found?.[1]}:${action}`);
  });
}
