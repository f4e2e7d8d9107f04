import type { AddressInfo, Socket } from 'node:net';
import { inspect } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { httpClient, type Http } from '../../src/clients/http.ts';
import type { Call } from '../../src/clients/http/call.ts';
import type { HttpSettings } from '../../src/clients/http/settings.ts';
import { failureOf } from '../failure.ts';
import { complaint, reply, serveHttp, type Handler, type LoopbackServer } from '../servers/http.ts';

/** Waits so short that a test does not notice, in the place of those that a registry would. */
const HASTY: HttpSettings = { backoffMs: 1, limitMs: 1 };

async function served(handler: Handler): Promise<LoopbackServer> {
  const server = await serveHttp(handler);
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

function client(settings: HttpSettings = {}): Http {
  const http = httpClient({ ...HASTY, ...settings });
  onTestFinished(() => http.close());
  return http;
}

const call = ({ host }: Pick<LoopbackServer, 'host'>, more: Partial<Call> & { path?: string } = {}): Call => ({
  service: 'a registry',
  operation: 'ask',
  method: 'GET',
  url: new URL(`http://${host}${more.path ?? '/'}`),
  ...more,
});

const gone: Handler = (_, response) => void response.socket?.resetAndDestroy();
/** The first so many requests meet one handler, and the others another. */
const firstly =
  (times: number, first: Handler, then: Handler = (_, response) => reply(response, 200, 'fine')): Handler =>
  (seen, response, socket) =>
    (seen.earlier < times ? first : then)(seen, response, socket);

describe('what breaks', () => {
  it.each<[string, Handler]>([
    ['the connection is reset', gone],
    ['500', (_, response) => reply(response, 500)],
    ['502 with a page for people', (_, response) => reply(response, 502, '<html>Bad gateway</html>')],
    ['503 without a time', (_, response) => reply(response, 503)],
    ['504', (_, response) => reply(response, 504)],
    ['408', (_, response) => reply(response, 408)],
    [
      'the answer ends early',
      (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy()),
    ],
    ['the answer is no HTTP', (_, __, socket) => void socket.end('SSH-2.0-OpenSSH\r\n\r\n')],
  ])('is tried again: %s', async (_, broken) => {
    const server = await served(firstly(2, broken));
    const answer = await client().ask(call(server));
    expect([answer.status, answer.body.toString()]).toEqual([200, 'fine']);
    expect(server.seen).toHaveLength(3);
  });

  it('is tried so often and no more; an answer is the answer then', async () => {
    const server = await served((_, response) => reply(response, 500, complaint('UNKNOWN', 'no space left')));
    const answer = await client({ tries: 3 }).ask(call(server));
    expect([answer.status, server.seen.length]).toEqual([500, 3]);
  });

  it('is an error where nobody answered, which names whom, what and why', async () => {
    const server = await served(gone);
    const failure = await failureOf(client({ tries: 3 }).ask(call(server)));
    expect(failure).toMatchObject({ service: 'a registry', operation: 'ask', trouble: 'broken', code: 'ECONNRESET' });
    expect(failure.message).toMatch(/^a registry: could not ask: ECONNRESET/);
    expect(server.seen).toHaveLength(3);
  });

  it('is an error where nobody listens', async () => {
    const server = await served(gone);
    await server[Symbol.asyncDispose]();
    const failure = await failureOf(client({ tries: 2 }).ask(call(server)));
    expect(failure.code).toBe('ECONNREFUSED');
    expect(failure.message).toBe(
      `a registry: could not ask: ECONNREFUSED connect ${server.host}: nobody listens there`,
    );
  });

  it('is an error in plain words where no TLS is spoken', async () => {
    const server = await served((_, response) => reply(response, 200));
    const failure = await failureOf(
      client({ tries: 1 }).ask(call(server, { url: new URL(`https://${server.host}/`) })),
    );
    expect(failure.message).toContain('it does not speak TLS, and only a host on this machine is spoken to without');
    expect(failure.message).not.toMatch(/openssl|routines/i);
  });

  it.each([200, 201, 304, 400, 401, 403, 404, 405, 413, 416])('is not what an answer of %i is', async (status) => {
    const server = await served((_, response) => reply(response, status));
    expect((await client().ask(call(server))).status).toBe(status);
    expect(server.seen).toHaveLength(1);
  });

  it('sends the body again with every try', async () => {
    const server = await served(firstly(2, gone));
    await client().ask(call(server, { method: 'PUT', body: Buffer.from('é') }));
    expect(server.seen.map(({ body, headers }) => [body.toString(), headers['content-length']])).toEqual(
      Array.from({ length: 3 }, () => ['é', '2']),
    );
  });

  it('is not what a certificate that is wrong is: that stays wrong', async () => {
    const server = await served(gone);
    const url = new URL(`https://${server.host}/`);
    const failure = await failureOf(client({ backoffMs: 60_000 }).ask(call(server, { url })));
    expect(failure.code).toMatch(/^ERR_SSL/);
    expect(server.connections.ever).toBe(1);
  });

  it('is an answer that is larger than any honest one', async () => {
    const server = await served((_, response) => reply(response, 200, Buffer.alloc(33 * 1_024 * 1_024)));
    expect(await failureOf(client().ask(call(server)))).toMatchObject({ trouble: 'refused' });
    expect(server.seen).toHaveLength(1);
  });
});

describe('a host that says later', () => {
  const limit =
    (headers: Record<string, string>, body: unknown = '', status = 429): Handler =>
    (_, response) =>
      reply(response, status, body, headers);
  const soon = (): string => new Date(Date.now() + 1_000).toUTCString();

  it.each<[string, () => Handler]>([
    ['in seconds', () => limit({ 'retry-after': '0.05' })],
    ['as a date', () => limit({ 'retry-after': soon() })],
    ['as a date that is past', () => limit({ 'retry-after': 'Mon, 14 Sep 2015 09:00:00 GMT' })],
    [
      'as GHCR does, in its message',
      () => limit({}, complaint('TOOMANYREQUESTS', 'retry-after: 50.16676ms, allowed: 44000/minute')),
    ],
    ['as ECR does, without a time', () => limit({}, complaint('TOOMANYREQUESTS', 'Rate exceeded'))],
    ['with 503 and a time', () => limit({ 'retry-after': '0.05' }, '', 503)],
    [
      'as GitHub does, with 403',
      () => limit({ 'retry-after': '0.05' }, { message: 'You have exceeded a secondary rate limit.' }, 403),
    ],
  ])('is asked again when its time has come: %s', async (_, later) => {
    const server = await served(firstly(2, later()));
    expect((await client().ask(call(server))).body.toString()).toBe('fine');
    expect(server.seen).toHaveLength(3);
  });

  it('is left alone as long as it says, by everybody', async () => {
    const times: number[] = [];
    const server = await served((seen, response) => {
      times.push(performance.now());
      if (seen.earlier === 0) reply(response, 429, '', { 'retry-after': '0.4' });
      else reply(response, 200);
    });
    const http = client({ socketsPerHost: 4 });
    await http.ask(call(server)).then(() => Promise.all(Array.from({ length: 8 }, () => http.ask(call(server)))));
    const [first = 0, second = 0] = times;
    // A timer of Node's may be a millisecond early.
    expect(second - first).toBeGreaterThanOrEqual(398);
    expect(times).toHaveLength(10);
  });

  it('is asked by one ahead of the others: a closed window costs one refusal and not one per stream', async () => {
    let open = false;
    const server = await served((_, response) => {
      if (open) reply(response, 200);
      else reply(response, 429, '', { 'retry-after': '0.05' });
    });
    const http = client({ limitTries: 50 });
    const first = http.ask(call(server));
    while (server.seen.length < 2) await new Promise(setImmediate);
    const crowd = Promise.all(Array.from({ length: 20 }, () => http.ask(call(server))));
    while (server.seen.length < 4) await new Promise(setImmediate);
    open = true;
    await Promise.all([first, crowd]);
    // 21 in the end, and a refusal for each of the windows that were waited for.
    expect(server.seen.length).toBeLessThanOrEqual(21 + 6);
  });

  it('is believed so often, and then it is the answer', async () => {
    const server = await served(limit({}, complaint('TOOMANYREQUESTS', 'Rate exceeded')));
    expect((await client({ limitTries: 4 }).ask(call(server))).status).toBe(429);
    expect(server.seen).toHaveLength(4);
  });

  it('is not waited for longer than we have: now, and for those who ask next', async () => {
    const server = await served(limit({ 'retry-after': '3600' }));
    const http = client({ longestWaitMs: 1_000 });
    expect((await http.ask(call(server))).status).toBe(429);
    const failure = await failureOf(http.ask(call(server)));
    expect(failure).toMatchObject({ trouble: 'throttled' });
    expect(failure.message).toMatch(/asks to be left alone for 3\d{3} s/);
    expect(server.seen).toHaveLength(1);
  });

  it('does not slow down another host', async () => {
    const [busy, idle] = [await served(limit({ 'retry-after': '3600' })), await served(firstly(0, gone))];
    const http = client({ longestWaitMs: 1_000 });
    await http.ask(call(busy));
    expect((await http.ask(call(idle))).status).toBe(200);
  });
});

describe('what stalls', () => {
  it.each<[string, Handler]>([
    ['before its headers', () => undefined],
    [
      'in the middle of its body',
      (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('half'),
    ],
    [
      'in the middle of its complaint',
      (_, response) => void response.writeHead(500, { 'content-length': '9' }).write('half'),
    ],
  ])('is given up and tried again: %s', async (_, stalled) => {
    const server = await served(firstly(1, stalled));
    const answer = await client({ stallMs: 60 }).ask(call(server));
    expect(answer.body.toString()).toBe('fine');
    expect(server.seen).toHaveLength(2);
  });

  it('is a time-out in the end', async () => {
    const server = await served(() => undefined);
    const http = client({ stallMs: 30, tries: 2 });
    expect(await failureOf(http.ask(call(server)))).toMatchObject({ trouble: 'timeout' });
    await server.deserted();
  });

  it('a byte at a time is given up as well, where the answer is small', async () => {
    const server = await served((_, response, socket) => {
      response.writeHead(200, { 'content-length': '9999' });
      const drip = setInterval(() => response.write('x'), 5);
      socket.once('close', () => clearInterval(drip));
    });
    const failure = await failureOf(client({ stallMs: 2_000, deadlineMs: 80, tries: 1 }).ask(call(server)));
    expect(failure).toMatchObject({ trouble: 'timeout' });
    await server.deserted();
  });

  it('because we are slow to read is not its fault', async () => {
    const body = Buffer.alloc(300_000, 'x');
    const server = await served((_, response) => reply(response, 200, body));
    const flow = await client({ stallMs: 50, tries: 1 }).open(call(server));
    let size = 0;
    for await (const piece of flow.bytes ?? []) {
      if (size === 0) await new Promise((later) => setTimeout(later, 150));
      size += piece.length;
    }
    expect(size).toBe(body.length);
  });

  it('behind a redirect does not keep its connection', async () => {
    const target = await served((_, response) => reply(response, 200, 'there'));
    const server = await served((_, response) => {
      response.writeHead(307, { location: `http://${target.host}/`, 'content-length': '9' }).write('half');
    });
    const answer = await client({ stallMs: 60 }).ask(call(server, { follow: true }));
    expect(answer.body.toString()).toBe('there');
    await server.deserted();
  });
});

describe('a redirect', () => {
  const key = { authorization: 'Bearer hunter2', range: 'bytes=5-' };

  it('to another host is followed without our key, and with all else', async () => {
    const storage = await served((_, response) => reply(response, 200, 'blob'));
    const server = await served((_, response) =>
      reply(response, 307, '', { location: `http://${storage.host}/x?signature=1` }),
    );
    const answer = await client().ask(call(server, { follow: true, headers: key }));
    expect(answer).toMatchObject({ status: 200, moved: true });
    expect(answer.url.host).toBe(storage.host);
    expect(storage.seen[0]).toMatchObject({ path: '/x?signature=1', headers: { range: 'bytes=5-' } });
    expect(storage.seen[0]?.headers.authorization).toBeUndefined();
  });

  it('within the same host keeps our key', async () => {
    const server = await served((seen, response) =>
      seen.path === '/' ? reply(response, 302, '', { location: 'v2/elsewhere' }) : reply(response, 200, 'there'),
    );
    await client().ask(call(server, { follow: true, headers: key }));
    expect(server.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/', 'Bearer hunter2'],
      ['/v2/elsewhere', 'Bearer hunter2'],
    ]);
  });

  it('back from another host does not bring our key back', async () => {
    const server = await served((seen, response) =>
      seen.path === '/' ? reply(response, 307, '', { location: `http://${detour.host}/` }) : reply(response, 200),
    );
    const detour = await served((_, response) => reply(response, 307, '', { location: `http://${server.host}/back` }));
    await client().ask(call(server, { follow: true, headers: key }));
    expect(server.seen.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/', 'Bearer hunter2'],
      ['/back', undefined],
    ]);
  });

  it('is the answer where it is not to be followed', async () => {
    const server = await served((_, response) => reply(response, 303, '', { location: 'https://github.com/' }));
    expect((await client().ask(call(server))).status).toBe(303);
  });

  it.each([
    ['in the clear to another machine', 'http://example.com/'],
    ['to a file', 'file:///etc/passwd'],
    ['to a program', 'data:text/plain,hello'],
  ])('%s is refused', async (_, location) => {
    const server = await served((_, response) => reply(response, 307, '', { location }));
    expect(await failureOf(client().ask(call(server, { follow: true })))).toMatchObject({ trouble: 'refused' });
    expect(server.seen).toHaveLength(1);
  });

  it('that leads in a circle is refused after five', async () => {
    const server = await served((_, response) => reply(response, 307, '', { location: '/' }));
    expect((await failureOf(client().ask(call(server, { follow: true })))).message).toContain('more than 5 redirects');
    expect(server.seen).toHaveLength(6);
  });

  it.each([
    ['without a place', {}],
    ['to a place that is none', { location: 'http://[' }],
  ])('%s is the answer', async (_, headers) => {
    const server = await served((_, response) => reply(response, 307, '', headers));
    expect((await client().ask(call(server, { follow: true }))).status).toBe(307);
  });
});

