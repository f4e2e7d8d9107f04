import { describe, expect, it } from 'vitest';
import { readDelivery, uniqueSources, type Json } from '../../src/core/delivery.ts';
import { digest } from '../../src/core/digest.ts';
import {
  packagePublished,
  ping,
  pushPublished,
  registryPackagePublished,
  releasePublished,
} from '../../src/rehearsal/github.ts';

const preview = 'ghcr.io/coder/coder-preview';
const sources = [preview, 'ghcr.io/coder/envbox', 'docker.io/grafana/grafana'];
const sha = (letter: string) => digest(`sha256:${letter.repeat(64)}`);
const coderPreview = { owner: 'coder', name: 'coder-preview', tag: 'latest', digest: sha('a') };

const touchedBy = (event: string, payload: Json, of: readonly string[] = sources): readonly string[] => {
  const read = readDelivery(event, payload, of);
  return read.kind === 'touched' ? read.sources : [];
};

const ofPackage = (published: Json): Json => ({ action: 'published', package: published });

describe('a container package', () => {
  it.each([
    ['registry_package', registryPackagePublished(coderPreview)],
    ['package', packagePublished(coderPreview)],
    ['package', registryPackagePublished(coderPreview)],
    ['registry_package', registryPackagePublished({ ...coderPreview, action: 'updated' })],
  ])('of ours touches its source, as %s', (event, payload) => {
    expect(touchedBy(event, payload)).toEqual([preview]);
  });

  it.each(['CONTAINER', 'container', 'Container', 'docker', 'DOCKER'])('may call its ecosystem %s', (ecosystem) => {
    const published = { name: 'coder-preview', namespace: 'coder', ecosystem, package_type: 'npm' };
    expect(touchedBy('package', ofPackage(published))).toEqual([preview]);
  });

  it.each([
    ['the owner', { namespace: 'coder', name: 'coder-preview' }],
    ['owner and repository', { namespace: 'coder/coder', name: 'coder-preview' }],
    ['the owner in capitals', { namespace: 'Coder', name: 'Coder-Preview' }],
    ['nobody, but its owner is named', { namespace: '', name: 'coder-preview', owner: { login: 'coder' } }],
  ])('is found when its namespace is %s', (_, published) => {
    expect(touchedBy('package', ofPackage({ ecosystem: 'CONTAINER', ...published }))).toEqual([preview]);
  });

  it('is found by what it is pulled by, untagged and in another registry too', () => {
    const local = '127.0.0.1:5000/coder/coder-preview';
    const payload = registryPackagePublished({ ...coderPreview, tag: '', registry: '127.0.0.1:5000' });
    expect(touchedBy('registry_package', payload, [local])).toEqual([local]);
  });

  it('may sit below the repository that it was built from', () => {
    const below = 'ghcr.io/coder/coder/preview';
    const nested = { ecosystem: 'CONTAINER', namespace: 'coder/coder', name: 'preview' };
    const inName = { ecosystem: 'CONTAINER', namespace: 'coder', name: 'coder/preview' };
    expect([nested, inName].map((published) => touchedBy('package', ofPackage(published), [below]))).toEqual([
      [below],
      [below],
    ]);
  });

  it('of somebody else touches nothing', () => {
    const payload = registryPackagePublished({ ...coderPreview, name: 'coder-preview-nightly' });
    expect(readDelivery('registry_package', payload, sources)).toEqual({
      kind: 'ignored',
      why: '“ghcr.io/coder/coder-preview-nightly” is none of our sources',
    });
  });

  it('touches a source that two images share only once', () => {
    expect(touchedBy('package', packagePublished(coderPreview), [preview, preview])).toEqual([preview]);
  });
});

describe('a package that says little', () => {
  it.each([
    ['has no version', { package_version: null }],
    ['has a version without container metadata', { package_version: { container_metadata: null, package_url: null } }],
    ['has a version without a manifest', { package_version: { container_metadata: { tag: null, labels: null } } }],
  ])('still counts when it %s', (_, with_) => {
    const published = { name: 'coder-preview', namespace: 'coder', ecosystem: 'CONTAINER', ...with_ };
    expect(touchedBy('package', ofPackage(published))).toEqual([preview]);
  });

  it.each([
    ['is not a container', ofPackage({ name: 'coder-preview', namespace: 'coder', ecosystem: 'npm' })],
    ['says nothing of its kind', ofPackage({ name: 'coder-preview', namespace: 'coder' })],
    ['has no name', ofPackage({ namespace: 'coder', ecosystem: 'CONTAINER' })],
    ['has a number for a name', ofPackage({ namespace: 'coder', name: 7, ecosystem: 'CONTAINER' })],
    ['is null', { action: 'published', package: null }],
    ['is a list', { action: 'published', package: [{ name: 'coder-preview' }] }],
    ['is not there', { action: 'published' }],
  ])('is ignored when it %s', (_, payload) => {
    expect(readDelivery('package', payload, sources).kind).toBe('ignored');
  });

  it('cannot be told apart by what it inherits', () => {
    const payload = JSON.parse(
      '{"__proto__":{"package":{"name":"coder-preview","namespace":"coder","ecosystem":"CONTAINER"}},"constructor":{"prototype":{"polluted":true}}}',
    ) as Json;
    expect(readDelivery('package', payload, sources).kind).toBe('ignored');
    expect('polluted' in {}).toBe(false);
  });
});

