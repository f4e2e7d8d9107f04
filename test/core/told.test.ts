import { describe, expect, it } from 'vitest';
import { examine } from '../../src/core/check.ts';
import { publishedKeysWork } from '../../src/core/checks/published-keys-work.ts';
import type { Finding } from '../../src/core/finding.ts';
import { DEFAULT_POLICY } from '../../src/core/policy.ts';
import { saw, unseen } from '../../src/core/sighting.ts';
import { hear, nothingTold, type Told } from '../../src/core/told.ts';
import { minutes, plus } from '../../src/core/time.ts';
import { at } from '../builders.ts';
import { aSighting, keyring, NOON } from './a-keyring.ts';

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

  it('does not end in its parts while the whole cannot be seen', () => {
    let told: Told = nothingTold;
    const overIn = (...findings: readonly Finding[]): string[] => {
      const heard = hear(told, { automation: 'credentials', at: at('09:00'), findings }, RATE);
      ({ told } = heard);
      return heard.over.map(({ subject }) => subject);
    };
    const part = finding('fail', 'rotator in ohio for Agents 101');
    expect(overIn(part)).toEqual([]);
    expect(overIn(finding('unknown', 'rotator in ohio'))).toEqual([]);
    expect(overIn(part)).toEqual(['rotator in ohio']);
    expect(overIn(finding('ok', 'rotator in ohio'))).toEqual(['rotator in ohio for Agents 101']);
  });

  it('does not end while nothing of its kind can be seen, or nothing of the place where it was', () => {
    const key = (answer: 'accepted' | 'expired') =>
      aSighting({ probes: saw([{ replica: 'http://replica-0', answer }]) });
    const blind = aSighting({ probes: unseen('timeout') });
    const looks = [
      saw(keyring({ keys: [key('expired')] })),
      unseen('the journal does not answer'),
      saw(keyring({ keys: [blind] })),
      saw(keyring({ keys: [key('accepted')] })),
    ];
    let told: Told = nothingTold;
    const over = looks.map((keys) => {
      const findings = examine([publishedKeysWork], { keys }, NOON);
      const heard = hear(told, { automation: 'credentials', at: NOON, findings }, RATE);
      ({ told } = heard);
      return heard.over.map(({ subject }) => subject);
    });
    expect(over).toEqual([[], [], ['keys'], ['ai-coder on http://replica-0', 'ai-coder on every replica']]);
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

interface Look {
  readonly by?: string;
  readonly afterMinutes?: number;
  readonly near?: boolean;
  readonly sees: readonly Finding[];
}

/** What people hear of each look: how many pieces of news of each kind, `+` fresh, `~` again, `-` over. */
function heard(...looks: readonly Look[]): string[] {
  let told: Told = nothingTold;
  let now = at('09:00');
  return looks.map(({ by = 'look', afterMinutes = 5, near = false, sees }) => {
    now = plus(now, minutes(afterMinutes));
    const { fresh, again, over, ...next } = hear(told, { automation: by, at: now, findings: sees }, { ...RATE, near });
    told = JSON.parse(JSON.stringify(next.told)) as Told;
    return [...fresh.map(() => '+'), ...again.map(() => '~'), ...over.map(() => '-')].join('');
  });
}

const well = (subject?: string): Finding => finding('ok', subject);
const dark = (
  subject: string,
  have = 'us-west-2/coder-preview: could not look at latest: ETIMEDOUT no answer',
): Finding => ({ ...finding('unknown', subject), evidence: { want: 'a look', have } });

describe('a reminder', () => {
  const still = (status: Finding['status'], afterMinutes: number, near = false): Look => ({
    afterMinutes,
    near,
    sees: [finding(status)],
  });

  it.each([
    ['fail', 239, 1, false],
    ['unknown', 239, 1, false],
    ['warn', 24 * 60 - 1, 1, false],
    ['fail', 59, 1, true],
    ['unknown', 59, 1, true],
    ['warn', 24 * 60 - 1, 1, true],
  ] as const)('of %s comes after its time and not before (%i min, then %i; near: %s)', (status, before, then, near) => {
    expect(heard(still(status, 5), still(status, before, near), still(status, then, near))).toEqual(['+', '', '~']);
  });

  it('begins anew with each: it is a rate, and not a flood after the first', () => {
    expect(heard(still('fail', 5), still('fail', 240), still('fail', 5), still('fail', 235))).toEqual([
      '+',
      '~',
      '',
      '~',
    ]);
  });

  it('is due at once when a workshop has come near', () => {
    expect(heard(still('fail', 5), still('fail', 90), still('fail', 0, true))).toEqual(['+', '', '~']);
  });

  it('is none of each automation’s own: whoever looks, it is told once', () => {
    const sees = [finding('fail')];
    expect(heard({ sees }, { by: 'parity', sees }, { by: 'parity', afterMinutes: 240, sees }, { sees })).toEqual([
      '+',
      '',
      '~',
      '',
    ]);
  });

  it('of a threshold is the next threshold', () => {
    const rung = { ...finding('warn'), rung: '7 days' } as Finding;
    expect(heard({ sees: [rung] }, { afterMinutes: 3 * 24 * 60, sees: [rung] })).toEqual(['+', '']);
  });
});

describe('since when', () => {
  it('is when it became amiss, also when it gets worse; and it is over when it is seen well', () => {
    let told: Told = nothingTold;
    const look = (minute: number, status: Finding['status']) => {
      const heard = hear(
        told,
        { automation: 'look', at: plus(at('09:00'), minutes(minute)), findings: [finding(status)] },
        RATE,
      );
      ({ told } = heard);
      return heard;
    };
    expect(look(0, 'warn').fresh).toMatchObject([{ since: at('09:00').toISOString() }]);
    expect(look(30, 'fail').fresh).toMatchObject([{ since: at('09:00').toISOString() }]);
    expect(look(70, 'ok').over).toMatchObject([
      { since: at('09:00').toISOString(), until: plus(at('09:00'), minutes(70)).toISOString(), status: 'fail' },
    ]);
    expect(look(80, 'fail').fresh).toMatchObject([{ since: plus(at('09:00'), minutes(80)).toISOString() }]);
  });
});

describe('an outage', () => {
  it('is told with all that it makes unknown at first, and what follows belongs to it', () => {
    expect(
      heard(
        { sees: [dark('a'), dark('b')] },
        { by: 'parity', sees: [dark('a'), dark('b'), dark('c')] },
        { sees: [dark('a'), dark('b'), dark('d')] },
      ),
    ).toEqual(['++', '', '']);
  });

  it('is over when all that was told of it is, in one', () => {
    expect(
      heard(
        { sees: [dark('a'), dark('b')] },
        { sees: [well('a'), dark('b')] },
        { sees: [dark('a'), well('b')] },
        { sees: [well('a'), well('b')] },
      ),
    ).toEqual(['++', '', '', '--']);
  });

  it('does not wait for what nobody was told of', () => {
    expect(
      heard(
        { sees: [dark('a')] },
        { by: 'parity', sees: [dark('a'), dark('c')] },
        { sees: [well('a')] },
        { by: 'parity', sees: [well('a'), well('c')] },
      ),
    ).toEqual(['+', '', '-', '']);
  });

  it('tells no end of what nobody was told of', () => {
    expect(
      heard(
        { sees: [dark('a')] },
        { by: 'parity', sees: [dark('a'), dark('c')] },
        { by: 'parity', sees: [dark('a'), well('c')] },
        { sees: [well('a')] },
      ),
    ).toEqual(['+', '', '', '-']);
  });

  it('that is over for one and goes on for another is told again, with what was never told', () => {
    expect(
      heard(
        { sees: [dark('a')] },
        { by: 'parity', sees: [dark('a'), dark('c')] },
        { sees: [well('a')] },
        { by: 'parity', sees: [dark('a'), dark('c')] },
        { by: 'parity', sees: [well('a'), well('c')] },
      ),
    ).toEqual(['+', '', '-', '++', '--']);
  });

  it('hides nothing that fails, and nothing that somebody answered about', () => {
    const denied = dark('d', 'us-west-2/coder-preview: could not look at latest: 403 DENIED');
    const elsewhere = dark('e', 'coder: could not list daemons: 503 no answer');
    expect(heard({ sees: [dark('a')] }, { sees: [dark('a'), finding('fail', 'b'), denied, elsewhere] })).toEqual([
      '+',
      '+++',
    ]);
  });

  it('is reminded of as one, with what was never told', () => {
    const both = [dark('a'), dark('b')];
    expect(heard({ sees: [dark('a')] }, { sees: both }, { afterMinutes: 240, sees: both }, { sees: both })).toEqual([
      '+',
      '',
      '~~',
      '',
    ]);
  });

  it('that turns out to be a failure is told as one', () => {
    expect(heard({ sees: [dark('a'), dark('b')] }, { sees: [dark('a'), finding('fail', 'b')] })).toEqual(['++', '+']);
  });
});
