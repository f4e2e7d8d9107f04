import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/core/finding.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { hear, nothingTold, type Told } from '../../src/core/told.ts';
import { at } from '../builders.ts';

const RATE = { reminders: DEFAULT_POLICY.reminders, near: false };

const finding = (status: Finding['status'], subject = 'coder-preview:latest in us-west-2'): Finding => ({
  check: 'images-match-their-source',
  subject,
  status,
  evidence: { want: 'this', have: 'that' },
  remedy: { by: 'person', ask: 'Look.' },
});

/** What people hear as one automation after the other looks: `look fail` is told or is not. */
function story(...looks: readonly (readonly [automation: string, status: Finding['status']])[]): string[] {
  let told: Told = nothingTold;
  return looks.map(([automation, status]) => {
    const heard = hear(told, { automation, at: at('09:00'), findings: [finding(status)] }, RATE);
    ({ told } = heard);
    return [...heard.fresh.map(() => status), ...heard.over.map(() => 'resolved')].join(' ');
  });
}

describe('what people are told', () => {
  it('is one outage, whoever sees it, and one end of it', () => {
    expect(story(['look', 'fail'], ['parity', 'fail'], ['look', 'fail'], ['look', 'ok'], ['parity', 'ok'])).toEqual([
      'fail',
      '',
      '',
      'resolved',
      '',
    ]);
  });

  it('is told again where the other one still sees it after its end was told', () => {
    expect(story(['look', 'fail'], ['parity', 'fail'], ['look', 'ok'], ['parity', 'fail'], ['parity', 'ok'])).toEqual([
      'fail',
      '',
      'resolved',
      'fail',
      'resolved',
    ]);
  });

  it('does not end by a look that cannot see so far', () => {
    expect(story(['parity', 'fail'], ['look', 'ok'], ['parity', 'fail'], ['parity', 'ok'])).toEqual([
      'fail',
      '',
      '',
      'resolved',
    ]);
  });

  it('is said once of each kind where two see different things, and ends with the last of them', () => {
    expect(
      story(
        ['look', 'warn'],
        ['parity', 'fail'],
        ['look', 'warn'],
        ['parity', 'fail'],
        ['look', 'ok'],
        ['parity', 'ok'],
      ),
    ).toEqual(['warn', 'fail', '', '', '', 'resolved']);
  });

  it('is news when it gets worse or better', () => {
    expect(story(['look', 'warn'], ['look', 'fail'], ['look', 'warn'], ['look', 'ok'])).toEqual([
      'warn',
      'fail',
      'warn',
      'resolved',
    ]);
  });
});
