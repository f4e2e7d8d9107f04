import { describe, expect, it } from 'vitest';
import { theKeyIsNotNearItsBudget } from '../../../src/core/checks/the-key-is-not-near-its-budget.ts';
import type { GatewayKey } from '../../../src/core/gateway-key.ts';
import type { KeysSighting } from '../../../src/core/keys.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { aKey, aSighting, consumer, keyring, NOON } from '../a-keyring.ts';

const judged = (keys: KeysSighting) => theKeyIsNotNearItsBudget.judge({ keys }, NOON);
const withKeys = (...known: readonly GatewayKey[]) => keyring({ keys: [aSighting({ known: saw(known) })] });
const spent = (spend: number, budget: number | undefined) => judged(withKeys(aKey({ spend, budget })))[0]?.status;

describe('the key is not near its budget', () => {
  it.each<[string, number, number | undefined]>([
    ['ok', 79, 100],
    ['warn', 80, 100],
    ['warn', 99.99, 100],
    ['fail', 100, 100],
    ['fail', 0, 0],
    ['ok', 1_000_000, undefined],
  ])('is %s with %d of %s spent', (status, spend, budget) => {
    expect(spent(spend, budget)).toBe(status);
  });

  it('leaves keys alone that nobody holds', () => {
    const idle = aKey({ hash: 'idle', spend: 100, budget: 100 });
    expect(judged(withKeys(aKey(), idle))).toMatchObject([{ status: 'ok' }]);
  });

  it('goes by the one that is nearest, of those that somebody holds', () => {
    const older = aKey({ hash: 'older', alias: 'ai-coder-g1', spend: 100, budget: 100 });
    const consumers = [{ consumer, holds: saw('older') }];
    const keys = [aSighting({ known: saw([aKey({ spend: 1, budget: 100 }), older]), consumers })];
    expect(judged(keyring({ keys }))).toMatchObject([{ status: 'fail' }]);
  });

  it('is unknown where the gateway cannot be asked, or which key counts, and not red where there is none', () => {
    expect(judged(keyring({ keys: [aSighting({ published: unseen('403') })] }))).toMatchObject([{ status: 'unknown' }]);
    expect(judged(keyring({ keys: [aSighting({ known: unseen('503') })] }))).toMatchObject([{ status: 'unknown' }]);
    expect(judged(keyring({ gateway: undefined, keys: [] }))).toMatchObject([
      { status: 'ok', evidence: { have: 'the estate has no model gateway' } },
    ]);
  });
});
