import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { algorithmOf, digest, hexOf, isDigest, parseDigest, short } from '../../src/core/digest.ts';

const LENGTHS = { sha256: 64, sha512: 128 } as const;
const named = fc
  .constantFrom<keyof typeof LENGTHS>('sha256', 'sha512')
  .chain((algorithm) =>
    fc
      .bigInt(0n, 16n ** BigInt(LENGTHS[algorithm]) - 1n)
      .map((n) => ({ algorithm, hex: n.toString(16).padStart(LENGTHS[algorithm], '0') })),
  );

describe('a digest', () => {
  it('is taken apart into what it was put together from', () => {
    fc.assert(
      fc.property(named, ({ algorithm, hex }) => {
        const one = digest(`${algorithm}:${hex}`);
        expect([algorithmOf(one), hexOf(one), short(one)]).toEqual([algorithm, hex, hex.slice(0, 12)]);
      }),
    );
  });

  it.each([
    ['', 'nothing'],
    [`sha256:${'A'.repeat(64)}`, 'upper case'],
    [`sha256:${'a'.repeat(63)}`, 'too short'],
    [`sha256:${'a'.repeat(65)}`, 'too long'],
    [`sha256:${'g'.repeat(64)}`, 'not hexadecimal'],
    [`sha512:${'a'.repeat(64)}`, 'the length of another algorithm'],
    [`sha384:${'a'.repeat(96)}`, 'an algorithm that is not registered'],
    [`md5:${'a'.repeat(32)}`, 'an algorithm that proves nothing'],
    ['a'.repeat(64), 'no algorithm'],
    [`sha256:${'a'.repeat(64)}\n`, 'a line too many'],
    [` sha256:${'a'.repeat(64)}`, 'a space too many'],
    ['latest', 'a tag'],
  ])('is not %j: %s', (text) => {
    expect(isDigest(text)).toBe(false);
    expect(parseDigest(text)).toMatchObject({ ok: false });
    expect(() => digest(text)).toThrow('is not a digest');
  });

  it('is nothing that differs from one in a single character', () => {
    fc.assert(
      fc.property(named, fc.nat(134), fc.string({ minLength: 1, maxLength: 1, unit: 'binary' }), (one, at, put) => {
        const text = `${one.algorithm}:${one.hex}`;
        const wild = text.slice(0, at) + put + text.slice(at);
        expect(isDigest(wild)).toBe(false);
      }),
    );
  });
});
