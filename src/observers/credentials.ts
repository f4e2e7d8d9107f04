import { EXPIRY_TAG, type Credential } from '../core/credential.ts';
import type { Estate, WatchedToken } from '../core/estate.ts';
import { credentialsOfKeys } from '../core/keys.ts';
import { objectIn } from '../core/json.ts';
import { parseReference } from '../core/reference.ts';
import { saw, unseen, type Seen } from '../core/sighting.ts';
import { between, days, hours, minutes, plus } from '../core/time.ts';
import { each } from '../mirror/pool.ts';
import type { CoderToken } from '../core/coder.ts';
import type { Certificate, Issuers, World } from '../ports.ts';
import { heldIn, sightKeys } from './keys.ts';
import { look, type Looking } from './look.ts';

export interface CredentialsWatch extends Looking {
  readonly now: Date;
}

const AT_ONCE = 8;

/** Everything that ends by itself. What cannot be seen is `unseen`, with its end as it was seen last. */
export async function sightCredentials(world: World, watch: CredentialsWatch): Promise<readonly Credential[]> {
  const [keys, certificates, tokens, dated] = await Promise.all([
    sightKeys(world, watch),
    each([...(world.estate.domains ?? [])], AT_ONCE, (domain) => sightCertificate(domain, world, watch)),
    Promise.all([
      ...sightCoderToken(world, watch),
      ...tokensOf(world.estate).map((row) => sightToken(row, world, watch)),
    ]),
    sightDated(world, watch),
  ]);
  const all = [...credentialsOfKeys(keys, watch.now), ...certificates, ...tokens, ...dated];
  return recalled(all, world, watch);
}

function issuersIn({ issuers }: World): Issuers {
  if (!issuers) throw new Error('nothing here can ask who issued it');
  return issuers;
}

async function sightCertificate(domain: string, world: World, watch: CredentialsWatch): Promise<Credential> {
  const seen = await look(`the certificate of ${domain}`, watch, () =>
    issuersIn(world).certificate(domain, watch.signal),
  );
  const { broken }: Partial<Certificate> = seen.seen ? seen.value : {};
  return {
    name: `certificate of ${domain}`,
    kind: 'certificate',
    expires: seen.seen ? saw(seen.value.expires) : seen,
    ...(broken !== undefined && { broken }),
    renewal: `Find out why the certificate of ${domain} is not renewed: kubectl get certificates,orders,challenges -A`,
  };
}

function sightCoderToken(world: World, watch: CredentialsWatch): Promise<Credential>[] {
  const { coder, estate } = world;
  if (!estate.coder) return [];
  const { token: secret, url } = estate.coder;
  const sighted = look('the token for Coder', watch, async () => {
    if (!coder) throw new Error('nothing here can reach Coder');
    const token = await coder.token(watch.signal);
    if (!token) throw new Error('it is not among the tokens of its user: a session that somebody signed in to?');
    return token;
  });
  return [
    sighted.then((seen) => ({
      name: `Coder token ${secret}`,
      kind: 'token',
      expires: seen.seen ? saw(seen.value.expires) : seen,
      renewal: `Make another token at ${new URL('/settings/tokens', url).href} and put it into the secret ${secret}.`,
      ...(seen.seen && slides(seen.value, watch.now) && { renewed: { by: 'use' } as const }),
    })),
  ];
}

/** Uses prolong a token, at most once an hour; a new one has not shown it yet. Source: Coder's contract, A1. */
function slides({ created, expires, lifetimeMs }: CoderToken, now: Date): boolean {
  const wasProlonged = between(plus(created, lifetimeMs), expires) > minutes(1);
  return wasProlonged && between(now, expires) >= lifetimeMs - hours(2);
}

/** Those of the estate, and the passwords that images are read from GitHub with. */
function tokensOf({ tokens = [], images }: Estate): readonly WatchedToken[] {
  const reading = images.flatMap(({ source, credentials }) => {
    const from = parseReference(source);
    const isGitHub = from.ok && from.value.registry === 'ghcr.io';
    return isGitHub && credentials !== undefined ? [credentials] : [];
  });
  const named = [...new Set(reading)].map((secret) => ({
    name: `GHCR token ${secret}`,
    issuer: 'github' as const,
    secret,
    field: 'password',
  }));
  return [...named, ...tokens.map((token) => ({ ...token, name: `token ${token.name}` }))];
}

const RENEWAL: Readonly<Record<WatchedToken['issuer'], string>> = {
  cloudflare: 'https://dash.cloudflare.com/profile/api-tokens',
  github: 'https://github.com/settings/tokens',
};

async function sightToken(row: WatchedToken, world: World, watch: CredentialsWatch): Promise<Credential> {
  const { name, issuer, secret } = row;
  const expires = await look(name, watch, async () => {
    const token = await heldIn(row, world, watch);
    if (!token) throw new Error(`the secret ${secret} holds no token`);
    return issuersIn(world).token(issuer, token, watch.signal);
  });
  return {
    name,
    kind: 'token',
    expires,
    renewal: `Make another one at ${RENEWAL[issuer]} and put it into the secret ${secret}.`,
  };
}

async function sightDated(world: World, watch: CredentialsWatch): Promise<Credential[]> {
  if (!world.issuers) return [];
  const seen = await look(`secrets that are tagged ${EXPIRY_TAG}`, watch, () => issuersIn(world).dated(watch.signal));
  const row = (name: string, expires: Seen<Date>, renewal: string): Credential => ({
    name,
    kind: 'secret',
    expires,
    renewal,
  });
  if (!seen.seen) {
    const renewal = 'Let Greenroom list secrets (secretsmanager:ListSecrets).';
    return [row(`secrets tagged ${EXPIRY_TAG}`, seen, renewal)];
  }
  return seen.value.map(({ name, expires }) =>
    row(`secret ${name}`, dayIn(expires), `Renew what the secret ${name} holds, and its tag ${EXPIRY_TAG}.`),
  );
}

/** A day ends what it names when it begins: rather too early than too late. */
function dayIn(text: string): Seen<Date> {
  const isIso = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))?$/.test(text);
  const instant = new Date(isIso ? text : '');
  return Number.isNaN(instant.getTime())
    ? unseen(`its tag ${EXPIRY_TAG} says "${text.slice(0, 40)}"; want a day such as 2026-12-31`)
    : saw(instant);
}

/** Longer than anything that ends is away. */
const KEEP_MS = days(180);

/** Ends as they were seen last are kept in the journal: a gateway that is away for an hour is no reason to warn anew. */
async function recalled(
  all: readonly Credential[],
  { journal, estate }: World,
  { now }: CredentialsWatch,
): Promise<Credential[]> {
  const key = `ends seen in ${estate.name}`;
  const known = objectIn((await journal.kept(key, now)) ?? '{}') ?? {};
  const seen = all.map(({ name, expires }) => [name, expires.seen ? spelled(expires.value) : known[name]] as const);
  const next = Object.fromEntries(seen.filter(([, end]) => end !== undefined));
  if (JSON.stringify(next) !== JSON.stringify(known)) await journal.keep(key, JSON.stringify(next), plus(now, KEEP_MS));
  return all.map((credential) => {
    const before = known[credential.name];
    if (credential.expires.seen || typeof before !== 'string') return credential;
    return { ...credential, lastSeen: before === 'never' ? before : new Date(before) };
  });
}

const spelled = (end: Date | 'never'): string => (end === 'never' ? end : end.toISOString());