describe('tag and digest', () => {
  it('are not believed, and change nothing', () => {
    const latest = readDelivery('registry_package', registryPackagePublished(coderPreview), sources);
    const others = [
      registryPackagePublished({ ...coderPreview, tag: '../../etc', digest: sha('b') }),
      registryPackagePublished({ ...coderPreview, digest: 'latest' as never }),
    ];
    expect(others.map((payload) => readDelivery('registry_package', payload, sources))).toEqual([latest, latest]);
    expect(JSON.stringify(latest)).not.toMatch(/latest|sha256/);
  });
});

describe('one push of an image for two platforms', () => {
  const push = pushPublished({
    owner: 'coder',
    name: 'coder-preview',
    tag: 'v2.29.0',
    index: sha('e'),
    platforms: [
      { digest: sha('a'), os: 'linux', architecture: 'amd64' },
      { digest: sha('b'), os: 'linux', architecture: 'arm64' },
    ],
    attestations: [sha('c'), sha('d')],
  });
  const looks = push.flatMap((payload, n) =>
    touchedBy('registry_package', payload).map((source) => ({ source, cause: `delivery-${n}` })),
  );

  it('is delivered five times and looked at five times', () => {
    expect([push.length, looks.length]).toEqual([5, 5]);
  });

  it('comes to one source for whoever waits until the burst is over', () => {
    expect(uniqueSources(looks)).toEqual([preview]);
  });
});

describe('a burst over several sources', () => {
  it('keeps the order of first mention', () => {
    const looks = ['b', 'a', 'b', 'c', 'a'].map((source) => ({ source }));
    expect(uniqueSources(looks)).toEqual(['b', 'a', 'c']);
  });
});

describe('a release', () => {
  const release = releasePublished({ owner: 'coder', name: 'coder', tag: 'v2.29.0' });

  it('touches the images that its repository releases', () => {
    const ours = [
      'ghcr.io/coder/coder',
      'ghcr.io/coder/coder-preview',
      'ghcr.io/coder/coder/envbuilder',
      'docker.io/coder/coder',
    ];
    const others = ['ghcr.io/coder/code-server', 'ghcr.io/coder/coderd', 'ghcr.io/other/coder'];
    expect(touchedBy('release', release, [...ours, ...others])).toEqual(ours);
  });

  it.each(['created', 'edited', 'released', 'prereleased', 'unpublished', 'deleted'] as const)(
    'counts when it is published, so not again when it is %s',
    (action) => {
      const payload = releasePublished({ owner: 'coder', name: 'coder', tag: 'v2.29.0', action });
      expect(readDelivery('release', payload, sources).kind).toBe('ignored');
    },
  );

  it.each([
    ['somebody else', releasePublished({ owner: 'grafana', name: 'loki', tag: 'v3' })],
    ['nobody', { action: 'published', release: {} }],
  ])('of %s touches nothing', (_, payload) => {
    expect(readDelivery('release', payload, sources).kind).toBe('ignored');
  });
});

describe('a ping', () => {
  it('is answered with the hook that sent it', () => {
    expect(readDelivery('ping', ping({ owner: 'coder', hook: 42 }), sources)).toEqual({
      kind: 'ping',
      hook: 42,
      why: 'the hook is signed as it should be',
    });
  });

  it.each([[['push', 'release']], [[]]])('says so when the hook hears of no packages: %j', (events) => {
    expect(readDelivery('ping', ping({ owner: 'coder', events }), sources).why).toContain(
      'subscribe it to registry_package',
    );
  });

  it.each([[['package']], [['push', 'registry_package']], [['*']]])('is content with %j', (events) => {
    expect(readDelivery('ping', ping({ owner: 'coder', events }), sources).why).not.toContain('subscribe');
  });

  it('may come without a hook', () => {
    expect(readDelivery('ping', { hook_id: 'x' }, sources)).toMatchObject({ kind: 'ping', hook: undefined });
  });
});

describe('any other event', () => {
  it.each(['push', 'workflow_run', '', 'constructor', '__proto__'])('is ignored: %j', (event) => {
    expect(readDelivery(event, registryPackagePublished(coderPreview), sources).kind).toBe('ignored');
  });

  it('is named in one line whatever it contains', () => {
    const { why } = readDelivery(`push\r\n<script>${'x'.repeat(1_000)}`, {}, sources);
    expect(why).toMatch(/^“push\?\?\?script\?x+” events say nothing about images$/);
    expect(why.length).toBeLessThan(150);
  });
});
