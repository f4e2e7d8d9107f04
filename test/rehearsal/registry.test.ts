import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MiB } from '../../src/core/bytes.ts';
import { digest, type Digest } from '../../src/core/digest.ts';
import { DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST } from '../../src/core/media-types.ts';
import { pseudoRandomBytes } from '../../src/rehearsal/registry/pseudo-random.ts';
import { startRegistry, type Fault, type RegistryOptions, type RegistryServer } from '../../src/rehearsal/registry.ts';

const NAME = 'coder/coder-preview';
const SMALL = Buffer.from('a small layer');
const LARGE = pseudoRandomBytes('a large layer', 3 * MiB);
const ZEROS = Buffer.alloc(MiB);
const ABSENT = digest(`sha256:${'0'.repeat(64)}`);

const nameOf = (bytes: Buffer | string, algorithm = 'sha256'): Digest =>
  digest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);

async function registry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const server = await startRegistry(options);
  onTestFinished(() => server.close());
  return server;
}

function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'registry-test-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

const at = ({ host }: RegistryServer, path: string): string => `http://${host}/v2/${NAME}/${path}`;

const ask = (url: string, method = 'GET', headers: Record<string, string> = {}, body?: Buffer | string) =>
  fetch(url, { method, headers, redirect: 'manual', ...(body !== undefined && { body: body as string }) });

async function errorOf(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return { status: response.status, code: errors[0]?.code ?? '', message: errors[0]?.message ?? '' };
}

const bytesOf = async (response: Response): Promise<Buffer> => Buffer.from(await response.arrayBuffer());

async function begin(server: RegistryServer, query = ''): Promise<string> {
  const response = await ask(at(server, `blobs/uploads/${query}`), 'POST');
  expect(response.status).toBe(202);
  return new URL(response.headers.get('location') ?? '', `http://${server.host}`).href;
}

const withDigest = (location: string, name: string): string =>
  `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(name)}`;

const push = async (server: RegistryServer, bytes: Buffer, name: string = nameOf(bytes)): Promise<Response> =>
  ask(withDigest(await begin(server), name), 'PUT', {}, bytes);

const manifest = (blobs: Digest[], more: Record<string, unknown> = {}): string => {
  const layers = blobs.map((each) => ({ mediaType: 'application/octet-stream', digest: each, size: SMALL.length }));
  return JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: layers[0], layers, ...more });
};

const putManifest = (server: RegistryServer, reference: string, text: string, type = OCI_MANIFEST) =>
  ask(at(server, `manifests/${reference}`), 'PUT', { 'content-type': type }, text);

/** Reads an answer to wherever it ends, and says how it ended. */
function readRaw(url: string, headers: Record<string, string> = {}): Promise<{ bytes: Buffer; whole: boolean }> {
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    const outgoing = request(url, { headers, agent: false }, (response: IncomingMessage) => {
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', () => undefined);
      response.on('close', () => resolve({ bytes: Buffer.concat(pieces), whole: response.complete }));
    });
    outgoing.on('error', reject).end();
  });
}

