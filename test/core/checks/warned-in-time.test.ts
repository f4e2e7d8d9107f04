import { describe, expect, it } from 'vitest';
import { warnedInTime } from '../../../src/core/checks/warned-in-time.ts';
import type { Credential } from '../../../src/core/credential.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { aCredential, later, NOON } from '../a-keyring.ts';

const judged = (change: Partial<Credential>) =>
  warnedInTime.judge({ credentials: [aCredential(change)] }, NOON).map(({ status, rung }) => [status, rung]);

describe('people are warned in time', () => {
  it('with seven, three and one day left, each a rung of its own', () => {
    const rungs = [24 * 8, 24 * 7, 24 * 3, 24, 0].map((left) => judged({ expires: saw(later(left)) })[0]);
    expect(rungs.map((rung) => rung?.[0])).toEqual(['ok', 'warn', 'warn', 'warn', 'fail']);
    expect(new Set(rungs.map((rung) => rung?.[1])).size).toBe(5);
  });

  it('by the date that was seen last, where it cannot be seen now', () => {
    expect(judged({ expires: unseen('503'), lastSeen: later(48) })).toEqual(judged({ expires: saw(later(48)) }));
    expect(judged({ expires: unseen('503') })).toEqual([['unknown', undefined]]);
  });

  it('but not of what is replaced before it ends', () => {
    expect(judged({ expires: saw(later(8)), renewed: { by: 'greenroom', next: later(4) } })[0]?.[0]).toBe('ok');
    expect(judged({ expires: saw(later(8)), renewed: { by: 'greenroom', next: later(9) } })[0]?.[0]).toBe('warn');
    expect(judged({ expires: saw(later(8)), renewed: { by: 'greenroom' } })[0]?.[0]).toBe('warn');
    expect(judged({ expires: saw(later(8)), renewed: { by: 'use' } })[0]?.[0]).toBe('ok');
  });
});
