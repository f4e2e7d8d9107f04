import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../src/core/digest.ts';
import { isLoopback, isRepository, isTag, parseReference, spell, type Reference } from '../../src/core/reference.ts';

const DIGEST = digest(`sha256:${'0a'.repeat(32)}`);

const read = (text: string): Reference | string => {
  const reference = parseReference(text);
  return reference.ok ? reference.value : reference.fault;
};

const alnum = (max: number) => fc.stringMatching(new RegExp(`^[a-z0-9]{1,${max}}$`));
const component = fc
  .array(fc.tuple(alnum(5), fc.constantFrom('.', '_', '__', '-', '---')), { minLength: 1, maxLength: 3 })
  .map((parts) => parts.map(([word, gap], i) => (i === 0 ? word : `${gap}${word}`)).join(''));
const repository = fc.array(component, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
const host = fc.oneof(
  fc.constantFrom('localhost', 'docker.io', '[::1]:5000', '123456789012.dkr.ecr.us-east-2.amazonaws.com'),
  fc.tuple(alnum(6), fc.constantFrom('io', 'example.com')).map((parts) => parts.join('.')),
  fc
    .tuple(fc.constantFrom('localhost', 'a.example'), fc.integer({ min: 1, max: 65_535 }))
    .map((parts) => parts.join(':')),
);
const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,12}$/);
const hex = (length: number) =>
  fc.bigInt(0n, 16n ** BigInt(length) - 1n).map((n) => n.toString(16).padStart(length, '0'));
const aDigest = fc.oneof(
  hex(64).map((text) => digest(`sha256:${text}`)),
  hex(128).map((text) => digest(`sha512:${text}`)),
);
const reference: fc.Arbitrary<Reference> = fc.record(
  { registry: host, repository, tag, digest: aDigest },
  { requiredKeys: ['registry', 'repository'] },
);

describe('a reference', () => {
  it.each([
    ['ghcr.io/coder/coder-preview:latest', 'ghcr.io', 'coder/coder-preview', 'latest'],
    ['ghcr.io/coder/coder', 'ghcr.io', 'coder/coder', undefined],
    ['alpine', 'docker.io', 'library/alpine', undefined],
    ['alpine:3.20', 'docker.io', 'library/alpine', '3.20'],
    ['grafana/grafana:11', 'docker.io', 'grafana/grafana', '11'],
    ['localhost/x', 'localhost', 'x', undefined],
    ['localhost:5000/x', 'localhost:5000', 'x', undefined],
    ['[::1]:5000/a/b:c', '[::1]:5000', 'a/b', 'c'],
    ['docker://ghcr.io/coder/coder:v2', 'ghcr.io', 'coder/coder', 'v2'],
    ['http://localhost:5000/x:y', 'localhost:5000', 'x', 'y'],
    ['  ghcr.io/coder/coder  ', 'ghcr.io', 'coder/coder', undefined],
  ])('%s is read as docker and skopeo read it', (text, registry, repository, tag) => {
    expect(read(text)).toEqual({ registry, repository, ...(tag !== undefined && { tag }) });
  });

  it.each([`ghcr.io/coder/coder@${DIGEST}`, `ghcr.io/coder/coder:v2@${DIGEST}`])('%s names a digest', (text) => {
    expect(read(text)).toMatchObject({ repository: 'coder/coder', digest: DIGEST });
    expect(spell(read(text) as Reference)).toBe(text);
  });

  it.each([
    ['', '"library/" is not a repository name'],
    ['ghcr.io/', '"" is not a repository name'],
    ['ghcr.io//x', '"/x" is not a repository name'],
    ['ghcr.io/Coder/coder', '"Coder/coder" is not a repository name'],
    ['ghcr.io/coder/coder:', '"" is not a tag'],
    ['ghcr.io/coder/coder:-x', '"-x" is not a tag'],
    [`ghcr.io/coder/coder:${'x'.repeat(129)}`, 'is not a tag'],
    ['ghcr.io/coder/coder@sha256:short', '"sha256:short" is not a digest'],
    [`ghcr.io/coder/coder@${DIGEST.toUpperCase()}`, 'is not a digest'],
    ['gh cr.io/x', '"gh cr.io" is not a registry host'],
    ['ghcr.io:123456/x', '"ghcr.io:123456" is not a registry host'],
    ['ghcr.io:65536/x', '"ghcr.io:65536" is not a registry host'],
    ['ghcr.06/x', '"ghcr.06" is not a registry host'],
    ['-a.io/x', '"-a.io" is not a registry host'],
    ['user:secret@ghcr.io/x', 'is not a digest'],
    ['ghcr.io/a/../b', 'is not a repository name'],
    ['ghcr.io/a%2fb', 'is not a repository name'],
    ['ghcr.io/a?b', 'is not a repository name'],
    ['ghcr.io/a\nb', 'is not a repository name'],
    [`ghcr.io/${'a/'.repeat(127)}a`, 'longer than 255 characters'],
  ])('%j is refused, and says why', (text, why) => {
    expect(read(text)).toContain(why);
  });

  it('is read back as it was spelled', () => {
    fc.assert(
      fc.property(reference, (one) => {
        expect(read(spell(one))).toEqual(one);
      }),
    );
  });

  it('that is read at all makes an address, and only of what it says', () => {
    const text = fc.oneof(fc.string({ maxLength: 60, unit: 'binary' }), reference.map(spell).chain(mangled));
    fc.assert(
      fc.property(text, (wild) => {
        const one = parseReference(wild);
        if (!one.ok) return;
        const { registry, repository } = one.value;
        const url = new URL(`https://${registry}/v2/${repository}/manifests/`);
        expect(url.pathname).toBe(`/v2/${repository}/manifests/`);
        expect([url.username, url.password, url.search, url.hash]).toEqual(['', '', '', '']);
        expect(read(spell(one.value))).toEqual(one.value);
      }),
      { numRuns: 1_000 },
    );
  });
});

/** One character put in, taken out or replaced. */
const mangled = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(1), fc.constantFrom('', '/', ':', '@', '.', '..', '?', '#', '%', ' ', '\\', 'É'))
    .map(([at, gone, put]) => text.slice(0, at) + put + text.slice(at + gone));

describe('a name', () => {
  it('has at most 255 characters, and a tag 128', () => {
    expect([isRepository('a'.repeat(255)), isRepository('a'.repeat(256))]).toEqual([true, false]);
    expect([isTag('a'.repeat(128)), isTag('a'.repeat(129))]).toEqual([true, false]);
  });

  it('that is long and almost right is refused at once', () => {
    const wild = `${'a-'.repeat(100)}!`;
    expect(isRepository(wild)).toBe(false);
    expect(read(`ghcr.io/${wild}`)).toContain('is not a repository name');
  });
});

describe('a host', () => {
  it.each(['localhost', 'localhost:5000', '127.0.0.1:80', '127.8.9.10', '[::1]:5000'])(
    '%s is this machine, and may be spoken to in the clear',
    (each) => expect(isLoopback(each)).toBe(true),
  );

  it.each(['localhost.example.com', '127.0.0.1.nip.io', '128.0.0.1', '10.0.0.1', 'xlocalhost', '127.1', '[::2]:5000'])(
    '%s is not',
    (each) => expect(isLoopback(each)).toBe(false),
  );
});