describe('a plain registry', () => {
  it('answers as the specification says it must', async () => {
    const server = await registry();
    const response = await ask(`http://${server.host}/v2/`);
    expect([response.status, await response.text()]).toEqual([200, '{}']);
    expect((await ask(`http://${server.host}/v3/`)).status).toBe(404);
    expect((await ask(`http://${server.host}/v2/%E0%A4%A`)).status).toBe(500);
  });

  it.each([
    ['kept in memory', SMALL, {}],
    ['kept in a file for as long as the registry runs', LARGE, {}],
    ['that is empty', Buffer.alloc(0), {}],
    ['kept in a directory', SMALL, { directory: 'yes' }],
  ])('takes a blob %s and gives it back', async (_, bytes, options) => {
    const server = await registry('directory' in options ? { directory: directory() } : {});
    const pushed = await push(server, bytes);
    expect(pushed.status).toBe(201);
    expect(pushed.headers.get('docker-content-digest')).toBe(nameOf(bytes));
    const head = await ask(at(server, `blobs/${nameOf(bytes)}`), 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(bytes.length)]);
    const got = await bytesOf(await ask(at(server, `blobs/${nameOf(bytes)}`)));
    expect(got.equals(bytes)).toBe(true);
  });

  it('takes a blob in a single POST, by either algorithm', async () => {
    const server = await registry();
    for (const name of [nameOf(SMALL), nameOf(SMALL, 'sha512')]) {
      expect((await ask(at(server, `blobs/uploads/?digest=${name}`), 'POST', {}, SMALL)).status).toBe(201);
      expect(server.blobPresent(NAME, name)).toBe(true);
    }
  });

  it('refuses a blob whose bytes are not what its digest says, and keeps nothing of it', async () => {
    const server = await registry();
    const wrong = await push(server, LARGE, nameOf(SMALL));
    expect(await errorOf(wrong)).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
    expect(server.blobPresent(NAME, nameOf(SMALL))).toBe(false);
    expect(server.blobPresent(NAME, nameOf(LARGE))).toBe(false);
    expect((await push(server, LARGE, 'sha256:short')).status).toBe(400);
  });

  it('takes a blob in chunks, tells how far it is, and refuses a chunk out of order', async () => {
    const server = await registry();
    const location = await begin(server);
    const chunk = (start: number, end: number): Promise<Response> =>
      ask(location, 'PATCH', { 'content-range': `${start}-${end - 1}` }, LARGE.subarray(start, end));
    expect((await chunk(0, MiB)).status).toBe(202);
    const early = await chunk(2 * MiB, 3 * MiB);
    expect([early.status, early.headers.get('range')]).toEqual([416, `0-${MiB - 1}`]);
    const status = await ask(location);
    expect([status.status, status.headers.get('range')]).toEqual([204, `0-${MiB - 1}`]);
    expect((await ask(location, 'PATCH', { 'content-range': `${MiB}-${MiB}` }, SMALL)).status).toBe(400);
    expect((await chunk(MiB, 2 * MiB)).status).toBe(202);
    const last = await ask(withDigest(location, nameOf(LARGE)), 'PUT', {}, LARGE.subarray(2 * MiB));
    expect(last.status).toBe(201);
    expect((await bytesOf(await ask(at(server, `blobs/${nameOf(LARGE)}`)))).equals(LARGE)).toBe(true);
    expect(await errorOf(await ask(location))).toMatchObject({ status: 404, code: 'BLOB_UPLOAD_UNKNOWN' });
  });

  it('forgets an upload that is given up', async () => {
    const server = await registry();
    const location = await begin(server);
    expect((await ask(location, 'PATCH', {}, LARGE)).status).toBe(202);
    expect((await ask(location, 'DELETE')).status).toBe(204);
    expect((await ask(location)).status).toBe(404);
  });

  it('mounts a blob of another repository, or begins an upload where there is none', async () => {
    const server = await registry();
    const name = await server.putBlob('coder/base', SMALL);
    const mounted = await ask(at(server, `blobs/uploads/?mount=${name}&from=coder/base`), 'POST');
    expect([mounted.status, server.blobPresent(NAME, name)]).toEqual([201, true]);
    await begin(server, `?mount=${ABSENT}&from=coder/base`);
    server.manners = { mounts: false };
    await begin(server, `?mount=${name}&from=coder/base`);
  });

  it.each([
    ['bytes=0-3', 206, LARGE.subarray(0, 4), `bytes 0-3/${LARGE.length}`],
    ['bytes=1048576-', 206, LARGE.subarray(MiB), `bytes ${MiB}-${LARGE.length - 1}/${LARGE.length}`],
    ['bytes=-5', 206, LARGE.subarray(-5), `bytes ${LARGE.length - 5}-${LARGE.length - 1}/${LARGE.length}`],
    ['bytes=0-1,5-6', 200, LARGE, null],
    [`bytes=${LARGE.length}-`, 416, Buffer.alloc(0), `bytes */${LARGE.length}`],
  ])('answers a Range of %s with %d', async (range, status, bytes, contentRange) => {
    const server = await registry();
    const name = await server.putBlob(NAME, LARGE);
    const response = await ask(at(server, `blobs/${name}`), 'GET', { range });
    expect([response.status, response.headers.get('content-range')]).toEqual([status, contentRange]);
    expect((await bytesOf(response)).equals(bytes)).toBe(true);
  });

  it('stores a manifest byte for byte and serves it by tag and by digest', async () => {
    const server = await registry();
    const text = ` ${manifest([await server.putBlob(NAME, SMALL)])}\n`;
    const put = await putManifest(server, 'latest', text);
    expect([put.status, put.headers.get('docker-content-digest')]).toEqual([201, nameOf(text)]);
    for (const reference of ['latest', nameOf(text)]) {
      const head = await ask(at(server, `manifests/${reference}`), 'HEAD');
      expect(Object.fromEntries(head.headers)).toMatchObject({
        'content-length': String(text.length),
        'content-type': OCI_MANIFEST,
        'docker-content-digest': nameOf(text),
      });
      expect(await (await ask(at(server, `manifests/${reference}`))).text()).toBe(text);
    }
    expect(await server.missingBehind(NAME, 'latest')).toEqual([]);
  });

  it('refuses manifests that it cannot trust', async () => {
    const server = await registry();
    const good = manifest([await server.putBlob(NAME, SMALL)]);
    const refused: [string, string, string, string][] = [
      ['latest', '{', OCI_MANIFEST, 'MANIFEST_INVALID'],
      ['latest', good, OCI_INDEX, 'MANIFEST_INVALID'],
      ['latest', good, `${OCI_MANIFEST}; charset=utf-8`, 'MANIFEST_INVALID'],
      ['latest', good, 'application/vnd.docker.distribution.manifest.v1+json', 'MANIFEST_INVALID'],
      [ABSENT, good, OCI_MANIFEST, 'DIGEST_INVALID'],
      ['-not-a-tag', good, OCI_MANIFEST, 'TAG_INVALID'],
      ['latest', manifest([nameOf(SMALL), ABSENT]), OCI_MANIFEST, 'MANIFEST_BLOB_UNKNOWN'],
      ['latest', JSON.stringify(indexOf([ABSENT])), OCI_INDEX, 'MANIFEST_BLOB_UNKNOWN'],
    ];
    for (const [reference, text, type, code] of refused)
      expect(await errorOf(await putManifest(server, reference, text, type))).toMatchObject({ status: 400, code });
    const huge = `${good.slice(0, -1)},"annotations":{"a":"${'x'.repeat(4 * MiB)}"}}`;
    expect((await putManifest(server, 'latest', huge)).status).toBe(413);
    expect(server.tagsOf(NAME).size).toBe(0);

    server.manners = { strictContent: false };
    expect((await putManifest(server, 'latest', manifest([ABSENT]))).status).toBe(201);
  });

  it('takes a manifest whose missing layer is to be had elsewhere', async () => {
    const server = await registry();
    const config = { mediaType: 'application/json', digest: await server.putBlob(NAME, SMALL), size: SMALL.length };
    const foreign = { mediaType: 'application/octet-stream', digest: ABSENT, size: 1, urls: ['https://example.com/'] };
    expect((await putManifest(server, 'latest', manifest([], { config, layers: [foreign] }))).status).toBe(201);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([]);
  });

  it('says what it does not have', async () => {
    const server = await registry();
    expect(await errorOf(await ask(at(server, 'tags/list')))).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    server.createRepository(NAME);
    const unknown = { status: 404, code: 'MANIFEST_UNKNOWN' };
    expect(await errorOf(await ask(at(server, 'manifests/latest')))).toMatchObject(unknown);
    expect(await errorOf(await ask(at(server, `blobs/${ABSENT}`)))).toMatchObject({
      status: 404,
      code: 'BLOB_UNKNOWN',
    });
    const head = await ask(at(server, 'manifests/latest'), 'HEAD');
    expect([head.status, await head.text()]).toEqual([404, '']);
    expect(await errorOf(await ask(at(server, 'tags/list'), 'PUT'))).toMatchObject({
      status: 405,
      code: 'UNSUPPORTED',
    });
    const upper = `http://${server.host}/v2/Coder/x/blobs/uploads/`;
    expect(await errorOf(await ask(upper, 'POST'))).toMatchObject({ status: 400, code: 'NAME_INVALID' });
  });

  it('lists tags in pages that lead to each other', async () => {
    const server = await registry({ manners: { tagsPageSize: 2 } });
    const name = server.putManifest(NAME, Buffer.from(manifest([])), OCI_MANIFEST);
    for (const tag of ['v3', 'v1', 'v2', 'latest', 'v2.1']) server.setTag(NAME, tag, name);
    const pages: string[][] = [];
    for (let next: string | undefined = 'tags/list?n=50'; next !== undefined;) {
      const response = await ask(next.startsWith('/') ? `http://${server.host}${next}` : at(server, next));
      pages.push(((await response.json()) as { tags: string[] }).tags);
      next = /^<(.+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1];
    }
    expect(pages).toEqual([['latest', 'v1'], ['v2', 'v2.1'], ['v3']]);
  });

  it('deletes tags, manifests and blobs', async () => {
    const server = await registry();
    const layer = await server.putBlob(NAME, SMALL);
    const name = server.putManifest(NAME, Buffer.from(manifest([layer])), OCI_MANIFEST, 'v1');
    server.setTag(NAME, 'latest', name);
    expect((await ask(at(server, 'manifests/v1'), 'DELETE')).status).toBe(202);
    expect([...server.tagsOf(NAME).keys()]).toEqual(['latest']);
    expect((await ask(at(server, `blobs/${layer}`), 'DELETE')).status).toBe(202);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([`blob ${layer} is missing`]);
    expect((await ask(at(server, `manifests/${name}`), 'DELETE')).status).toBe(202);
    expect(server.tagsOf(NAME).size).toBe(0);
    expect((await ask(at(server, `manifests/${name}`), 'DELETE')).status).toBe(404);
    server.manners = { deleteTags: false };
    expect((await ask(at(server, 'manifests/v1'), 'DELETE')).status).toBe(405);
  });

  it('keeps a connection for the next request', async () => {
    const server = await registry();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ports = new Set<number | undefined>();
    for (let i = 0; i < 3; i += 1) {
      await new Promise<void>((resolve, reject) => {
        const outgoing = request(`http://${server.host}/v2/`, { agent }, (response) => {
          ports.add(response.socket.localPort);
          response.resume().on('end', resolve);
        });
        outgoing.on('error', reject).end();
      });
    }
    expect(ports.size).toBe(1);
  });
});

