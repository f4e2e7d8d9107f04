import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createSecureContext, createServer as createTlsServer, type SecureContext } from 'node:tls';
import { inspect } from 'node:util';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { issuers, type IssuersSettings } from '../../src/clients/issuers.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { Secret } from '../../src/core/secret.ts';
import { days, plus } from '../../src/core/time.ts';
import type { Issuers } from '../../src/ports.ts';
import { refusal, serveAwsJson, silence } from '../servers/aws-json.ts';
import { certificateAuthority, type Issued } from '../servers/authority.ts';
import { reply, serveHttp, type Handler } from '../servers/http.ts';

const nowhere = new SecretsManagerClient({ region: 'us-east-2', endpoint: 'http://127.0.0.1:1' });
const TAG = 'greenroom:expires';
const ours = (settings: Partial<IssuersSettings>): Issuers => issuers({ client: nowhere, tag: TAG, ...settings });

/** Certificates know no fractions of a second, and are judged by this machine's clock. */
const wholeSeconds = (at: Date): Date => new Date(Math.floor(at.getTime() / 1_000) * 1_000);
const inDays = (count: number): Date => wholeSeconds(plus(new Date(), days(count)));

interface Door {
  readonly port: number;
  /** How many are connected. */
  readonly open: () => number;
  readonly deserted: () => Promise<void>;
}

async function listening(server: Server): Promise<Door> {
  const sockets = new Set<Socket>();
  let left = Promise.withResolvers<void>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size > 0) return;
      left.resolve();
      left = Promise.withResolvers();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
  const { port } = server.address() as AddressInfo;
  return { port, open: () => sockets.size, deserted: () => (sockets.size === 0 ? Promise.resolve() : left.promise) };
}

/** A TLS server that presents one certificate, or one for each name that it is asked for. */
async function presenting(issued: Issued, byName: Readonly<Record<string, Issued>> = {}) {
  const asked: string[] = [];
  const contextFor = (name: string): SecureContext => createSecureContext(byName[name] ?? issued);
  const server = createTlsServer({
    ...issued,
    SNICallback: (name, done) => {
      asked.push(name);
      done(null, contextFor(name));
    },
  });
  server.on('tlsClientError', () => undefined);
  return { ...(await listening(server)), asked };
}

const authority = certificateAuthority();
const at = (port: number, ca: string = authority.ca, withinMs = 5_000): Issuers =>
  ours({ door: { host: '127.0.0.1', port, ca }, withinMs });

describe('the certificate of a domain', () => {
  it('ends when it says, and is asked for by the domain’s name', async () => {
    const until = inDays(40);
    const { port, asked } = await presenting(authority.issue({ names: ['ai.coder.com'], until }));
    expect(await at(port).certificate('ai.coder.com')).toEqual({ expires: until });
    expect(asked).toEqual(['ai.coder.com']);
  });

  it('that is a wildcard is seen under a name that only the wildcard can answer for', async () => {
    const [bare, wild] = [inDays(40), inDays(20)];
    const wildcard = authority.issue({ names: ['*.ai.coder.com'], until: wild });
    const { port, asked } = await presenting(authority.issue({ names: ['ai.coder.com'], until: bare }), {
      'greenroom-looks.ai.coder.com': wildcard,
    });
    expect(await at(port).certificate('*.ai.coder.com')).toEqual({ expires: wild });
    expect(await at(port).certificate('ai.coder.com')).toEqual({ expires: bare });
    expect(asked).toEqual(['greenroom-looks.ai.coder.com', 'ai.coder.com']);
  });

  it('that covers the domain alone does not serve the wildcard, and the other way about', async () => {
    const bare = await presenting(authority.issue({ names: ['ai.coder.com'] }));
    expect(await at(bare.port).certificate('*.ai.coder.com')).toMatchObject({ broken: 'it is for DNS:ai.coder.com' });
    const wild = await presenting(authority.issue({ names: ['*.ai.coder.com'] }));
    expect(await at(wild.port).certificate('ai.coder.com')).toMatchObject({ broken: 'it is for DNS:*.ai.coder.com' });
    const both = await presenting(authority.issue({ names: ['ai.coder.com', '*.ai.coder.com'] }));
    expect(await at(both.port).certificate('*.ai.coder.com')).not.toHaveProperty('broken');
    expect(await at(both.port).certificate('ai.coder.com')).not.toHaveProperty('broken');
  });

  it('that has expired has an end, which is said and is no other fault', async () => {
    const until = inDays(-3);
    const { port } = await presenting(authority.issue({ names: ['ai.coder.com'], until }));
    expect(await at(port).certificate('ai.coder.com')).toEqual({ expires: until });
  });

  it('that is not valid yet does not serve, although it ends late', async () => {
    const until = inDays(90);
    const { port } = await presenting(authority.issue({ names: ['ai.coder.com'], from: inDays(1), until }));
    expect(await at(port).certificate('ai.coder.com')).toEqual({ expires: until, broken: 'CERT_NOT_YET_VALID' });
  });

  it('of another host, as a balancer presents its own, does not serve', async () => {
    const { port } = await presenting(authority.issue({ names: ['lb.example.com', 'www.example.com'] }));
    expect(await at(port).certificate('ai.coder.com')).toMatchObject({
      broken: 'it is for DNS:lb.example.com, DNS:www.example.com',
    });
  });

  it('that nobody trusts has an end and does not serve', async () => {
    const until = inDays(40);
    const stranger = certificateAuthority('stranger');
    const { port } = await presenting(stranger.issue({ names: ['ai.coder.com'], until }));
    const seen = await at(port).certificate('ai.coder.com');
    expect(seen.expires).toEqual(until);
    expect(seen.broken).toMatch(/^UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT)/);
  });
});

