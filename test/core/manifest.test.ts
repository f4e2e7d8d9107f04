import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digest } from '../../src/core/digest.ts';
import {
  isAttestation,
  isDocker,
  isIndex,
  parseManifest,
  spellPlatform,
  type Manifest,
} from '../../src/core/manifest.ts';
import {
  DOCKER_LIST,
  DOCKER_MANIFEST,
  MANIFEST_TYPES,
  OCI_ARTIFACT,
  OCI_INDEX,
  OCI_MANIFEST,
} from '../../src/core/media-types.ts';
import { aDigest } from '../builders.ts';

const CONFIG = { mediaType: 'application/vnd.oci.image.config.v1+json', digest: aDigest('c'), size: 2 };
const LAYER = { mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd', digest: aDigest('1'), size: 9 };
const OTHER = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: aDigest('2'), size: 5_368_709_120 };

const read = (json: unknown, contentType?: string): Manifest | string => {
  const manifest = parseManifest(typeof json === 'string' ? json : JSON.stringify(json), contentType);
  return manifest.ok ? manifest.value : manifest.fault;
};

describe('a manifest', () => {
  it('of an image points at its config and its layers, in their order, each once', () => {
    const image = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: CONFIG, layers: [LAYER, OTHER, LAYER] };
    expect(read(image)).toEqual({ mediaType: OCI_MANIFEST, children: [], blobs: [CONFIG, LAYER, OTHER] });
  });

  it('of many platforms points at its children, attestations too', () => {
    const child = (letter: string, os: string, architecture: string, more: object = {}) => ({
      mediaType: OCI_MANIFEST,
      digest: aDigest(letter),
      size: 7,
      platform: { os, architecture, ...more },
    });
    const manifests = [
      child('a', 'linux', 'amd64'),
      child('b', 'linux', 'arm64', { variant: 'v8' }),
      { ...child('d', 'unknown', 'unknown'), annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } },
    ];
    const index = read({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }) as Manifest;
    expect([isIndex(index), isDocker(index), index.blobs]).toEqual([true, false, []]);
    expect(index.children).toEqual(manifests);
    expect(index.children.map(isAttestation)).toEqual([false, false, true]);
    expect(index.children.map(({ platform }) => platform && spellPlatform(platform))).toEqual([
      'linux/amd64',
      'linux/arm64/v8',
      'unknown/unknown',
    ]);
  });

  it('of a signature says what it is about', () => {
    const subject = { mediaType: OCI_MANIFEST, digest: aDigest('a'), size: 7 };
    const artifactType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    const signature = {
      schemaVersion: 2,
      mediaType: OCI_MANIFEST,
      artifactType,
      config: CONFIG,
      layers: [LAYER],
      subject,
    };
    expect(read(signature)).toMatchObject({ subject, artifactType, blobs: [CONFIG, LAYER] });
  });

  it('of the deprecated kind has blobs', () => {
    expect(read({ mediaType: OCI_ARTIFACT, blobs: [LAYER] })).toMatchObject({
      mediaType: OCI_ARTIFACT,
      blobs: [LAYER],
    });
  });

  it('may have a layer that is to be had elsewhere, and is told so', () => {
    const foreign = { ...LAYER, urls: ['https://go.microsoft.com/fwlink/?linkid=837858'] };
    expect(read({ mediaType: DOCKER_MANIFEST, config: CONFIG, layers: [foreign] })).toMatchObject({
      blobs: [CONFIG, foreign],
    });
  });

  it.each([
    ['its own word goes before the header', { mediaType: OCI_MANIFEST, layers: [] }, DOCKER_MANIFEST, OCI_MANIFEST],
    [
      'the header speaks where it is silent',
      { schemaVersion: 2, layers: [] },
      `${DOCKER_MANIFEST}; charset=utf-8`,
      DOCKER_MANIFEST,
    ],
    [
      'the header is not a manifest’s, and its shape speaks',
      { schemaVersion: 2, manifests: [] },
      'text/plain',
      OCI_INDEX,
    ],
    ['nobody speaks but its shape', { schemaVersion: 2, layers: [] }, undefined, OCI_MANIFEST],
    ['a list of Docker’s', { mediaType: DOCKER_LIST, manifests: [] }, undefined, DOCKER_LIST],
  ])('has its type: %s', (_, json, header, mediaType) => {
    expect(read(json, header)).toMatchObject({ mediaType });
  });

  it.each([
    ['<html>', 'not a JSON object'],
    ['', 'not a JSON object'],
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{}', 'type "unsaid"'],
    ['{"schemaVersion":1,"fsLayers":[]}', 'type "unsaid"'],
    ['{"mediaType":"application/vnd.docker.distribution.manifest.v1+prettyjws"}', 'manifest.v1+prettyjws'],
    [{ mediaType: OCI_INDEX }, 'its list of manifests is not a list'],
    [{ mediaType: OCI_INDEX, manifests: { 0: CONFIG } }, 'its list of manifests is not a list'],
    [{ mediaType: OCI_INDEX, manifests: [null] }, 'a descriptor is not an object'],
    [{ mediaType: OCI_MANIFEST, layers: 'none' }, 'a descriptor is not an object'],
    [
      { mediaType: OCI_MANIFEST, layers: [{ ...LAYER, digest: 'sha256:short' }] },
      'a descriptor has no digest: "sha256:short"',
    ],
    [{ mediaType: OCI_MANIFEST, layers: [{ ...LAYER, size: -1 }] }, 'no size in bytes'],
    [{ mediaType: OCI_MANIFEST, layers: [{ ...LAYER, size: 1.5 }] }, 'no size in bytes'],
    [{ mediaType: OCI_MANIFEST, layers: [{ ...LAYER, size: '9' }] }, 'no size in bytes'],
    [{ mediaType: OCI_MANIFEST, layers: [], subject: 'x' }, 'a descriptor is not an object'],
  ])('is not %j', (json, fault) => {
    expect(read(json)).toContain(fault);
  });
});

