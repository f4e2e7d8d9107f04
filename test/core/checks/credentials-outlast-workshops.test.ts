import { describe, expect, it } from 'vitest';
import { credentialsOutlastWorkshops } from '../../../src/core/checks/credentials-outlast-workshops.ts';
import type { Credential } from '../../../src/core/credential.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { hours } from '../../../src/core/time.ts';
import { aCredential, later, NOON, windows, workshopIn } from '../a-keyring.ts';

/** A workshop in two days, whose window ends 51 hours from now; and a second one a day later. */
const two = windows(workshopIn(48), workshopIn(72, 'Templates'));
const judged = (change: Partial<Credential>, now = NOON) =>
  credentialsOutlastWorkshops.judge({ credentials: [aCredential(change)], windows: two }, now);
const statuses = (change: Partial<Credential>, now = NOON) => judged(change, now).map(({ status }) => status);

describe('credentials outlast workshops', () => {
  it.each<[string, Date | 'never', string[]]>([
    ['never', 'never', ['ok']],
    ['a day after the last window', later(75 + 24), ['ok']],
    ['just after the last window', later(75), ['warn']],
    ['in the last window', later(74), ['warn', 'fail']],
    ['in the first window', later(50), ['fail', 'fail']],
    ['before both', later(1), ['fail', 'fail']],
  ])('one that ends %s', (_, ends, wanted) => {
    expect(statuses({ expires: saw(ends) })).toEqual(wanted);
  });

  it('names each workshop that is in danger, and what to do', () => {
    expect(judged({ expires: saw(later(50)) })[1]).toMatchObject({
      subject: 'certificate of ai.coder.com for Templates on 2026-09-17 12:00 UTC',
      remedy: { by: 'person', ask: 'renew it' },
    });
  });

  it('tells once, and not for each workshop, that something cannot be seen or does not work', () => {
    expect(statuses({ expires: unseen('503') })).toEqual(['unknown']);
    expect(statuses({ expires: saw('never'), broken: 'blocked' })).toEqual(['fail']);
  });

  it('has nothing to say of workshops that are more than a week away', () => {
    const far = windows(workshopIn(24 * 9));
    expect(credentialsOutlastWorkshops.judge({ credentials: [aCredential()], windows: far }, NOON)).toEqual([]);
  });

  it('does not worry a day ahead about a key that Greenroom makes to last, and does once it is frozen', () => {
    const key: Partial<Credential> = { expires: saw(later(8)), renewed: { by: 'greenroom' } };
    expect(statuses(key)).toEqual(['ok']);
    expect(statuses(key, later(46))[0]).toBe('fail');
  });

  it('nor about the second of two workshops that share one pause: what is made to last outlasts both', () => {
    const shared = windows(workshopIn(48), workshopIn(53, 'Templates'));
    expect(shared.pauses).toHaveLength(1);
    const key = aCredential({ expires: saw(later(8)), renewed: { by: 'greenroom' } });
    expect(credentialsOutlastWorkshops.judge({ credentials: [key], windows: shared }, NOON)).toMatchObject([
      { status: 'ok' },
    ]);
  });

  it('worries long ahead where the gateway lets no key last as long as the pause', () => {
    const [first] = judged({ expires: saw(later(8)), renewed: { by: 'greenroom', longestMs: hours(4) } });
    expect(first).toMatchObject({ status: 'fail', evidence: { have: expect.stringContaining('no key last longer') } });
  });

  it('reckons from when it is made to last, which is just before the pause, or now', () => {
    // The keys are made 45 hours from now, and have to last until 75.
    const one = windows(workshopIn(48));
    const status = (longest: number, now = NOON, expires = later(8)) => {
      const key = aCredential({
        expires: saw(expires),
        renewed: { by: 'greenroom', longestMs: hours(longest) },
      });
      return credentialsOutlastWorkshops.judge({ credentials: [key], windows: one }, now)[0]?.status;
    };
    expect([status(30), status(29.5)]).toEqual(['ok', 'warn']);
    expect(status(29.5, later(45.5))).toBe('ok');
    expect(status(4, NOON, later(99))).toBe('ok');
  });

  it('does not worry about a token that each use prolongs', () => {
    expect(statuses({ expires: saw(later(20)), renewed: { by: 'use' } })).toEqual(['ok']);
  });
});