/** Takes whatever comes, and says nothing. */
const silent = (): Server => createServer((socket) => socket.resume());

describe('a domain that presents no certificate', () => {
  const trouble = async (seen: Promise<unknown>): Promise<OutsideError> => {
    const error = await seen.then(
      () => undefined,
      (caught: unknown) => caught,
    );
    expect(error).toBeInstanceOf(OutsideError);
    return error as OutsideError;
  };

  it('because it never answers is given up in time, and left', async () => {
    const door = await listening(silent());
    const error = await trouble(at(door.port, '', 60).certificate('ai.coder.com'));
    expect(error).toMatchObject({ trouble: 'timeout', service: 'ai.coder.com' });
    await door.deserted();
  });

  it('because it sends a byte now and then, is given up as soon', async () => {
    const dripping = createServer((socket) => {
      // The head of a record that is to be long.
      socket.write(Buffer.from([0x16, 0x03, 0x03, 0x40, 0x00]));
      socket.resume();
      const drip = setInterval(() => socket.write(Buffer.from([0])), 10);
      socket.once('close', () => clearInterval(drip));
    });
    const door = await listening(dripping);
    expect(await trouble(at(door.port, '', 120).certificate('ai.coder.com'))).toMatchObject({ trouble: 'timeout' });
    await door.deserted();
  });

  it('because it hangs up or speaks no TLS is broken, and says so in a sentence', async () => {
    const hangingUp = await listening(createServer((socket) => socket.destroy()));
    expect(await trouble(at(hangingUp.port).certificate('ai.coder.com'))).toMatchObject({ trouble: 'broken' });
    const plain = await listening(createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    const error = await trouble(at(plain.port).certificate('ai.coder.com'));
    expect(error.message).toContain('ai.coder.com: could not see its certificate');
  });

  it('because nobody listens is broken', async () => {
    expect(await trouble(at(1).certificate('ai.coder.com'))).toMatchObject({ trouble: 'broken' });
  });

  it('is left where we stop, before and while we wait, and the reason keeps its name', async () => {
    const door = await listening(silent());
    const stopped = AbortSignal.abort(new Error('time is up'));
    await expect(at(door.port).certificate('ai.coder.com', stopped)).rejects.toThrow('time is up');
    const stop = new AbortController();
    const waiting = at(door.port).certificate('ai.coder.com', stop.signal);
    stop.abort(new Error('stopped half way'));
    await expect(waiting).rejects.toThrow('stopped half way');
    await door.deserted();
    expect(door.open()).toBe(0);
  });
});

const TOKEN = new Secret('ghp_plantedplantedplanted');
const QUICK = { tries: 2, backoffMs: 1, limitMs: 1, limitTries: 1, longestWaitMs: 10 };

async function issuing(handler: Handler) {
  const server = await serveHttp(handler);
  onTestFinished(() => server[Symbol.asyncDispose]());
  const url = `http://${server.host}`;
  return { server, port: ours({ http: QUICK, at: { cloudflare: url, github: url } }) };
}

const HEADER = 'github-authentication-token-expiration';

describe('a token of GitHub', () => {
  it.each([
    ['2026-12-01 12:00:00 UTC', '2026-12-01T12:00:00.000Z'],
    ['2026-12-01 12:00:00 +0200', '2026-12-01T10:00:00.000Z'],
    ['2026-12-01 12:00:00 -0730', '2026-12-01T19:30:00.000Z'],
  ])('that ends %s ends then', async (said, ends) => {
    const { port, server } = await issuing((_, response) => reply(response, 200, {}, { [HEADER]: said }));
    expect(await port.token('github', TOKEN)).toEqual(new Date(ends));
    expect(server.seen[0]?.headers.authorization).toBe(`Bearer ${TOKEN.reveal()}`);
  });

  it('of which no end is said never ends', async () => {
    const { port } = await issuing((_, response) => reply(response, 200, {}));
    expect(await port.token('github', TOKEN)).toBe('never');
  });

  it('whose end cannot be read is no token that never ends', async () => {
    const { port } = await issuing((_, response) => reply(response, 200, {}, { [HEADER]: 'next Tuesday' }));
    await expect(port.token('github', TOKEN)).rejects.toMatchObject({ trouble: 'corrupt' });
  });

  it('that is not taken any more is told, and does not stand in what is told', async () => {
    const said = { message: `Bad credentials: ${TOKEN.reveal()}` };
    const { port } = await issuing((_, response) => reply(response, 401, said));
    const error: unknown = await port.token('github', TOKEN).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ trouble: 'unauthorized', status: 401 });
    expect(inspect(error, { depth: 9 })).not.toContain(TOKEN.reveal());
  });

  it('is asked about again where GitHub is broken, and unknown where it stays so or limits us', async () => {
    const mended = await issuing(({ earlier }, response) =>
      earlier === 0 ? reply(response, 502) : reply(response, 200, {}, { [HEADER]: '2026-12-01 12:00:00 UTC' }),
    );
    expect(await mended.port.token('github', TOKEN)).toEqual(new Date('2026-12-01T12:00:00Z'));
    const broken = await issuing((_, response) => reply(response, 502));
    await expect(broken.port.token('github', TOKEN)).rejects.toMatchObject({ trouble: 'broken' });
    const limited = await issuing((_, response) => reply(response, 429, '', { 'retry-after': '3600' }));
    await expect(limited.port.token('github', TOKEN)).rejects.toMatchObject({ trouble: 'throttled' });
  });
});

