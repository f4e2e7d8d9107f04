import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LoginOf } from '../../src/clients/bearer.ts';
import { ghcrWays } from '../../src/clients/ghcr.ts';
import { registries } from '../../src/clients/registry.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import type { Repository } from '../../src/ports.ts';
import { failureOf } from '../failure.ts';
import { aDigest } from '../builders.ts';
import { complaint, reply, serveHttp, type Handler, type LoopbackServer, type Seen } from '../servers/http.ts';

const NAME = 'coder/coder-preview';
const HEAD = { 'docker-content-digest': aDigest('a'), 'content-type': 'application/vnd.oci.image.index.v1+json' };

interface Lobby {
  readonly server: LoopbackServer;
  readonly repository: Repository;
  /** What the token endpoint was asked. */
  readonly tokensAsked: () => readonly Seen[];
  /** What the registry was asked, the token endpoint apart. */
  readonly asked: () => readonly Seen[];
  /** From now on no token that was given out is good. */
  revoke(): void;
  /** What the token endpoint answers; by default a new token each time. */
  issue(handler: Handler): void;
  challenge: string;
}

/** A registry that wants a token for everything, and gives it out beside. */
async function aLobby(login?: LoginOf, howToLogIn?: (registry: string) => string): Promise<Lobby> {
  const good = new Set<string>();
  let given = 0;
  let issue: Handler = (_, response) => {
    const token = `token-${(given += 1)}`;
    good.add(`Bearer ${token}`);
    reply(response, 200, { token });
  };
  const server = await serveHttp((seen, response, socket) => {
    if (seen.path.startsWith('/token')) return issue(seen, response, socket);
    if (good.has(seen.headers.authorization ?? '')) return reply(response, 200, '', HEAD);
    return reply(response, 401, complaint('UNAUTHORIZED', 'authentication required'), {
      'www-authenticate': lobby.challenge,
    });
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const open = registries({
    now: () => new Date(),
    http: { backoffMs: 1, limitMs: 1 },
    ...(login && { login }),
    ...(howToLogIn && { howToLogIn }),
  });
  const lobby: Lobby = {
    server,
    repository: open({ registry: server.host, repository: NAME }),
    tokensAsked: () => server.seen.filter(({ path }) => path.startsWith('/token')),
    asked: () => server.seen.filter(({ path }) => !path.startsWith('/token')),
    revoke: () => good.clear(),
    issue: (handler) => void (issue = handler),
    // GHCR's own hint for `/v2/` names a repository that does not exist.
    challenge: `Bearer realm="http://${server.host}/token",service="ghcr.io",scope="repository:user/image:pull"`,
  };
  return lobby;
}

const queryOf = (seen: Seen | undefined) => Object.fromEntries(new URLSearchParams(seen?.path.split('?')[1] ?? ''));

describe('a token', () => {
  it('is asked for as the challenge says, for exactly this repository, by nobody where nobody is known', async () => {
    const { repository, tokensAsked, asked } = await aLobby();
    expect((await repository.head('latest'))?.digest).toBe(aDigest('a'));
    expect(tokensAsked().map(queryOf)).toEqual([{ service: 'ghcr.io', scope: `repository:${NAME}:pull` }]);
    expect(tokensAsked()[0]?.headers.authorization).toBeUndefined();
    expect(asked().map(({ headers }) => headers.authorization)).toEqual([undefined, 'Bearer token-1']);
  });

  it('is asked for with a name and a password where they are known', async () => {
    const { repository, tokensAsked } = await aLobby(async () => ({ username: 'robot', password: 'pass:word' }));
    await repository.head('latest');
    expect(tokensAsked()[0]?.headers.authorization).toBe(`Basic ${Buffer.from('robot:pass:word').toString('base64')}`);
  });

  it('is traded for a refresh token where that is what we have', async () => {
    const { repository, tokensAsked } = await aLobby(async () => ({ identityToken: 'long-lived' }));
    await repository.head('latest');
    const [trade] = tokensAsked();
    expect([trade?.method, trade?.path, trade?.headers.authorization]).toEqual(['POST', '/token', undefined]);
    expect(Object.fromEntries(new URLSearchParams(trade?.body.toString()))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'long-lived',
      service: 'ghcr.io',
      scope: `repository:${NAME}:pull`,
    });
  });

  it('may be called an access token', async () => {
    const { repository, issue, asked } = await aLobby();
    issue((_, response) => reply(response, 200, { access_token: 'other' }));
    await failureOf(repository.manifest('latest'));
    expect(asked().at(-1)?.headers.authorization).toBe('Bearer other');
  });

  it('is found out about once and fetched once, however many ask at the same time', async () => {
    const { repository, tokensAsked, asked } = await aLobby();
    await Promise.all(Array.from({ length: 20 }, () => repository.head('latest')));
    expect([tokensAsked().length, asked().length]).toEqual([1, 21]);
  });

  it('that runs out in the middle is replaced once, however many are refused with it', async () => {
    const { repository, tokensAsked, revoke } = await aLobby();
    await repository.head('latest');
    revoke();
    const heads = await Promise.all(Array.from({ length: 20 }, () => repository.head('latest')));
    expect(heads.every((head) => head?.digest === aDigest('a'))).toBe(true);
    expect(tokensAsked()).toHaveLength(2);
  });

  it('is replaced also where another one, for writing, ran out with it', async () => {
    const { repository, revoke } = await aLobby();
    await repository.head('latest');
    await repository.removeTag('old').catch(() => undefined);
    revoke();
    expect((await repository.head('latest'))?.digest).toBe(aDigest('a'));
  });

  it('is replaced before it runs out, where it says when that is', async () => {
    const { repository, issue, tokensAsked, asked } = await aLobby();
    issue((seen, response) => reply(response, 200, { token: `token-${seen.earlier}`, expires_in: 0.02 }));
    const refusals = (): number => asked().filter(({ headers }) => headers.authorization === undefined).length;
    while (tokensAsked().length < 3) await repository.head('latest').catch(() => undefined);
    expect(refusals()).toBe(1);
  });

  it('that may write may read as well, and a second one is not fetched', async () => {
    const { repository, tokensAsked } = await aLobby();
    await repository.removeTag('old');
    await repository.head('latest');
    expect(tokensAsked().map((seen) => queryOf(seen)['scope'])).toEqual([`repository:${NAME}:pull,push`]);
  });

  it('that is refused though it is new is a refusal, not a circle', async () => {
    const { repository, issue, asked } = await aLobby();
    issue((_, response) => reply(response, 200, { token: 'good for nothing' }));
    expect(await failureOf(repository.manifest('latest'))).toMatchObject({ trouble: 'unauthorized', status: 401 });
    expect(asked()).toHaveLength(2);
  });
});

describe('a token endpoint', () => {
  it.each<[string, Handler, Partial<OutsideError>]>([
    [
      'says no',
      (_, response) => reply(response, 401, { details: 'incorrect username or password' }),
      { trouble: 'unauthorized' },
    ],
    ['says no as GHCR does', (_, response) => reply(response, 403, complaint('DENIED', 'denied')), { code: 'DENIED' }],
    ['is not there', (_, response) => reply(response, 404, '<html>'), { trouble: 'absent' }],
    ['has a page for people', (_, response) => reply(response, 200, '<html>Log in</html>'), { trouble: 'broken' }],
    ['gives no token', (_, response) => reply(response, 200, { hello: 'hunter2' }), { trouble: 'broken' }],
    ['gives an empty one', (_, response) => reply(response, 200, { token: '' }), { trouble: 'broken' }],
    ['gives a list', (_, response) => reply(response, 200, ['hunter2']), { trouble: 'broken' }],
    ['gives something cut off', (_, response) => reply(response, 200, '{"token":"hunter2'), { trouble: 'broken' }],
    ['redirects to a page', (_, response) => reply(response, 302, '', { location: 'https://github.com/login' }), {}],
  ])('that %s is an error which says whom and for what, and is asked again next time', async (_, handler, kind) => {
    const { repository, issue, server, tokensAsked } = await aLobby(async () => ({
      username: 'robot',
      password: 'hunter2',
    }));
    issue(handler);
    const failure = await failureOf(repository.head('latest'));
    expect(failure).toMatchObject({ ...kind, service: server.host });
    expect(failure.message).toContain(`get a token for repository:${NAME}:pull`);
    expect(inspect(failure, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
    issue((_, response) => reply(response, 200, { token: 'good for nothing' }));
    await failureOf(repository.head('latest'));
    expect(tokensAsked().length).toBeGreaterThan(1);
  });

  it.each<[string, Handler]>([
    ['breaks', (_, response) => reply(response, 503, '<html>')],
    ['says later', (_, response) => reply(response, 429, '', { 'retry-after': '0.05' })],
    ['is reset', (_, __, socket) => void socket.resetAndDestroy()],
  ])('that %s is asked again', async (_, handler) => {
    const { repository, issue, tokensAsked, asked } = await aLobby();
    issue((seen, response, socket) =>
      tokensAsked().length < 3 ? handler(seen, response, socket) : reply(response, 200, { token: 'x' }),
    );
    await failureOf(repository.manifest('latest'));
    expect(asked().at(-1)?.headers.authorization).toBe('Bearer x');
  });

  it.each([
    ['nowhere', 'Bearer service="ghcr.io"'],
    ['no address', 'Bearer realm="token"'],
    ['another machine, in the clear', 'Bearer realm="http://example.com/token"'],
    ['a file', 'Bearer realm="file:///etc/passwd"'],
  ])('that is %s is never told a password', async (_, challenge) => {
    const lobby = await aLobby(async () => ({ username: 'robot', password: 'hunter2' }));
    lobby.challenge = challenge;
    expect(await failureOf(lobby.repository.head('latest'))).toMatchObject({ trouble: 'refused' });
    expect(lobby.server.seen).toHaveLength(1);
  });

  it('with a query of its own keeps it', async () => {
    const lobby = await aLobby();
    lobby.challenge = `Bearer realm="http://${lobby.server.host}/token?account=robot",service="a & b"`;
    await lobby.repository.head('latest');
    expect(queryOf(lobby.tokensAsked()[0])).toMatchObject({ account: 'robot', service: 'a & b' });
  });
});

describe('whoever gives up', () => {
  it('before a token was there leaves it to the others', async () => {
    const { repository, issue, tokensAsked } = await aLobby();
    const come = Promise.withResolvers<void>();
    issue(async (_, response) => {
      await come.promise;
      reply(response, 200, { token: 'x' });
    });
    const controller = new AbortController();
    const [first, second] = [repository.head('latest', controller.signal), failureOf(repository.manifest('latest'))];
    while (tokensAsked().length === 0) await new Promise(setImmediate);
    controller.abort(new Error('interrupted'));
    await expect(first).rejects.toThrow('interrupted');
    come.resolve();
    expect(await second).toMatchObject({ status: 401 });
    expect(tokensAsked().length).toBeGreaterThan(0);
  });

  it('at the very moment when a token is refused leaves no error that nobody hears of', async () => {
    const controller = new AbortController();
    const { repository, issue, server, tokensAsked } = await aLobby(async () => {
      controller.abort(new Error('interrupted'));
      throw new OutsideError({ service: 'vault', operation: 'get the login', trouble: 'broken' });
    });
    issue(() => undefined);
    await expect(repository.head('latest', controller.signal)).rejects.toThrow();
    await expect(repository.head('latest', controller.signal)).rejects.toThrow('interrupted');
    // What rejects unheard fails the whole run of tests.
    await new Promise(setImmediate);
    expect([tokensAsked().length, server.seen.length]).toEqual([0, 1]);
  });
});

describe('a login', () => {
  it('is asked for whenever a token is fetched, so that a rotated secret is found', async () => {
    const logins = ['old', 'new'];
    const { repository, tokensAsked, revoke } = await aLobby(async () => ({
      username: 'robot',
      password: logins.shift() ?? '',
    }));
    await repository.head('latest');
    revoke();
    await repository.head('latest');
    expect(tokensAsked().map(({ headers }) => headers.authorization)).toEqual(
      ['old', 'new'].map((password) => `Basic ${Buffer.from(`robot:${password}`).toString('base64')}`),
    );
  });

  it('that cannot be had is its own error, and is asked for again', async () => {
    let broken = true;
    const { repository } = await aLobby(async () => {
      if (broken)
        throw new OutsideError({ service: 'docker-credential-x', operation: 'get the login', trouble: 'broken' });
      return undefined;
    });
    expect((await failureOf(repository.head('latest'))).service).toBe('docker-credential-x');
    broken = false;
    expect((await repository.head('latest'))?.digest).toBe(aDigest('a'));
  });

  it('is sent as it is where a registry wants Basic', async () => {
    const lobby = await aLobby(async () => ({ username: 'robot', password: 'pass' }));
    lobby.challenge = 'Basic realm="a registry"';
    await failureOf(lobby.repository.manifest('latest'));
    expect(lobby.asked().map(({ headers }) => headers.authorization)).toEqual([undefined, 'Basic cm9ib3Q6cGFzcw==']);
  });

  it('is missed in so many words where a registry wants Basic and we know none', async () => {
    const lobby = await aLobby();
    lobby.challenge = 'Basic realm="a registry"';
    const failure = await failureOf(lobby.repository.head('latest'));
    expect(failure).toMatchObject({ trouble: 'unauthorized', service: lobby.server.host });
    expect(failure.message).toContain('it wants a user name and a password');
  });

  it.each<[string, string, LoginOf | undefined]>([
    ['is missing', 'Basic realm="a registry"', undefined],
    ['is not taken', 'Basic realm="a registry"', async () => ({ username: 'robot', password: 'wrong' })],
    ['is good for no token', '', async () => ({ username: 'robot', password: 'wrong' })],
  ])('that %s is an error which says how to log in', async (_, challenge, login) => {
    const lobby = await aLobby(login, (registry) => `docker login ${registry}`);
    if (challenge !== '') lobby.challenge = challenge;
    lobby.issue((_, response) => reply(response, 401, complaint('UNAUTHORIZED', 'incorrect username or password')));
    for (const asked of [lobby.repository.head('latest'), lobby.repository.manifest('latest')]) {
      const failure = await failureOf(asked);
      expect(failure.trouble).toBe('unauthorized');
      expect(failure.message).toContain(`docker login ${lobby.server.host}, as somebody who may`);
    }
  });

  it('that GHCR does not take is an error which names the one kind of token that it takes', async () => {
    const server = await serveHttp((_, response) => reply(response, 403, complaint('DENIED', 'denied')));
    onTestFinished(() => server[Symbol.asyncDispose]());
    const open = registries({ now: () => new Date(), hosts: new Map([['ghcr.io', server.host]]) });
    const failure = await failureOf(open({ registry: 'ghcr.io', repository: NAME }).manifest('latest'));
    expect(failure.message).toMatch(/DENIED denied: there is no such package, or it is private: .*read:packages$/);
  });

  it.each(['Negotiate', 'Digest realm="x"', ''])('is of no use where a registry wants %j', async (challenge) => {
    const lobby = await aLobby(async () => ({ username: 'robot', password: 'pass' }));
    lobby.challenge = challenge;
    expect(await failureOf(lobby.repository.manifest('latest'))).toMatchObject({
      trouble: 'unauthorized',
      status: 401,
    });
    expect(lobby.asked()).toHaveLength(1);
  });
});

describe('another process', () => {
  it('that goes on with an upload knows its way in before it sends a byte', async () => {
    const { repository, asked, server } = await aLobby();
    const upload = { location: `http://${server.host}/v2/${NAME}/blobs/uploads/1`, offset: 5 };
    const chunk = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('more');
    };
    await repository.uploads.append(upload, chunk(), 4).catch(() => undefined);
    const patches = asked().filter(({ method }) => method === 'PATCH');
    expect(patches.map(({ headers, body }) => [headers.authorization, body.toString()])).toEqual([
      ['Bearer token-1', 'more'],
    ]);
  });
});

describe('GHCR', () => {
  it('is known to want tokens before it is asked anything, and to have no referrers API', () => {
    expect(ghcrWays({})).toMatchObject({
      referrersApi: false,
      door: { known: true, challenge: 'Bearer realm="https://ghcr.io/token",service="ghcr.io"' },
    });
  });
});