describe('an answer that is read while it arrives', () => {
  it('comes in pieces, and an error comes whole', async () => {
    const server = await served((seen, response) =>
      seen.earlier === 0 ? reply(response, 200, 'a body') : reply(response, 404, complaint('BLOB_UNKNOWN', 'no')),
    );
    const http = client();
    const flow = await http.open(call(server));
    const pieces: Buffer[] = [];
    for await (const piece of flow.bytes ?? []) pieces.push(piece);
    expect(Buffer.concat(pieces).toString()).toBe('a body');
    const error = await http.open(call(server));
    expect([error.bytes, error.body.toString()]).toEqual([undefined, JSON.stringify(complaint('BLOB_UNKNOWN', 'no'))]);
  });

  it('that breaks off is an error where it broke', async () => {
    const server = await served((_, response) => {
      response.writeHead(200, { 'content-length': '9' }).write('half', () => response.destroy());
    });
    const flow = await client().open(call(server));
    const read = async (): Promise<void> => {
      for await (const piece of flow.bytes ?? []) expect(piece.toString()).toBe('half');
    };
    expect(await failureOf(read())).toMatchObject({ trouble: 'broken' });
  });

  it.each([
    ['short', 20],
    ['long', 2_000_000],
  ])('and is not wanted after all leaves no connection open for long: %s', async (_, size) => {
    const server = await served((_, response) => reply(response, 200, Buffer.alloc(size)));
    const http = client();
    (await http.open(call(server))).drop();
    if (size > 1_000) await server.deserted();
    http.close();
    await server.deserted();
    expect(server.seen).toHaveLength(1);
  });
});

