import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/terminal/duration.ts';
import { nearest } from '../../src/terminal/nearest.ts';

describe('a mistyped word', () => {
  const known = ['up', 'parity', 'images', 'mirror', 'rollback', 'unpin', 'publish'];
  it.each([
    ['miror', 'mirror'],
    ['mirrro', 'mirror'],
    ['parityy', 'parity'],
    ['roll', 'rollback'],
    ['pu', 'up'],
    ['pub', 'publish'],
    ['imges', 'images'],
    ['deploy', undefined],
    ['x', undefined],
  ])('%s means %s', (typed, meant) => {
    expect(nearest(typed, known)).toBe(meant);
  });
});

describe('a duration', () => {
  it.each([
    ['60s', 60_000],
    ['5m', 300_000],
    ['5min', 300_000],
    ['2h', 7_200_000],
  ])('%s is %i milliseconds', (text, milliseconds) => {
    expect(parseDuration(text)).toEqual({ ok: true, value: milliseconds });
  });

  it.each(['60', '0s', '-5s', '1.5h', '', '5 m'])('"%s" is none', (text) => {
    expect(parseDuration(text).ok).toBe(false);
  });
});
