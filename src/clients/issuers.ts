import { ListSecretsCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { connect, checkServerIdentity, type PeerCertificate, type TLSSocket } from 'node:tls';
import { objectIn } from '../core/json.ts';
import { OutsideError } from '../core/outside-error.ts';
import type { Secret } from '../core/secret.ts';
import { seconds } from '../core/time.ts';
import type { Certificate, DatedSecret, Issuers } from '../ports.ts';
import { awsTrouble } from './aws-trouble.ts';
import { httpClient } from './http.ts';
import type { Answer, Call } from './http/call.ts';
import { refusal } from './http/refusal.ts';
import type { HttpSettings } from './http/settings.ts';

export interface IssuersSettings {
  readonly client: SecretsManagerClient;
  /** The tag by which a secret says when what it holds ends. */
  readonly tag: string;
  readonly http?: HttpSettings;
  /** One handshake, or one question to AWS. */
  readonly withinMs?: number;
  /** Where a domain is really to be found, and whom to trust: for trials on one machine. */
  readonly door?: { readonly host: string; readonly port: number; readonly ca?: string };
  /** The issuers' own addresses, for the same. */
  readonly at?: { readonly cloudflare: string; readonly github: string };
}

const AT = { cloudflare: 'https://api.cloudflare.com', github: 'https://api.github.com' };
const PATIENCE: HttpSettings = { deadlineMs: 15_000, tries: 3, longestWaitMs: 10_000 };

/** Domains by a handshake, tokens by whoever issued them, and secrets by their tags. */
export function issuers(settings: IssuersSettings): Issuers {
  const line = httpClient({ ...PATIENCE, ...settings.http });
  const at = settings.at ?? AT;
  return {
    certificate: (domain, signal) => certificateOf(domain, settings, signal),
    token: (issuer, token, signal) =>
      issuer === 'github'
        ? gitHub(line.ask, at.github, token, signal)
        : cloudflare(line.ask, at.cloudflare, token, signal),
    dated: (signal) => dated(settings, signal),
  };
}

/** A name that only the wildcard can answer for. */
const nameUnder = (domain: string): string => domain.replace(/^\*\./, 'greenroom-looks.');

/** Not verified by the handshake, because a certificate that nobody trusts has an end as well, and a reason. */
function certificateOf(domain: string, settings: IssuersSettings, signal?: AbortSignal): Promise<Certificate> {
  const { door, withinMs = seconds(10) } = settings;
  const servername = nameUnder(domain);
  const call = { service: domain, operation: 'see its certificate' };
  const { promise, resolve, reject } = Promise.withResolvers<Certificate>();
  const socket = connect({
    host: door?.host ?? servername,
    port: door?.port ?? 443,
    servername,
    rejectUnauthorized: false,
    ...(door?.ca !== undefined && { ca: door.ca }),
  });
  const stop = (): void => reject(signal?.reason as Error);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  // Of the whole handshake: a byte now and then would keep a limit on silence waiting for ever.
  const late = setTimeout(
    () => reject(new OutsideError({ ...call, trouble: 'timeout', detail: `no handshake in ${withinMs / 1_000} s` })),
    withinMs,
  );
  socket.once('error', (error: NodeJS.ErrnoException) =>
    reject(new OutsideError({ ...call, trouble: 'broken', detail: error.message, cause: error })),
  );
  socket.once('close', () =>
    reject(new OutsideError({ ...call, trouble: 'broken', detail: 'the connection was closed' })),
  );
  socket.once('secureConnect', () => {
    const seen = certificateIn(socket, servername);
    if (seen) resolve(seen);
    else reject(new OutsideError({ ...call, trouble: 'corrupt', detail: 'no certificate was presented' }));
  });
  return promise.finally(() => {
    clearTimeout(late);
    signal?.removeEventListener('abort', stop);
    socket.destroy();
  });
}

function certificateIn(socket: TLSSocket, servername: string): Certificate | undefined {
  const peer = socket.getPeerCertificate() as Partial<PeerCertificate>;
  const expires = new Date(peer.valid_to ?? '');
  if (Number.isNaN(expires.getTime())) return undefined;
  const mismatch = checkServerIdentity(servername, peer as PeerCertificate);
  // `authorizationError` is a code, whatever its type says; an end is told as such.
  const distrust = String(socket.authorizationError ?? '');
  const isDistrusted = !socket.authorized && distrust !== '' && !/EXPIRED|ALTNAME/.test(distrust);
  const broken = mismatch ? `it is for ${peer.subjectaltname ?? 'no name'}` : isDistrusted ? distrust : undefined;
  return { expires, ...(broken !== undefined && { broken }) };
}

type Ask = (call: Call) => Promise<Answer>;

/** Any question will do: the answer's header tells. One without it has no end. Source: GitHub's changelog, 2021-07-26. */
async function gitHub(ask: Ask, at: string, token: Secret, signal?: AbortSignal): Promise<Date | 'never'> {
  const call = { service: 'api.github.com', operation: 'ask until when a token lasts' };
  const answer = await ask({
    ...call,
    method: 'GET',
    url: new URL('/rate_limit', at),
    headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/vnd.github+json' },
    signal,
  });
  if (answer.status >= 300) throw refusal(call, answer);
  const said = answer.headers['github-authentication-token-expiration'];
  return said === undefined ? 'never' : instantIn(call, String(said));
}

/** `2026-12-01 12:00:00 UTC`, or with an offset. */
function instantIn(call: Pick<Call, 'service' | 'operation'>, said: string): Date {
  const iso = said
    .trim()
    .replace(/ UTC$/, 'Z')
    .replace(/ ([+-]\d{4})$/, '$1')
    .replace(' ', 'T');
  const instant = new Date(iso);
  if (!Number.isNaN(instant.getTime())) return instant;
  throw new OutsideError({ ...call, trouble: 'corrupt', detail: `"${said.slice(0, 40)}" is no instant` });
}

async function cloudflare(ask: Ask, at: string, token: Secret, signal?: AbortSignal): Promise<Date | 'never'> {
  const call = { service: 'api.cloudflare.com', operation: 'verify a token' };
  const answer = await ask({
    ...call,
    method: 'GET',
    url: new URL('/client/v4/user/tokens/verify', at),
    headers: { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' },
    signal,
  });
  if (answer.status >= 300) throw refusal(call, answer);
  const { status, expires_on: ends } = (objectIn(answer.body.toString('utf8'))?.['result'] ?? {}) as {
    status?: unknown;
    expires_on?: unknown;
  };
  if (status === 'active') return typeof ends === 'string' ? instantIn(call, ends) : 'never';
  const known = status === 'expired' || status === 'disabled';
  if (known && typeof ends === 'string' && status === 'expired') return instantIn(call, ends);
  const detail = known ? `the token is ${status}` : 'it says nothing of the token';
  throw new OutsideError({ ...call, trouble: known ? 'unauthorized' : 'corrupt', detail });
}

/** All pages, by the tag: no other secret is named in the answers. */
async function dated(
  { client, tag, withinMs = seconds(10) }: IssuersSettings,
  signal?: AbortSignal,
): Promise<DatedSecret[]> {
  const found: DatedSecret[] = [];
  for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
    const list = new ListSecretsCommand({
      Filters: [{ Key: 'tag-key', Values: [tag] }],
      MaxResults: 100,
      ...(token !== undefined && { NextToken: token }),
    });
    const abortSignal = AbortSignal.any([AbortSignal.timeout(withinMs), ...(signal ? [signal] : [])]);
    try {
      const page = await client.send(list, { abortSignal });
      for (const { Name: name, Tags: tags = [] } of page.SecretList ?? []) {
        // The filter means "begins with".
        const expires = tags.find(({ Key: key }) => key === tag)?.Value;
        if (name !== undefined && expires !== undefined) found.push({ name, expires });
      }
      token = page.NextToken;
    } catch (error) {
      signal?.throwIfAborted();
      throw awsTrouble('secrets manager', `list secrets that are tagged ${tag}`, error);
    }
  }
  return found;
}