const indexOf = (children: Digest[]): Record<string, unknown> => ({
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: children.map((each) => ({ mediaType: OCI_MANIFEST, digest: each, size: 1 })),
});

describe('referrers', () => {
  const type = 'application/vnd.dev.sigstore.bundle.v0.3+json';

  async function signed(
    options: RegistryOptions = {},
  ): Promise<{ server: RegistryServer; subject: Digest; url: string }> {
    const server = await registry(options);
    const config = await server.putBlob(NAME, SMALL);
    const subject = server.putManifest(NAME, Buffer.from(manifest([config])), OCI_MANIFEST, 'latest');
    return { server, subject, url: at(server, `referrers/${subject}`) };
  }

  const about = (subject: Digest, more: Record<string, unknown> = {}): string =>
    manifest([nameOf(SMALL)], { subject: { mediaType: OCI_MANIFEST, digest: subject, size: 1 }, ...more });

  it('are listed with their type and annotations, and a push says that its subject was understood', async () => {
    const { server, subject, url } = await signed();
    const text = about(subject, { artifactType: type, annotations: { by: 'me' } });
    const put = await putManifest(server, nameOf(text), text);
    expect(put.headers.get('oci-subject')).toBe(subject);
    await putManifest(server, 'sbom', about(subject));

    const listed = { mediaType: OCI_MANIFEST, digest: nameOf(text), size: text.length, artifactType: type };
    const all = await ask(url);
    expect(all.headers.get('content-type')).toBe(OCI_INDEX);
    const { manifests } = (await all.json()) as { manifests: unknown[] };
    expect(manifests).toHaveLength(2);
    expect(manifests).toContainEqual({ ...listed, annotations: { by: 'me' } });
    expect(manifests).toContainEqual(expect.objectContaining({ artifactType: 'application/octet-stream' }));
    const filtered = await ask(`${url}?artifactType=${encodeURIComponent(type)}`);
    expect(filtered.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(((await filtered.json()) as { manifests: unknown[] }).manifests).toHaveLength(1);
  });

  it('may be about a manifest that is not there', async () => {
    const { server } = await signed();
    expect((await putManifest(server, 'sig', about(ABSENT))).status).toBe(201);
  });

  it('are not listed, listed as none, or said to be elsewhere, as GHCR does', async () => {
    const { server, subject, url } = await signed({ manners: { referrersApi: false } });
    expect((await putManifest(server, 'sig', about(subject))).headers.get('oci-subject')).toBeNull();
    expect((await ask(url)).status).toBe(404);
    server.manners = { referrersEmpty: true };
    expect(await (await ask(url)).json()).toMatchObject({ manifests: [] });
    server.manners = { referrersApi: false, referrersRedirect: true };
    const elsewhere = await ask(url);
    expect(elsewhere.status).toBe(303);
    expect(elsewhere.headers.get('location')).toContain(`http://${server.storageHost}/-/v2/packages/`);
    expect((await fetch(url)).status).toBe(429);
    expect(server.traffic.countOf('GET', /^\/-\//)).toBe(1);
  });

  it('may be refused, as ECR does with some', async () => {
    const { server, subject } = await signed({ manners: { rejectsReferrers: true } });
    const refused = await errorOf(await putManifest(server, 'sig', about(subject)));
    expect(refused).toMatchObject({ status: 405, code: 'UNSUPPORTED' });
    expect(refused.message).toContain('Invalid JSON syntax');
  });
});

describe('a registry with the manners of GHCR', () => {
  const token = async (server: RegistryServer, scope: string, headers: Record<string, string> = {}) =>
    ask(`http://${server.host}/token?service=ghcr.io&scope=${scope}`, 'GET', headers);
  const bearerOf = async (response: Response): Promise<Record<string, string>> => ({
    authorization: `Bearer ${((await response.json()) as { token: string }).token}`,
  });
  const basic = (username: string, password: string): Record<string, string> => ({
    authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
  });

  it('wants a token for each repository and action, and names where to get it', async () => {
    const server = await registry({ manners: { kind: 'ghcr' } });
    server.createRepository(NAME);
    const refused = await ask(at(server, 'tags/list'));
    const scope = `repository:${NAME}:pull`;
    const realm = `http://${server.host}/token`;
    expect(refused.headers.get('www-authenticate')).toBe(`Bearer realm="${realm}",service="ghcr.io",scope="${scope}"`);
    expect(await errorOf(refused)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    const ping = await ask(`http://${server.host}/v2/`);
    expect(ping.headers.get('www-authenticate')).toContain('scope="repository:user/image:pull"');

    const issued = await token(server, scope);
    expect(Object.keys((await issued.clone().json()) as object)).toEqual(['token']);
    const headers = await bearerOf(issued);
    expect((await ask(at(server, 'tags/list'), 'GET', headers)).status).toBe(200);
    expect((await ask(at(server, 'blobs/uploads/'), 'POST', headers)).status).toBe(401);
    expect((await ask(`http://${server.host}/v2/other/tags/list`, 'GET', headers)).status).toBe(401);
    const push = await bearerOf(await token(server, `repository:${NAME}:pull,push`));
    expect((await ask(at(server, 'blobs/uploads/'), 'POST', push)).status).toBe(202);
  });

  it('gives anybody a token for a private image and refuses it later', async () => {
    const credentials = { username: 'coder', password: 'classic' };
    const server = await registry({ manners: { kind: 'ghcr', credentials } });
    server.createRepository(NAME);
    const scope = `repository:${NAME}:pull`;
    const anonymous = await bearerOf(await token(server, scope));
    const refused = await errorOf(await ask(at(server, 'tags/list'), 'GET', anonymous));
    expect(refused).toMatchObject({ status: 403, code: 'DENIED' });
    expect((await token(server, scope, basic('coder', 'wrong'))).status).toBe(403);
    const known = await bearerOf(await token(server, scope, basic('coder', 'classic')));
    expect((await ask(at(server, 'tags/list'), 'GET', known)).status).toBe(200);
    server.manners = { auth: 'bearer', credentials };
    expect((await token(server, scope)).status).toBe(401);
  });

  it('lets tokens expire', async () => {
    let now = 1_000_000;
    const server = await registry({ manners: { kind: 'ghcr', tokenSeconds: 2 }, now: () => now });
    server.createRepository(NAME);
    const headers = await bearerOf(await token(server, `repository:${NAME}:pull`));
    now += 1_999;
    expect((await ask(at(server, 'tags/list'), 'GET', headers)).status).toBe(200);
    now += 1;
    const expired = await ask(at(server, 'tags/list'), 'GET', headers);
    expect([expired.status, expired.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('/token')]);
  });

  it('sends blobs from another origin, that takes no credentials and not for long', async () => {
    let now = 1_000_000;
    const server = await registry({ manners: { kind: 'ghcr', auth: 'none', redirectSeconds: 60 }, now: () => now });
    const name = await server.putBlob(NAME, LARGE);
    expect((await ask(at(server, `blobs/${name}`), 'HEAD')).status).toBe(200);
    const redirect = await ask(at(server, `blobs/${name}`));
    const elsewhere = redirect.headers.get('location') ?? '';
    expect([redirect.status, new URL(elsewhere).host]).toEqual([307, server.storageHost]);
    expect((await ask(elsewhere, 'GET', basic('a', 'b'))).status).toBe(400);
    expect((await ask(elsewhere, 'HEAD')).status).toBe(403);
    expect((await ask(`${elsewhere}0`)).status).toBe(403);
    expect((await bytesOf(await ask(elsewhere))).equals(LARGE)).toBe(true);
    const part = await ask(elsewhere, 'GET', { range: 'bytes=5-' });
    expect([part.status, (await bytesOf(part)).equals(LARGE.subarray(5))]).toEqual([206, true]);
    now += 60_000;
    expect((await ask(elsewhere)).status).toBe(403);
    expect(server.traffic.blobBytesOut).toBe(2 * LARGE.length - 5);
  });
});

describe('a registry with the manners of ECR', () => {
  const credentials = { username: 'AWS', password: 'rehearsal' };
  const headers = { authorization: `Basic ${Buffer.from('AWS:rehearsal').toString('base64')}` };

  it('wants a password, and says when it has expired', async () => {
    let now = 1_000_000;
    const server = await registry({ manners: { kind: 'ecr', credentials, tokenSeconds: 43_200 }, now: () => now });
    server.createRepository(NAME);
    const refused = await ask(at(server, 'tags/list'));
    const challenge = `Basic realm="http://${server.host}/",service="ecr.amazonaws.com"`;
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, challenge]);
    const listed = await ask(at(server, 'tags/list'), 'GET', headers);
    expect([listed.status, listed.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    now += 43_200_000;
    const expired = await errorOf(await ask(at(server, 'tags/list'), 'GET', headers));
    expect(expired.status).toBe(403);
    expect(expired.message).toBe('Your authorization token has expired. Reauthenticate and try again.');

    const { username, password, expiresAt } = server.issueCredentials();
    expect(expiresAt.getTime()).toBe(now + 43_200_000);
    const fresh = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    expect((await ask(at(server, 'tags/list'), 'GET', fresh)).status).toBe(200);
  });

  it('takes nothing for a repository that nobody created', async () => {
    const server = await registry({ manners: { kind: 'ecr', auth: 'none' } });
    const refused = await errorOf(await ask(at(server, 'blobs/uploads/'), 'POST'));
    expect(refused).toMatchObject({ status: 404, code: 'NAME_UNKNOWN' });
    expect(refused.message).toMatch(/^The repository with name 'coder\/coder-preview' does not exist/);
    expect((await putManifest(server, 'latest', manifest([]))).status).toBe(404);
    expect(server.hasRepository(NAME)).toBe(false);
    server.createRepository(NAME);
    expect((await ask(at(server, 'blobs/uploads/'), 'POST')).status).toBe(202);
    server.deleteRepository(NAME);
    expect(server.hasRepository(NAME)).toBe(false);
  });

  it('answers every chunk with the end of the first, and begins a session for a single POST', async () => {
    const server = await registry({ manners: { kind: 'ecr', auth: 'none' } });
    server.createRepository(NAME);
    const location = await begin(server, `?digest=${nameOf(LARGE)}`);
    for (const start of [0, MiB, 2 * MiB]) {
      const patched = await ask(location, 'PATCH', {}, LARGE.subarray(start, start + MiB));
      expect([patched.status, patched.headers.get('range')]).toEqual([201, `0-${MiB - 1}`]);
    }
    expect((await ask(withDigest(location, nameOf(LARGE)), 'PUT')).status).toBe(201);
  });

  it('writes a tag once, whatever it is asked to write, unless the tag may move', async () => {
    const server = await registry({ manners: { immutableTags: true, mutableTagPatterns: ['latest', 'dev-*'] } });
    const text = manifest([await server.putBlob(NAME, SMALL)]);
    for (const tag of ['v1', 'latest', 'dev-1', 'latestx'])
      expect((await putManifest(server, tag, text)).status).toBe(201);
    for (const tag of ['v1', 'latestx']) {
      const refused = await errorOf(await putManifest(server, tag, text));
      expect(refused).toMatchObject({ status: 400, code: 'TAG_INVALID' });
      expect(refused.message).toContain(
        `'${tag}' already exists in the '${NAME}' repository and cannot be overwritten`,
      );
    }
    for (const free of ['latest', 'dev-1', nameOf(text)])
      expect((await putManifest(server, free, text)).status).toBe(201);
  });

  it('converts what is asked for by tag without its type, and never by digest', async () => {
    const server = await registry({ manners: { convertOnUnknownAccept: true } });
    const child = Buffer.from(manifest([await server.putBlob(NAME, SMALL)]));
    const name = server.putManifest(NAME, child, OCI_MANIFEST, 'v1');
    const index = Buffer.from(JSON.stringify(indexOf([name])));
    server.putManifest(NAME, index, OCI_INDEX, 'latest');
    const read = async (reference: string, accept: string): Promise<unknown[]> => {
      const response = await ask(at(server, `manifests/${reference}`), 'GET', { accept });
      const bytes = await bytesOf(response);
      expect(response.headers.get('docker-content-digest')).toBe(nameOf(bytes));
      return [response.headers.get('content-type'), nameOf(bytes) === nameOf(reference === 'v1' ? child : index)];
    };
    expect(await read('v1', `${DOCKER_MANIFEST}, ${OCI_MANIFEST}`)).toEqual([OCI_MANIFEST, true]);
    expect(await read('v1', '*/*')).toEqual([DOCKER_MANIFEST, false]);
    expect(await read('latest', OCI_INDEX)).toEqual([OCI_INDEX, true]);
    expect(await read('latest', OCI_MANIFEST)).toEqual([OCI_MANIFEST, false]);
    expect((await ask(at(server, `manifests/${name}`), 'GET', { accept: '*/*' })).status).toBe(404);
  });

  it('takes so many manifests a second and no more', async () => {
    const server = await registry({ manners: { manifestPutsPerSecond: 3 } });
    const text = manifest([await server.putBlob(NAME, SMALL)]);
    const puts = await Promise.all(['a', 'b', 'c', 'd'].map((tag) => putManifest(server, tag, text)));
    const refused = puts.filter(({ status }) => status !== 201);
    expect(refused).toHaveLength(1);
    expect(await errorOf(refused[0] as Response)).toMatchObject({ status: 429, code: 'TOOMANYREQUESTS' });
  });

  it('gives upload locations that must be used as they are', async () => {
    const server = await registry({ manners: { relativeLocations: true } });
    const { headers } = await ask(at(server, 'blobs/uploads/'), 'POST');
    const location = headers.get('location') ?? '';
    expect(location).toMatch(/^\/v2\/coder\/coder-preview\/blobs\/uploads\/[0-9a-f-]+\?_state=/);
    const url = `http://${server.host}${location}`;
    const rebuilt = `${url.split('?')[0]}?digest=${nameOf(SMALL)}`;
    expect(await errorOf(await ask(rebuilt, 'PUT', {}, SMALL))).toMatchObject({ code: 'BLOB_UPLOAD_INVALID' });
    expect((await ask(withDigest(url, nameOf(SMALL)), 'PUT', {}, SMALL)).status).toBe(201);
  });
});

describe('faults', () => {
  const blobPath = /\/blobs\/sha256/;

  async function faulty(...faults: Fault[]): Promise<{ server: RegistryServer; url: string }> {
    const server = await registry();
    const name = await server.putBlob(NAME, LARGE);
    server.faults = faults;
    return { server, url: at(server, `blobs/${name}`) };
  }

  it('answer with a status, so often, after so many, to whom they concern', async () => {
    const message = 'retry-after: 1.16676ms, allowed: 44000/minute';
    const { server, url } = await faulty({
      on: { method: 'GET', path: blobPath, minBytes: MiB },
      times: 2,
      after: 1,
      do: { kind: 'status', status: 429, code: 'TOOMANYREQUESTS', message, headers: { 'Retry-After': '2' } },
    });
    const small = at(server, `blobs/${await server.putBlob(NAME, SMALL)}`);
    const statuses = [];
    for (const each of [url, small, url, url, url]) statuses.push((await ask(each)).status);
    expect(statuses).toEqual([200, 200, 429, 429, 200]);
    server.faults = [{ on: {}, do: { kind: 'status', status: 429, code: 'TOOMANYREQUESTS', message } }];
    const refused = await ask(url);
    expect(refused.headers.get('retry-after')).toBeNull();
    expect(await errorOf(refused)).toEqual({ status: 429, code: 'TOOMANYREQUESTS', message });
  });

  it('are used up by each registry for itself, and not by who may not come in', async () => {
    const fault: Fault = { on: {}, times: 1, do: { kind: 'status', status: 503 } };
    const [first, second] = [await registry(), await registry({ manners: { auth: 'basic' } })];
    first.faults = [fault];
    second.faults = [fault];
    const { username, password } = second.issueCredentials();
    const headers = { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` };
    expect((await ask(`http://${first.host}/v2/`)).status).toBe(503);
    expect((await ask(`http://${first.host}/v2/`)).status).toBe(200);
    expect((await ask(`http://${second.host}/v2/`)).status).toBe(401);
    expect((await ask(`http://${second.host}/v2/`, 'GET', headers)).status).toBe(503);
  });

  it('refuse an upload after all of it was read', async () => {
    const { server } = await faulty({ on: { method: 'PUT' }, do: { kind: 'status', status: 500, afterBody: true } });
    expect((await push(server, LARGE)).status).toBe(500);
    expect(server.traffic.requests.at(-1)).toMatchObject({ method: 'PUT', status: 500, bytesIn: LARGE.length });
  });

  it('lose the answer to what was done, and a watcher is told of a tag all the same', async () => {
    const tagged: string[] = [];
    const server = await registry({ tagged: (name, tag) => void tagged.push(`${name}:${tag}`) });
    const text = manifest([await server.putBlob(NAME, SMALL)]);
    server.faults = [{ on: { path: /latest/ }, times: 2, do: { kind: 'lost', status: 502 } }];
    expect((await ask(at(server, 'manifests/latest'))).status).toBe(404);
    expect((await putManifest(server, 'latest', text)).status).toBe(502);
    expect(server.tagsOf(NAME).get('latest')).toBe(nameOf(text));
    server.faults = [{ on: { path: /stable/ }, do: { kind: 'lost' } }];
    await expect(putManifest(server, 'stable', text)).rejects.toThrow();
    expect(server.tagsOf(NAME).get('stable')).toBe(nameOf(text));
    expect(tagged).toEqual([`${NAME}:latest`, `${NAME}:stable`]);
  });

  it('cut a download where they say', async () => {
    const { server, url } = await faulty({ on: { path: blobPath }, do: { kind: 'reset', afterBytes: 1_234_567 } });
    const { bytes, whole } = await readRaw(url);
    expect(whole).toBe(false);
    expect(bytes.equals(LARGE.subarray(0, 1_234_567))).toBe(true);
    expect(server.traffic.blobBytesOut).toBe(1_234_567);
    server.faults = [{ on: { path: blobPath }, do: { kind: 'reset' } }];
    await expect(readRaw(url)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('end an answer short of its length', async () => {
    const { server, url } = await faulty({ on: { path: blobPath }, do: { kind: 'truncate', atBytes: 1_000 } });
    expect(await readRaw(url)).toEqual({ bytes: LARGE.subarray(0, 1_000), whole: false });
    server.faults = [{ on: { path: blobPath }, do: { kind: 'truncate', atBytes: 0 } }];
    expect(await readRaw(url)).toEqual({ bytes: Buffer.alloc(0), whole: false });
    const name = server.putManifest(NAME, Buffer.from(manifest([])), OCI_MANIFEST);
    server.faults = [{ on: { path: /manifests/ }, do: { kind: 'truncate', atBytes: 10 } }];
    expect((await readRaw(at(server, `manifests/${name}`))).bytes).toHaveLength(10);
  });

  it('flip one bit on the way out, and on the way in', async () => {
    const { server, url } = await faulty({
      on: { path: blobPath },
      times: 1,
      do: { kind: 'corrupt', atByte: 2 * MiB },
    });
    const wrong = await bytesOf(await ask(url));
    expect(wrong.length).toBe(LARGE.length);
    expect(wrong.equals(LARGE)).toBe(false);
    wrong[2 * MiB] = (wrong[2 * MiB] ?? 0) ^ 1;
    expect(wrong.equals(LARGE)).toBe(true);
    expect((await bytesOf(await ask(url))).equals(LARGE)).toBe(true);
    server.faults = [{ on: { method: 'PUT' }, do: { kind: 'corrupt', atByte: 7 } }];
    expect(await errorOf(await push(server, SMALL))).toMatchObject({ status: 400, code: 'DIGEST_INVALID' });
  });

  it('stop bytes and leave the connection open', async () => {
    const { server, url } = await faulty({ on: { path: blobPath }, do: { kind: 'stall', afterBytes: 500 } });
    const response = await ask(url);
    const reader = response.body?.getReader();
    expect((await reader?.read())?.value).toHaveLength(500);
    const more = reader?.read().then(() => 'moved');
    expect(await Promise.race([more, settledAfter(60)])).toBe('quiet');
    await reader?.cancel();
    server.faults = [{ on: {}, do: { kind: 'stall' } }];
    const silent = ask(url, 'HEAD').then(
      () => 'answered',
      () => 'closed',
    );
    expect(await Promise.race([silent, settledAfter(60)])).toBe('quiet');
    await server.close();
    expect(await silent).toBe('closed');
  });

  it('cut an upload; what had arrived is known and the rest can follow', async () => {
    const { server } = await faulty({ on: { method: 'PATCH' }, times: 1, do: { kind: 'reset', afterBytes: MiB } });
    server.dropBlob(NAME, nameOf(LARGE));
    const location = await begin(server);
    await expect(ask(location, 'PATCH', {}, LARGE)).rejects.toThrow();
    expect((await ask(location)).headers.get('range')).toBe(`0-${MiB - 1}`);
    const rest = await ask(withDigest(location, nameOf(LARGE)), 'PUT', {}, LARGE.subarray(MiB));
    expect([rest.status, server.blobPresent(NAME, nameOf(LARGE))]).toEqual([201, true]);
  });

  it('leave an upload that stalled to the next request that writes to it', async () => {
    const { server } = await faulty({ on: { method: 'PATCH' }, times: 1, do: { kind: 'stall', afterBytes: 1_000 } });
    const location = await begin(server);
    const abort = new AbortController();
    const stalled = fetch(location, { method: 'PATCH', body: LARGE as unknown as string, signal: abort.signal });
    await expect.poll(async () => (await ask(location)).headers.get('range')).toBe('0-999');
    abort.abort();
    await expect(stalled).rejects.toThrow();
    const rest = await ask(withDigest(location, nameOf(LARGE)), 'PUT', {}, LARGE.subarray(1_000));
    expect(rest.status).toBe(201);
  });

  it('fill the disk', async () => {
    const { server } = await faulty({ on: {}, do: { kind: 'diskFull' } });
    const full = { status: 500, code: 'UNKNOWN', message: 'no space left on device' };
    expect(await errorOf(await push(server, SMALL))).toEqual(full);
  });

  it('ignore a Range', async () => {
    const { url } = await faulty({ on: {}, times: 1, do: { kind: 'ignoreRange' } });
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, 'GET', { range: 'bytes=9-' })).status).toBe(200);
    expect((await ask(url, 'GET', { range: 'bytes=9-' })).status).toBe(206);
  });

  it('of a body wait for the body behind a redirect', async () => {
    const { server, url } = await faulty({ on: { path: blobPath }, times: 1, do: { kind: 'truncate', atBytes: 10 } });
    server.manners = { blobRedirect: true };
    expect((await ask(url, 'HEAD')).status).toBe(200);
    const elsewhere = (await ask(url)).headers.get('location') ?? '';
    expect((await readRaw(elsewhere)).bytes).toHaveLength(10);
  });

  it('take the whole registry away and give it back', async () => {
    const { server, url } = await faulty({ on: {}, do: { kind: 'stall' } });
    const agent = new Agent({ keepAlive: true });
    onTestFinished(() => agent.destroy());
    const hanging = ask(url);
    await expect.poll(() => server.traffic.requests.length).toBe(1);
    server.offline = true;
    await expect(hanging).rejects.toThrow();
    await expect(ask(url)).rejects.toThrow();
    server.offline = false;
    server.faults = [];
    expect((await ask(url)).status).toBe(200);
  });
});

/** A moment in which nothing is to happen. Only ever raced against something that must not. */
const settledAfter = (milliseconds: number): Promise<string> =>
  new Promise((resolve) => void setTimeout(() => resolve('quiet'), milliseconds));

describe('the wire', () => {
  const SIZE = 1_000_000;
  const timed = async (act: () => Promise<unknown>): Promise<number> => {
    const start = performance.now();
    await act();
    return performance.now() - start;
  };

  async function shaped(): Promise<{ server: RegistryServer; url: string }> {
    const server = await registry();
    const url = at(server, `blobs/${await server.putSynthetic(NAME, SIZE, 'shaped')}`);
    await ask(url, 'HEAD');
    return { server, url };
  }

  it('gives each connection its rate', async () => {
    const { server, url } = await shaped();
    server.shape = { bytesPerSecondPerConnection: 5_000_000 };
    const four = await timed(() => Promise.all([url, url, url, url].map(async (each) => bytesOf(await ask(each)))));
    expect(four).toBeGreaterThan(190);
    expect(four).toBeLessThan(750);
  });

  it('shares one rate among all connections', async () => {
    const { server, url } = await shaped();
    server.shape = { bytesPerSecondTotal: 20_000_000 };
    const four = await timed(() => Promise.all([url, url, url, url].map(async (each) => bytesOf(await ask(each)))));
    expect(four).toBeGreaterThan(180);
    expect(four).toBeLessThan(750);
  });

  it('moves bytes smoothly', async () => {
    const { server, url } = await shaped();
    server.shape = { bytesPerSecondPerConnection: 5_000_000 };
    const response = await ask(url);
    const arrivals: { at: number; total: number }[] = [];
    const start = performance.now();
    let total = 0;
    for await (const piece of response.body ?? []) {
      total += piece.length;
      arrivals.push({ at: performance.now() - start, total });
    }
    const half = arrivals.find((each) => each.total >= SIZE / 2)?.at ?? 0;
    expect(arrivals.length).toBeGreaterThan(15);
    expect(half).toBeGreaterThan(70);
    expect(half).toBeLessThan((arrivals.at(-1)?.at ?? 0) * 0.75);
  });

  it('is as slow for uploads', async () => {
    const server = await registry();
    const location = await begin(server);
    const bytes = pseudoRandomBytes('upload', SIZE);
    server.shape = { bytesPerSecondPerConnection: 5_000_000 };
    const took = await timed(() => ask(withDigest(location, nameOf(bytes)), 'PUT', {}, bytes));
    expect(took).toBeGreaterThan(180);
    expect(took).toBeLessThan(750);
  });

  it('takes its time before each answer', async () => {
    const { server, url } = await shaped();
    server.shape = { latencyMs: 40 };
    expect(await timed(() => ask(url, 'HEAD'))).toBeGreaterThan(38);
  });

  it('is slow for one request that a fault has chosen', async () => {
    const { server, url } = await shaped();
    server.faults = [{ on: {}, times: 1, do: { kind: 'slow', bytesPerSecond: 5_000_000 } }];
    const slow = await timed(async () => bytesOf(await ask(url)));
    const fast = await timed(async () => bytesOf(await ask(url)));
    expect(slow).toBeGreaterThan(180);
    expect(fast).toBeLessThan(slow);
  });
});

describe('traffic', () => {
  it('is what was asked and what moved', async () => {
    const server = await registry({ now: () => 42 });
    await push(server, SMALL);
    await bytesOf(await ask(at(server, `blobs/${nameOf(SMALL)}`), 'GET', { range: 'bytes=0-4' }));
    await ask(at(server, 'manifests/none'), 'HEAD');
    const { traffic } = server;
    expect(
      traffic.requests.map(({ method, status, bytesIn, bytesOut, at }) => [method, status, bytesIn, bytesOut, at]),
    ).toEqual([
      ['POST', 202, 0, 0, 42],
      ['PUT', 201, SMALL.length, 0, 42],
      ['GET', 206, 0, 5, 42],
      ['HEAD', 404, 0, 0, 42],
    ]);
    expect([traffic.blobBytesIn, traffic.blobBytesOut]).toEqual([SMALL.length, 5]);
    expect([traffic.countOf(), traffic.countOf('PUT'), traffic.countOf(undefined, /blobs/)]).toEqual([4, 1, 3]);
    traffic.reset();
    expect([traffic.countOf(), traffic.blobBytesOut]).toEqual([0, 0]);
  });
});

describe('content', () => {
  it('outlives the registry where it has a directory', async () => {
    const path = directory();
    const first = await startRegistry({ directory: path });
    await push(first, LARGE);
    const made = await first.putSynthetic(NAME, 5_000, 'made');
    const layers = [{ mediaType: 'application/octet-stream', digest: nameOf(LARGE), size: LARGE.length }];
    const text = manifest([], { config: { mediaType: 'a/b', digest: made, size: 5_000 }, layers });
    await putManifest(first, 'latest', text);
    first.createRepository('coder/empty/inner');
    first.createRepository('coder/gone');
    first.deleteRepository('coder/gone');
    await begin(first);
    await first.close();
    expect(readdirSync(join(path, 'uploads'))).toEqual([]);

    const second = await registry({ directory: path });
    expect(second.tagsOf(NAME)).toEqual(new Map([['latest', nameOf(text)]]));
    expect(await second.missingBehind(NAME, 'latest')).toEqual([]);
    expect(await (await ask(at(second, 'manifests/latest'))).text()).toBe(text);
    expect((await bytesOf(await ask(at(second, `blobs/${nameOf(LARGE)}`)))).equals(LARGE)).toBe(true);
    expect([second.hasRepository('coder/empty/inner'), second.hasRepository('coder/gone')]).toEqual([true, false]);
    rmSync(join(path, 'blobs'), { recursive: true });
    const third = await registry({ directory: path });
    expect(await third.missingBehind(NAME, 'latest')).toEqual([`blob ${nameOf(LARGE)} is missing`]);
    const fourth = await registry({ directory: path, keepAcross: false });
    expect(fourth.hasRepository(NAME)).toBe(false);
  });

  it('may be made while it is read, the same from any place', async () => {
    const server = await registry();
    const name = await server.putSynthetic(NAME, 700_001, 7);
    const whole = await bytesOf(await ask(at(server, `blobs/${name}`)));
    expect([whole.length, nameOf(whole)]).toEqual([700_001, name]);
    const tail = await bytesOf(await ask(at(server, `blobs/${name}`), 'GET', { range: 'bytes=300017-' }));
    expect(tail.equals(whole.subarray(300_017))).toBe(true);
    const vast = await server.putSynthetic(NAME, 5_000_000_000, 8, ABSENT);
    expect((await ask(at(server, `blobs/${vast}`), 'HEAD')).headers.get('content-length')).toBe('5000000000');
    const end = await bytesOf(await ask(at(server, `blobs/${vast}`), 'GET', { range: 'bytes=-16' }));
    expect(end).toHaveLength(16);
  });

  it('may be hashed and let go when it is large', async () => {
    const server = await registry({ discardUploads: true });
    const pieces = Array.from({ length: 65 }, () => ZEROS);
    const hash = createHash('sha256');
    for (const piece of pieces) hash.update(piece);
    const name = digest(`sha256:${hash.digest('hex')}`);
    const stream = async function* (): AsyncGenerator<Buffer> {
      yield* pieces;
    };
    await server.putBlob(NAME, { size: 65 * MiB, digest: name, stream });
    const head = await ask(at(server, `blobs/${name}`), 'HEAD');
    expect([head.status, head.headers.get('content-length')]).toEqual([200, String(65 * MiB)]);
    expect((await ask(at(server, `blobs/${name}`))).status).toBe(500);
    await expect(server.putBlob(NAME, { size: 65 * MiB, digest: ABSENT, stream })).rejects.toThrow('promised');
  });

  it('may come as a stream, and must be what was promised', async () => {
    const server = await registry();
    const stream = async function* (): AsyncGenerator<Buffer> {
      for (let start = 0; start < LARGE.length; start += 100_000) yield LARGE.subarray(start, start + 100_000);
    };
    const name = await server.putBlob(NAME, { size: LARGE.length, digest: nameOf(LARGE), stream });
    expect((await bytesOf(await ask(at(server, `blobs/${name}`)))).equals(LARGE)).toBe(true);
    await expect(server.putBlob(NAME, { size: LARGE.length, digest: ABSENT, stream })).rejects.toThrow('promised');
  });

  it('is judged down to the last byte', async () => {
    const server = await registry();
    const layer = await server.putBlob(NAME, SMALL);
    const child = server.putManifest(NAME, Buffer.from(manifest([layer])), OCI_MANIFEST);
    const size = server.manifestOf(NAME, child)?.bytes.length;
    const index = { ...indexOf([]), manifests: [{ mediaType: OCI_MANIFEST, digest: child, size }] };
    server.putManifest(NAME, Buffer.from(JSON.stringify(index)), OCI_INDEX, 'latest');
    expect(await server.missingBehind(NAME, 'latest')).toEqual([]);
    server.corruptBlob(NAME, layer, 3);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([`blob ${layer} has other bytes`]);
    expect(nameOf(await bytesOf(await ask(at(server, `blobs/${layer}`))))).not.toBe(layer);
    await push(server, SMALL);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([]);
    server.dropBlob(NAME, layer);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([`blob ${layer} is missing`]);
    server.dropManifest(NAME, child);
    expect(await server.missingBehind(NAME, 'latest')).toEqual([`manifest ${child} is missing`]);
    server.dropTag(NAME, 'latest');
    expect(await server.missingBehind(NAME, 'latest')).toEqual(['there is no tag latest']);
    expect(await server.missingBehind('other', 'latest')).toEqual(['there is no repository other']);
  });

  it('goes away with a registry that has no directory', async () => {
    const elsewhere = process.env['TMPDIR'];
    onTestFinished(() => {
      if (elsewhere === undefined) delete process.env['TMPDIR'];
      else process.env['TMPDIR'] = elsewhere;
    });
    const path = directory();
    process.env['TMPDIR'] = path;
    const server = await startRegistry();
    await push(server, LARGE);
    expect(readdirSync(path)).toHaveLength(1);
    await server.close();
    expect(readdirSync(path)).toEqual([]);
  });
});

describe('closing', () => {
  it('does not wait for anybody', async () => {
    const server = await startRegistry({ shape: { bytesPerSecondPerConnection: 1_000 } });
    const url = at(server, `blobs/${await server.putBlob(NAME, LARGE)}`);
    const idle = connect(Number(server.host.split(':')[1]), '127.0.0.1').on('error', () => undefined);
    const response = await ask(url);
    const reading = bytesOf(response).then(
      () => 'read',
      () => 'cut',
    );
    const start = performance.now();
    await server.close();
    expect(performance.now() - start).toBeLessThan(1_500);
    expect(await reading).toBe('cut');
    idle.destroy();
  });
});
