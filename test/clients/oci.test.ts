import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { registries } from '../../src/clients/registry.ts';
import { LARGEST_MANIFEST, type Descriptor } from '../../src/core/manifest.ts';
import { MANIFEST_TYPES, OCI_INDEX } from '../../src/core/media-types.ts';
import type { Repository } from '../../src/ports.ts';
import { digestOf, smallImage } from '../../src/rehearsal/small-image.ts';
import { failureOf } from '../failure.ts';
import { aDigest } from '../builders.ts';
import { complaint, reply, serveHttp, type Handler, type LoopbackServer } from '../servers/http.ts';

const NAME = 'coder/coder-preview';
const { root } = smallImage('one');

interface Opened {
  readonly server: LoopbackServer;
  readonly repository: Repository;
}

/** The client, and a server that does what no honest registry does. */
async function opened(handler: Handler, login = false): Promise<Opened> {
  const server = await serveHttp((seen, response, socket) => {
    if (!login || seen.headers.authorization !== undefined) return handler(seen, response, socket);
    return reply(response, 401, '', { 'www-authenticate': 'Basic realm="x"' });
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  const open = registries({
    now: () => new Date(),
    http: { backoffMs: 1, limitMs: 1, tries: 4 },
    login: async () => ({ username: 'robot', password: 'hunter2' }),
  });
  return { server, repository: open({ registry: server.host, repository: NAME }) };
}

const bytes = Buffer.from(root.bytes);
const headers = { 'content-type': root.mediaType, 'docker-content-digest': root.digest };

describe('a manifest', () => {
  it('is asked for with every type that we can keep, or ECR would convert it', async () => {
    const { repository, server } = await opened((_, response) => reply(response, 200, bytes, headers));
    await repository.head('latest');
    await repository.manifest('latest');
    expect(server.seen.map(({ headers: { accept } }) => accept)).toEqual(
      [MANIFEST_TYPES, MANIFEST_TYPES].map((all) => all.join(', ')),
    );
  });

  it.each([
    ['its digest', { 'content-type': root.mediaType }],
    ['its type', { 'docker-content-digest': root.digest }],
    ['a digest that is one', { ...headers, 'docker-content-digest': 'sha256:short' }],
  ])('whose HEAD leaves out %s is read and hashed instead', async (_, sent) => {
    const { repository, server } = await opened((_, response) => reply(response, 200, bytes, sent));
    expect(await repository.head('latest')).toEqual({
      digest: root.digest,
      mediaType: root.mediaType,
      size: root.size,
    });
    expect(server.seen.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  it('that came damaged is asked for once more', async () => {
    const { repository } = await opened((seen, response) =>
      reply(response, 200, seen.earlier === 0 ? `${String(bytes)} ` : bytes, headers),
    );
    expect((await repository.manifest('latest'))?.digest).toBe(root.digest);
  });

  it.each([
    ['the digest asked for', root.digest, {}],
    ['the digest that its registry names', 'latest', headers],
  ])('that is not %s is corrupt, and never passed on', async (_, ref, sent) => {
    const { repository, server } = await opened((_, response) =>
      reply(response, 200, '{"schemaVersion":2,"manifests":[]}', sent),
    );
    expect(await failureOf(repository.manifest(ref))).toMatchObject({ trouble: 'corrupt' });
    expect(server.seen).toHaveLength(2);
  });

  it('that a HEAD by digest calls by another is corrupt', async () => {
    const { repository } = await opened((_, response) => reply(response, 200, bytes, headers));
    expect(await failureOf(repository.head(aDigest('f')))).toMatchObject({ trouble: 'corrupt' });
  });

  it.each([
    ['a page for people', '<html>Unicorn!</html>'],
    ['of schema 1', '{"schemaVersion":1,"fsLayers":[]}'],
  ])('that is %s is refused in a sentence', async (_, body) => {
    const { repository } = await opened((_, response) => reply(response, 200, body, { 'content-type': 'text/html' }));
    expect((await failureOf(repository.manifest('latest'))).message).toContain('not a manifest');
  });

  it('that no registry would take is refused before anything is copied for it', async () => {
    const fits = '{"schemaVersion":2,"manifests":[]}'.padEnd(LARGEST_MANIFEST);
    let body = fits;
    const { repository } = await opened((_, response) => reply(response, 200, body));
    expect((await repository.manifest('latest'))?.size).toBe(LARGEST_MANIFEST);
    body = `${fits} `;
    const failure = await failureOf(repository.manifest('latest'));
    expect(failure).toMatchObject({ trouble: 'refused', service: repository.name });
    expect(failure.message).toContain('could not read manifest latest: it is 4194305 bytes long');
    expect(failure.message).toContain('registries take 4194304 at most: release it with fewer');
  });

  it('is written byte for byte under exactly its type', async () => {
    const { repository, server } = await opened((_, response) => reply(response, 201));
    await repository.putManifest('latest', root);
    const put = server.seen.at(-1);
    expect([put?.path, put?.headers['content-type'], put?.body.equals(bytes)]).toEqual([
      `/v2/${NAME}/manifests/latest`,
      root.mediaType,
      true,
    ]);
  });

  it('that a registry made something else of is corrupt', async () => {
    const { repository } = await opened((_, response) =>
      reply(response, 201, '', { 'docker-content-digest': aDigest('f') }),
    );
    expect(await failureOf(repository.putManifest('latest', root))).toMatchObject({ trouble: 'corrupt' });
  });
});

const blob: Descriptor & { readonly bytes: Buffer } = (() => {
  const content = Buffer.alloc(600_000, 'from beginning to end, ');
  return { mediaType: 'application/octet-stream', digest: digestOf(content), size: content.length, bytes: content };
})();

async function read(repository: Repository): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of repository.read(blob)) pieces.push(piece);
  return Buffer.concat(pieces);
}

const firstOf = (range = ''): number => Number(/^bytes=(\d+)-/.exec(range)?.[1] ?? 0);

/** Sends from where it was asked, and breaks off after so many bytes. */
function part(response: ServerResponse, range: string | undefined, most: number): void {
  const from = firstOf(range);
  const head = {
    'content-length': String(blob.size - from),
    ...(range && { 'content-range': `bytes ${from}-${blob.size - 1}/${blob.size}` }),
  };
  response.writeHead(range ? 206 : 200, head);
  if (from + most >= blob.size) response.end(blob.bytes.subarray(from));
  else response.write(blob.bytes.subarray(from, from + most), () => response.destroy());
}

describe('a blob that breaks off', () => {
  it('is gone on with where it broke, as often as there is progress', async () => {
    const { repository, server } = await opened((seen, response) => part(response, seen.headers.range, 70_000));
    expect((await read(repository)).equals(blob.bytes)).toBe(true);
    const starts = server.seen.map(({ headers: { range } }) => firstOf(range));
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(starts.length).toBeGreaterThan(4);
  });

  it('is gone on with at a server that ignores Range: what we have is skipped', async () => {
    const { repository } = await opened((seen, response) =>
      part(response, undefined, seen.earlier === 0 ? 300_000 : blob.size),
    );
    expect((await read(repository)).equals(blob.bytes)).toBe(true);
  });

  it('without any progress is given up after so many tries', async () => {
    const { repository, server } = await opened((_, response) => part(response, undefined, 10));
    expect(await failureOf(read(repository))).toMatchObject({ trouble: 'broken' });
    expect(server.seen).toHaveLength(4);
  });

  it.each<[string, Handler, string]>([
    [
      'is another one by then',
      (_, response) => reply(response, 206, 'x', { 'content-range': 'bytes 300000-300000/999' }),
      'not 600000',
    ],
    [
      'comes from another place',
      (_, response) => reply(response, 206, 'x', { 'content-range': 'bytes 5-5/600000' }),
      'asked from byte',
    ],
    ['is shorter than was said', (_, response) => reply(response, 416, '', { 'content-range': 'bytes */5' }), '416'],
    ['is gone', (_, response) => reply(response, 404, complaint('BLOB_UNKNOWN', 'blob unknown')), 'BLOB_UNKNOWN'],
  ])('and %s is an error, and nothing is made up', async (_, then, why) => {
    const { repository } = await opened((seen, response, socket) =>
      seen.earlier === 0 ? part(response, undefined, 300_000) : then(seen, response, socket),
    );
    expect((await failureOf(read(repository))).message).toContain(why);
  });

  it('behind a redirect begins at the registry again, where a fresh address is signed', async () => {
    let signed = 0;
    const storage = await opened((seen, response) => {
      // Each address is good for one request.
      if (!seen.path.endsWith(`=${signed}`)) return reply(response, 403, '<Error><Code>AccessDenied</Code></Error>');
      return part(response, seen.headers.range, 350_000);
    });
    const { repository, server } = await opened((_, response) => {
      reply(response, 307, '', { location: `http://${storage.server.host}/blob?signature=${(signed += 1)}` });
    }, true);
    expect((await read(repository)).equals(blob.bytes)).toBe(true);
    expect(storage.server.seen.map(({ headers: { authorization } }) => authorization)).toEqual([undefined, undefined]);
    expect(server.seen.filter(({ headers: { authorization } }) => authorization)).toHaveLength(2);
  });
});

describe('an upload', () => {
  const small = Buffer.from('a few bytes');
  const named = { mediaType: 'application/octet-stream', digest: digestOf(small), size: small.length };

  async function write(repository: Repository): Promise<void> {
    const writer = await repository.write(named);
    await writer.write(small);
    await writer.finish();
  }

  it.each([
    ['relative', '/v2/x/blobs/uploads/1', '/v2/x/blobs/uploads/1?digest='],
    ['relative to where it was asked', 'uploads-of/1', `/v2/${NAME}/blobs/uploads/uploads-of/1?digest=`],
    ['with a query, which comes back as it was', '/u?_state=a%2Fb+c%3D&x', '/u?_state=a%2Fb+c%3D&x&digest='],
  ])('goes to the place that it was given: %s', async (_, location, path) => {
    const { repository, server } = await opened((seen, response) =>
      seen.method === 'POST' ? reply(response, 202, '', { location }) : reply(response, 201),
    );
    await write(repository);
    expect(server.seen.at(-1)?.path).toBe(`${path}${encodeURIComponent(named.digest)}`);
  });

  it('on another host is sent there, without our key', async () => {
    const elsewhere = await opened((_, response) => reply(response, 201));
    const { repository } = await opened(
      (_, response) => reply(response, 202, '', { location: `http://${elsewhere.server.host}/u` }),
      true,
    );
    await write(repository);
    expect(elsewhere.server.seen[0]?.headers.authorization).toBeUndefined();
    expect(elsewhere.server.seen[0]?.body.equals(small)).toBe(true);
  });

  it.each([
    ['nowhere', {}],
    ['in the clear to another machine', { location: 'http://example.com/u' }],
  ])('that is sent %s is an error', async (_, sent) => {
    const { repository } = await opened((_, response) => reply(response, 202, '', sent));
    await failureOf(write(repository));
  });

  it('counts for itself, whatever Range a registry answers', async () => {
    const { repository, server } = await opened((seen, response) =>
      reply(response, 202, '', { location: '/u', ...(seen.method === 'PATCH' && { range: '0-4' }) }),
    );
    const chunk = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('12345');
    };
    let upload = await repository.uploads.begin();
    for (let i = 0; i < 3; i += 1) upload = await repository.uploads.append(upload, chunk(), 5);
    const ranges = server.seen.filter(({ method }) => method === 'PATCH').map((seen) => seen.headers['content-range']);
    expect(ranges).toEqual(['0-4', '5-9', '10-14']);
    expect(upload.offset).toBe(15);
  });

  it('whose answer was lost is done, where the blob is there', async () => {
    const { repository, server } = await opened((seen, response) => {
      if (seen.method === 'POST') return reply(response, 202, '', { location: '/u' });
      if (seen.method === 'HEAD') return reply(response, 200);
      return void response.socket?.resetAndDestroy();
    });
    const writer = await repository.write(blob);
    await writer.write(blob.bytes);
    await writer.finish();
    expect(server.seen.map(({ method }) => method)).toEqual(['POST', 'PUT', 'HEAD']);
  });

  it('that is answered "not yet" is not done', async () => {
    const { repository } = await opened((_, response) => reply(response, 202, '', { location: '/u' }));
    await failureOf(write(repository));
  });
});

describe('a list', () => {
  async function tagsOf(repository: Repository): Promise<string[]> {
    const all: string[] = [];
    for await (const page of repository.tags()) all.push(...page);
    return all;
  }

  it.each([
    ['relative', (path: string) => path],
    ['absolute', (path: string, host: string) => `http://${host}${path}`],
    ['by a name that only its registry knows', (path: string) => `http://registry.internal:5000${path}`],
  ])('of tags goes on where Link says: %s', async (_, linkTo) => {
    const { repository } = await opened((seen, response) => {
      const page = Number(new URLSearchParams(seen.path.split('?')[1]).get('page') ?? 0);
      const link = `<${linkTo(`/v2/${NAME}/tags/list?page=${page + 1}`, seen.headers.host ?? '')}>; rel="next"`;
      reply(
        response,
        200,
        { name: NAME, tags: [`v${page}`] },
        { 'content-type': 'text/plain', ...(page < 3 && { link }) },
      );
    });
    expect(await tagsOf(repository)).toEqual(['v0', 'v1', 'v2', 'v3']);
  });

  it('of tags that leads in a circle ends', async () => {
    const { repository, server } = await opened((_, response) =>
      reply(response, 200, { tags: ['v1'] }, { link: `</v2/${NAME}/tags/list?last=v1>; rel="next"` }),
    );
    expect(await tagsOf(repository)).toEqual(['v1', 'v1']);
    expect(server.seen).toHaveLength(2);
  });

  it.each([
    ['null', '{"tags":null}', []],
    ['left out', '{}', []],
  ])('of tags may be %s', async (_, body, tags) => {
    const { repository } = await opened((_, response) => reply(response, 200, body));
    expect(await tagsOf(repository)).toEqual(tags);
  });

  it.each(['<html>', '[]', '{"tags":"v1"}', '5'])(
    'of tags that is %s is an error and not an empty list',
    async (body) => {
      const { repository } = await opened((_, response) => reply(response, 200, body));
      expect(await failureOf(tagsOf(repository))).toMatchObject({ trouble: 'broken' });
    },
  );

  it('of referrers goes on over its pages', async () => {
    const listed = (letter: string) => ({
      mediaType: OCI_INDEX,
      digest: aDigest(letter),
      size: 1,
      artifactType: 'a/b',
    });
    const { repository } = await opened((seen, response) =>
      seen.path.includes('page=2')
        ? reply(response, 200, { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [listed('b')] })
        : reply(
            response,
            200,
            { schemaVersion: 2, mediaType: OCI_INDEX, manifests: [listed('a')] },
            { link: '<?page=2>; rel="next"' },
          ),
    );
    expect((await repository.referrers(root.digest))?.map(({ digest }) => digest)).toEqual([
      aDigest('a'),
      aDigest('b'),
    ]);
  });

  it.each<[string, Handler]>([
    ['404', (_, response) => reply(response, 404, '<html>Not found</html>')],
    ['405', (_, response) => reply(response, 405)],
    ['a page for people', (_, response) => reply(response, 200, '<html>')],
    [
      'a redirect to a web page, which is not followed',
      (_, response) => reply(response, 303, '', { location: 'https://github.com/-/v2' }),
    ],
  ])('of referrers that is %s means that there is no such API, and is asked for once', async (_, handler) => {
    const { repository, server } = await opened(handler);
    expect(await repository.referrers(root.digest)).toBeUndefined();
    expect(await repository.referrers(aDigest('b'))).toBeUndefined();
    expect(server.seen).toHaveLength(1);
  });

  it('of referrers that breaks, or is forbidden, is an error and not the absence of an API', async () => {
    for (const status of [500, 403]) {
      const { repository } = await opened((_, response) => reply(response, status, complaint('DENIED', 'no')));
      expect(await failureOf(repository.referrers(root.digest))).toMatchObject({ status });
    }
  });
});
