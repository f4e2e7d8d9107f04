import { describe, expect, it } from 'vitest';
import { verdictOn } from '../../src/board/verdict.ts';
import { minus, minutes } from '../../src/core/time.ts';
import { at } from '../builders.ts';

const now = at('09:00');
const finding = { check: 'promotions-are-held', subject: 'promotions', evidence: { want: 'held', have: 'held' } };
const looked = (agoMinutes: number) => ({
  findings: [{ ...finding, status: 'ok' as const }],
  images: [],
  places: [],
  now,
  lookedAt: minus(now, minutes(agoMinutes)),
});

describe('a loop that has died', () => {
  it('takes its GO with it after twenty minutes, because silence is no-go', () => {
    expect(verdictOn(looked(20)).word).toBe('GO');
    expect(verdictOn(looked(21))).toMatchObject({ word: 'UNKNOWN', why: 'Greenroom last looked 21 min ago.' });
  });
});
