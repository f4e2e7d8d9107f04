import { fault, parsed, sure, type Parsed } from './parsed.ts';

declare const brand: unique symbol;

/**
 * The name that content gives itself: `sha256:` and 64 lowercase hexadecimal digits (or sha512 and 128).
 *
 * Branded, because a tag, a config digest and a manifest digest are all strings and mixing them up is exactly
 * the mistake that parity exists to find.
 */
export type Digest = string & { readonly [brand]: 'digest' };

const SHAPE = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

export const isDigest = (text: string): text is Digest => SHAPE.test(text);

/** Reads a digest; anything but the two registered algorithms in lower case is a fault. */
export function parseDigest(text: string): Parsed<Digest> {
  return isDigest(text)
    ? parsed(text)
    : fault(`"${text}" is not a digest: want sha256: and 64 hexadecimal digits in lower case`);
}

/** A digest that we are sure of, such as one in a test. Throws on anything else. */
export const digest = (text: string): Digest => sure(parseDigest(text));

/** The hash function's name as Node's crypto knows it. */
export const algorithmOf = (of: Digest): 'sha256' | 'sha512' => (of.startsWith('sha256:') ? 'sha256' : 'sha512');

export const hexOf = (of: Digest): string => of.slice(of.indexOf(':') + 1);

/** Twelve digits: enough to tell releases apart across a room, as git and docker do. */
export const short = (of: Digest): string => hexOf(of).slice(0, 12);