describe('any JSON at all', () => {
  const sized = fc.record({
    mediaType: fc.string(),
    digest: fc.constantFrom(aDigest('a'), aDigest('b'), 'x'.repeat(400), 'a\nb'),
    size: fc.nat(),
  });
  const wild = fc.oneof({ weight: 3, arbitrary: sized }, fc.jsonValue());
  const list = fc.oneof({ weight: 3, arbitrary: fc.array(wild, { maxLength: 4 }) }, fc.jsonValue());
  const manifest = fc.record(
    {
      schemaVersion: fc.constantFrom(1, 2, '2'),
      mediaType: fc.oneof(fc.constantFrom(...MANIFEST_TYPES, 'a\nb', 'x'.repeat(400)), fc.jsonValue()),
      config: wild,
      layers: list,
      manifests: list,
      subject: wild,
      artifactType: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  const contentType = fc.option(fc.oneof(fc.constantFrom(...MANIFEST_TYPES), fc.string({ unit: 'binary' })), {
    nil: undefined,
  });

  it('is a manifest with digests and sizes that can be trusted, or one sentence', () => {
    fc.assert(
      fc.property(fc.oneof(manifest, fc.jsonValue()), contentType, (json, header) => {
        const one = read(json, header);
        if (typeof one === 'string') {
          expect(one).toMatch(/^\P{Cc}{1,200}$/u);
          return;
        }
        const named = [...one.children, ...one.blobs, ...(one.subject ? [one.subject] : [])];
        for (const each of named) {
          expect(digest(each.digest)).toBe(each.digest);
          expect(Number.isSafeInteger(each.size) && each.size >= 0).toBe(true);
        }
        expect(MANIFEST_TYPES).toContain(one.mediaType);
        expect(new Set(one.blobs.map(({ digest }) => digest)).size).toBe(one.blobs.length);
      }),
      { numRuns: 500 },
    );
  });

  it('cut off anywhere is one sentence', () => {
    const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config: CONFIG, layers: [LAYER] });
    for (let length = 0; length < text.length; length += 1)
      expect(read(text.slice(0, length))).toContain('not a JSON object');
  });
});