describe('a token of Cloudflare', () => {
  const verifying = async (result: unknown, status = 200): Promise<Date | 'never'> => {
    const { port, server } = await issuing((_, response) => reply(response, status, { success: true, result }));
    const answer = await port.token('cloudflare', TOKEN);
    expect(server.seen[0]?.path).toBe('/client/v4/user/tokens/verify');
    return answer;
  };

  it('that is active ends when it says, or never', async () => {
    expect(await verifying({ status: 'active', expires_on: '2026-12-01T12:00:00Z' })).toEqual(
      new Date('2026-12-01T12:00:00Z'),
    );
    expect(await verifying({ status: 'active' })).toBe('never');
  });

  it('that has expired has an end as well', async () => {
    expect(await verifying({ status: 'expired', expires_on: '2026-01-01T00:00:00Z' })).toEqual(
      new Date('2026-01-01T00:00:00Z'),
    );
  });

  it.each([
    ['is disabled', { status: 'disabled' }, 200, 'unauthorized'],
    ['has expired nobody says when', { status: 'expired' }, 200, 'unauthorized'],
    ['nothing is said of', null, 200, 'corrupt'],
    ['has an end that cannot be read', { status: 'active', expires_on: 'soon' }, 200, 'corrupt'],
    ['is not known', undefined, 401, 'unauthorized'],
  ] as const)('that %s is no token that never ends', async (_, result, status, trouble) => {
    await expect(verifying(result, status)).rejects.toMatchObject({ trouble });
  });
});

describe('secrets that are tagged with their end', () => {
  const listing = async (...pages: readonly { readonly SecretList?: unknown; readonly NextToken?: string }[]) => {
    const asked: unknown[] = [];
    const server = await serveAwsJson({
      ListSecrets: (input) => {
        asked.push(input);
        return { body: pages[asked.length - 1] ?? refusal('InvalidNextTokenException', 'no such page').body };
      },
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    return { asked, port: ours({ client: new SecretsManagerClient(server.connection) }) };
  };
  const secret = (Name: string, tags: Readonly<Record<string, string>>) => ({
    Name,
    Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
  });

  it('are all of them, on every page, an empty one in between as well', async () => {
    const { port, asked } = await listing(
      { SecretList: [secret('bedrock', { team: 'ai', [TAG]: '2026-12-31' })], NextToken: 'two' },
      { SecretList: [], NextToken: 'three' },
      { SecretList: [secret('vertex', { [TAG]: 'whenever' })] },
    );
    expect(await port.dated()).toEqual([
      { name: 'bedrock', expires: '2026-12-31' },
      { name: 'vertex', expires: 'whenever' },
    ]);
    expect(asked).toMatchObject([{ Filters: [{ Key: 'tag-key', Values: [TAG] }] }, { NextToken: 'two' }, {}]);
  });

  it('are not those whose tag only begins the same, as the filter takes it', async () => {
    const { port } = await listing({ SecretList: [secret('other', { [`${TAG}-reviewed-by`]: 'ana' })] });
    expect(await port.dated()).toEqual([]);
  });

  it('are unknown where they may not be listed, or nobody answers', async () => {
    const denied = await serveAwsJson({ ListSecrets: () => refusal('AccessDeniedException', 'not authorized') });
    onTestFinished(() => denied[Symbol.asyncDispose]());
    const mute = await serveAwsJson({ ListSecrets: silence });
    onTestFinished(() => mute[Symbol.asyncDispose]());
    const asking = (server: typeof denied): Promise<unknown> =>
      ours({ client: new SecretsManagerClient(server.connection), withinMs: 200 }).dated();
    await expect(asking(denied)).rejects.toThrow('list secrets that are tagged greenroom:expires');
    await expect(asking(mute)).rejects.toBeInstanceOf(OutsideError);
  });
});
