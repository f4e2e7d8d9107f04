/**
 * Text from outside as it may be shown: no control characters and no marks that reorder what is read.
 *
 * A registry's error body ends up in evidence. Unfiltered it could colour a terminal, forge a line of the event
 * stream, or spell a remedy backwards.
 */
export const printable = (text: string): string =>
  // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
  text
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, ' ')
    .replace(/[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu, '');
