import { describe, expect, it } from 'vitest';
import { endsAreKnown } from '../../../src/core/checks/ends-are-known.ts';
import { unseen } from '../../../src/core/sighting.ts';
import { aCredential, later, NOON } from '../a-keyring.ts';

describe('ends are known', () => {
  it('and unknown where they cannot be seen, whatever was seen before', () => {
    const blind = aCredential({ expires: unseen('connect ETIMEDOUT'), lastSeen: later(99) });
    // That it does not work is told elsewhere, and once is enough.
    const broken = { ...blind, broken: 'blocked' };
    const judged = endsAreKnown.judge({ credentials: [aCredential(), blind, broken] }, NOON);
    expect(judged.map(({ status, evidence }) => [status, evidence.have])).toEqual([
      ['ok', 'seen'],
      ['unknown', 'connect ETIMEDOUT'],
      ['ok', 'seen'],
    ]);
  });
});