describe('a body on its way out', () => {
  it('arrives as it was given', async () => {
    const server = await served((_, response) => reply(response, 201));
    const sending = await client().send(call(server, { method: 'PUT' }), 10);
    for (const text of ['one', ' ', 'two', '', 'é!']) await sending.write(Buffer.from(text));
    expect((await sending.end()).status).toBe(201);
    expect(server.seen[0]).toMatchObject({ body: Buffer.from('one twoé!'), headers: { 'content-length': '10' } });
  });

  it('is ours until the other side takes it', async () => {
    const { createServer } = await import('node:net');
    const connected = Promise.withResolvers<Socket>();
    const server = createServer((socket) => connected.resolve(socket.pause()));
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const size = 64_000_000;
    const sending = await client().send({ ...call({ host }), method: 'PUT' }, size);
    let isGone = false;
    const leaving = sending.write(Buffer.alloc(size)).then(() => (isGone = true));
    const socket = await connected.promise;
    expect(isGone).toBe(false);
    let taken = 0;
    socket.on('data', (bytes) => {
      taken += bytes.length;
      if (taken > size) socket.write('HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n');
    });
    socket.resume();
    await leaving;
    expect((await sending.end()).status).toBe(201);
    socket.destroy();
  });

  it.each([403, 413, 429, 500])(
    'that is refused with %i in the middle says so, and not that a pipe broke',
    async (status) => {
      const refusing = await serveRefusal(status);
      const sending = await client().send(call(refusing, { method: 'PUT' }), 50_000_000);
      const failure = await failureOf(
        (async () => {
          for (let i = 0; i < 50; i += 1) await sending.write(Buffer.alloc(1_000_000));
          await sending.end();
        })(),
      );
      expect(failure).toMatchObject({ status, code: 'DENIED' });
    },
  );

  it('whose connection breaks is an error at the next write or at its end', async () => {
    const server = await served(() => undefined);
    server.answer(gone);
    const sending = await client().send(call(server, { method: 'PUT' }), 3);
    await sending.write(Buffer.from('one'));
    expect(await failureOf(sending.end())).toMatchObject({ trouble: 'broken' });
    expect(await failureOf(sending.write(Buffer.from('more')))).toMatchObject({ trouble: 'broken' });
  });

  it('is judged for longer than a connection may stall', async () => {
    const server = await served((_, response) => void setTimeout(() => reply(response, 201), 150));
    const sending = await client({ stallMs: 50, judgeMs: 5_000 }).send(call(server, { method: 'PUT' }), 3);
    await sending.write(Buffer.from('one'));
    expect((await sending.end()).status).toBe(201);
  });

  it('and is judged for ever is a time-out', async () => {
    const server = await served(() => undefined);
    const sending = await client({ judgeMs: 50 }).send(call(server, { method: 'PUT' }), 3);
    await sending.write(Buffer.from('one'));
    expect(await failureOf(sending.end())).toMatchObject({ trouble: 'timeout' });
    await server.deserted();
  });

  it('that is given up closes its connection', async () => {
    const server = await served(() => undefined);
    const sending = await client().send(call(server, { method: 'PUT' }), 3_000_000);
    await sending.write(Buffer.alloc(1_000_000));
    sending.abort();
    await server.deserted();
    await failureOf(sending.end());
  });

  /** Answers before the body has come, and closes, as a registry does that will not have it. */
  async function serveRefusal(status: number): Promise<LoopbackServer> {
    const { createServer } = await import('node:net');
    const body = JSON.stringify(complaint('DENIED', 'not this'));
    const head = `HTTP/1.1 ${status} No\r\ncontent-length: ${body.length}\r\nretry-after: 0\r\nconnection: close\r\n\r\n`;
    const server = createServer((socket) => {
      socket.on('error', () => undefined).once('data', () => socket.end(head + body));
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    onTestFinished(() => void server.close());
    const address = server.address();
    return { host: `127.0.0.1:${typeof address === 'object' ? address?.port : ''}` } as LoopbackServer;
  }
});

describe('a signal', () => {
  const reason = new Error('interrupted');

  it.each<[string, Handler]>([
    ['while nobody answers', () => undefined],
    ['while a body comes', (_, response) => void response.writeHead(200, { 'content-length': '9' }).write('half')],
    ['while an error comes', (_, response) => void response.writeHead(404, { 'content-length': '9' }).write('half')],
    ['while we wait to try again', gone],
    ['while a host wants to be left alone', (_, response) => reply(response, 429, '', { 'retry-after': '60' })],
  ])('stops %s, and leaves no connection', async (_, handler) => {
    const controller = new AbortController();
    const server = await served(handler);
    const http = client({ backoffMs: 60_000 });
    const asked = http.ask(call(server, { signal: controller.signal }));
    while (server.seen.length === 0) await new Promise(setImmediate);
    setTimeout(() => controller.abort(reason), 20);
    await expect(asked).rejects.toBe(reason);
    http.close();
    await server.deserted();
  });

  it('that came before asks nothing', async () => {
    const server = await served(() => undefined);
    const signal = AbortSignal.abort(reason);
    await expect(client().ask(call(server, { signal }))).rejects.toBe(reason);
    await expect(client().open(call(server, { signal }))).rejects.toBe(reason);
    await expect(client().send(call(server, { method: 'PUT', signal }), 1)).rejects.toBe(reason);
    expect(server.connections.ever).toBe(0);
  });

  it('stops what is waiting for a connection', async () => {
    const server = await served(() => undefined);
    const http = client({ socketsPerHost: 1 });
    const [first, second] = [new AbortController(), new AbortController()];
    const asked = [first, second].map(({ signal }) => http.ask(call(server, { signal })));
    while (server.seen.length === 0) await new Promise(setImmediate);
    second.abort(reason);
    await expect(asked[1]).rejects.toBe(reason);
    first.abort(reason);
    await expect(asked[0]).rejects.toBe(reason);
    http.close();
    await server.deserted();
    expect(server.seen).toHaveLength(1);
  });

  it('stops a body on its way out, wherever it is', async () => {
    const server = await served(() => undefined);
    const controller = new AbortController();
    const sending = await client().send(call(server, { method: 'PUT', signal: controller.signal }), 3_000_000);
    await sending.write(Buffer.alloc(1_000_000));
    controller.abort(reason);
    await expect(sending.end()).rejects.toBe(reason);
    await server.deserted();
  });
});

describe('connections', () => {
  it('are used again, and are never more than were allowed', async () => {
    const server = await served((_, response) => void setImmediate(() => reply(response, 200, 'fine')));
    const http = client({ socketsPerHost: 3 });
    await Promise.all(Array.from({ length: 40 }, () => http.ask(call(server))));
    expect(server.connections.most).toBeLessThanOrEqual(3);
    expect(server.connections.ever).toBeLessThanOrEqual(3);
  });

  it('are closed with the client', async () => {
    const server = await served((_, response) => reply(response, 200, 'fine'));
    const http = client();
    await http.ask(call(server));
    expect(server.connections.open).toBe(1);
    http.close();
    await server.deserted();
  });

  it('that were closed while they were idle cost a try and no more', async () => {
    const server = await served((seen, response, socket) => {
      reply(response, 200, 'fine');
      if (seen.earlier % 2 === 0) response.once('finish', () => socket.destroy());
    });
    const http = client();
    for (let i = 0; i < 6; i += 1) expect((await http.ask(call(server))).body.toString()).toBe('fine');
  });
});

describe('a secret that was sent', () => {
  const basic = Buffer.from('robot:hunter2').toString('base64');

  it.each([
    ['a bearer token', { authorization: 'Bearer hunter2' }, undefined, 'hunter2'],
    ['a password', { authorization: `Basic ${basic}` }, undefined, basic],
    ['a password, decoded', { authorization: `Basic ${basic}` }, undefined, 'hunter2'],
    ['a refresh token', {}, new URLSearchParams({ refresh_token: 'hunter2/=' }).toString(), 'hunter2/='],
  ])('is not in an answer that repeats it: %s', async (_, headers, body, secret) => {
    const server = await served((_, response) =>
      reply(response, 403, complaint('DENIED', `you sent ${secret} and more`)),
    );
    const answer = await client().ask(call(server, { method: 'POST', headers, ...(body !== undefined && { body }) }));
    expect(answer.body.toString()).not.toContain(secret);
    expect(answer.body.toString()).toContain('and more');
  });

  it('is in no error, however it comes about', async () => {
    const handlers: Handler[] = [
      gone,
      () => undefined,
      (_, __, socket) => void socket.end('HTTP/1.1 hunter2 hunter2\r\n\r\n'),
      (_, response) => reply(response, 307, '', { location: 'http://example.com/?token=hunter2' }),
      (_, response) =>
        void response.writeHead(200, { 'content-length': '99' }).write('hunter2', () => response.destroy()),
    ];
    for (const handler of handlers) {
      const server = await served(handler);
      const headers = { authorization: 'Bearer hunter2' };
      const asked = client({ tries: 1, stallMs: 50 }).ask(
        call(server, { headers, follow: true, path: '/?sig=hunter2' }),
      );
      const failure = await failureOf(asked);
      expect(inspect(failure, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
    }
  });
});
