import { describe, expect, it } from 'vitest';
import { fit, fold, pad, widthOf, wrap } from '../../src/terminal/text.ts';

describe('text on a terminal', () => {
  it.each([
    ['plain', 5],
    ['\u001b[31mred\u001b[39m', 3],
    ['東京', 4],
    ['✓ same', 6],
    ['🚀', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });

  it.each([
    ['short', 10, 'short'],
    ['exactly', 7, 'exactly'],
    ['too long', 5, 'too …'],
    ['東京都', 4, '東…'],
    ['anything', 1, '…'],
    ['anything', 0, ''],
  ])('%j fits %i columns as %j', (text, columns, fitted) => {
    expect(fit(text, columns)).toBe(fitted);
  });

  it('is padded on the side where it is not', () => {
    expect([pad('a', 3), pad('a', 3, 'right'), pad('long', 3)]).toEqual(['a  ', '  a', 'long']);
  });

  it('is wrapped between words, and inside one that is longer than a line', () => {
    expect(wrap('want this and have that', 10)).toEqual(['want this', 'and have', 'that']);
    expect(wrap('sha256:0123456789', 6)).toEqual(['sha256', ':01234', '56789']);
    expect(wrap('', 10)).toEqual(['']);
  });

  it('that is too long for a line is broken between words and hung under its beginning', () => {
    expect(fold('fits', 10)).toEqual(['fits']);
    expect(fold('  one two three', 10)).toEqual(['  one', '    two', '    three']);
    for (const line of fold('  ✓ coder-preview:latest promoted in three regions', 20)) {
      expect(widthOf(line)).toBeLessThanOrEqual(20);
    }
  });
});
