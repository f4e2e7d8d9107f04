import { describe, expect, it } from 'vitest';
import { oldKeysAreRetired } from '../../../src/core/checks/old-keys-are-retired.ts';
import type { KeySighting } from '../../../src/core/keys.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { aKey, aSighting, consumer, keyring, NOON, windows, workshopIn } from '../a-keyring.ts';

const old = aKey({ hash: 'old', alias: 'ai-coder-g1' });
const judged = (change: Partial<KeySighting>, workshop = workshopIn(48)) =>
  oldKeysAreRetired.judge(
    { keys: keyring({ keys: [aSighting({ known: saw([aKey(), old]), ...change })] }), windows: windows(workshop) },
    NOON,
  )[0];

describe('old keys are retired', () => {
  it('when nobody holds them', () => {
    expect(judged({})).toMatchObject({
      status: 'warn',
      remedy: { step: { kind: 'retire-keys', held: ['published'] } },
    });
  });

  it('but not while a consumer holds them, nor while it cannot be seen what one holds', () => {
    expect(judged({ consumers: [{ consumer, holds: saw('old') }] })).toMatchObject({ status: 'ok' });
    expect(judged({ consumers: [{ consumer, holds: unseen('403') }] })).toMatchObject({
      status: 'unknown',
      remedy: { by: 'person' },
    });
  });

  it.each<[string, Partial<KeySighting>]>([
    ['what the secret publishes', { published: unseen('AccessDenied') }],
    ['which keys there are', { known: unseen('503') }],
  ])('nor while it cannot be seen %s', (_, change) => {
    expect(judged(change)).toMatchObject({ status: 'unknown', remedy: { by: 'person' } });
  });

  it('nor in a window', () => {
    expect(judged({}, workshopIn(1))).toMatchObject({ status: 'ok' });
  });

  it('and keys of another name never', () => {
    expect(judged({ known: saw([aKey(), aKey({ hash: 'x', alias: 'ai-coder-guests' })]) })).toMatchObject({
      status: 'ok',
    });
  });
});
