import { describe, expect, it } from 'vitest';
import { publishedKeysWork } from '../../../src/core/checks/published-keys-work.ts';
import type { LiteLlmGateway } from '../../../src/core/estate.ts';
import type { KeysSighting, KeySighting } from '../../../src/core/keys.ts';
import { saw, unseen } from '../../../src/core/sighting.ts';
import { accepted, aKey, aSighting, consumer, gateway, keyring, later, NOON, refused } from '../a-keyring.ts';

const judged = (keys: KeysSighting) => publishedKeysWork.judge({ keys }, NOON);
const statuses = (change: Partial<KeySighting>) =>
  judged(keyring({ keys: [aSighting(change)] })).map(({ status }) => status);

/** A key that nobody has; the secret; the replica; the consumer. */
const GOOD = ['ok', 'ok', 'ok', 'ok'];

describe('published keys work', () => {
  it('when the secret, every replica and every copy agree, and a key that nobody has is refused', () => {
    expect(statuses({})).toEqual(GOOD);
  });

  it('not when a replica lets in a key that nobody has: then it proves nothing to be let in', () => {
    expect(judged(keyring({ bogus: saw([accepted]) }))[0]).toMatchObject({
      status: 'fail',
      evidence: { have: 'let in by http://replica-0' },
    });
    expect(judged(keyring({ bogus: unseen('timeout') }))[0]).toMatchObject({ status: 'unknown' });
    const silent = { ...accepted, answer: 'unreachable' } as const;
    expect(judged(keyring({ bogus: saw([silent]) }))[0]).toMatchObject({ status: 'unknown' });
  });

  it.each<[string, Partial<KeySighting>, string]>([
    ['holds none', { published: saw(undefined), consumers: [] }, 'fail'],
    ['holds one that the gateway does not know', { known: saw([]), consumers: [] }, 'fail'],
    ['holds one that is blocked', { known: saw([aKey({ blocked: true })]) }, 'fail'],
    ['holds one that has ended', { known: saw([aKey({ expires: NOON })]) }, 'fail'],
    ['cannot be read', { published: unseen('AccessDenied'), consumers: [] }, 'unknown'],
  ])('not when the secret %s', (_, change, status) => {
    expect(statuses(change)[1]).toBe(status);
  });

  it('and one that has ended is extended, which is the quicker way: nobody has to restart', () => {
    const expired = { ...refused, answer: 'expired' } as const;
    const [, secret, replica] = judged(
      keyring({ keys: [aSighting({ known: saw([aKey({ expires: NOON })]), probes: saw([expired]) })] }),
    );
    const remedy = { by: 'person', ask: 'Run: greenroom keys extend ai-coder' };
    expect([secret, replica]).toMatchObject([{ remedy }, { remedy }]);
    // To a replica that does not know the key, another end says nothing.
    const [, , unknown] = judged(keyring({ keys: [aSighting({ probes: saw([refused]) })] }));
    expect(unknown).toMatchObject({ remedy: { ask: 'Run: greenroom keys rotate ai-coder' } });
  });

  it('not when one replica refuses it; and nobody knows when one cannot be reached', () => {
    expect(statuses({ probes: saw([accepted, refused]) })).toEqual(['ok', 'ok', 'ok', 'fail', 'ok']);
    const silent = { ...accepted, answer: 'unreachable' } as const;
    expect(statuses({ probes: saw([silent]) })[2]).toBe('unknown');
  });

  it.each<[string, KeySighting['consumers'][number]['holds'], string]>([
    ['nothing', saw(undefined), 'fail'],
    ['an older key that still works', saw('older'), 'warn'],
    ['an older key that never ends', saw('endless'), 'warn'],
    ['an older key that has ended', saw('ended'), 'fail'],
    ['an older key that is blocked', saw('blocked'), 'fail'],
    ['a key that is gone', saw('gone'), 'fail'],
    ['what nobody may see', unseen('403'), 'unknown'],
  ])('when a copy holds %s', (_, holds, status) => {
    const known = saw([
      aKey(),
      aKey({ hash: 'older', alias: 'ai-coder-g1', expires: later(1) }),
      aKey({ hash: 'endless', alias: 'ai-coder-g0', expires: 'never' }),
      aKey({ hash: 'ended', alias: 'ai-coder', expires: NOON }),
      aKey({ hash: 'blocked', alias: 'ai-coder-b', blocked: true }),
    ]);
    expect(statuses({ known, consumers: [{ consumer, holds }] })[3]).toBe(status);
  });

  it('and nobody knows when a copy holds another key and the gateway does not say what that one is', () => {
    const blind = { known: unseen('503'), consumers: [{ consumer, holds: saw('older') }] };
    expect(statuses(blind)).toEqual(['ok', 'unknown', 'ok', 'unknown']);
  });

  describe('where the gateway runs in a cluster that is seen', () => {
    const pods = (...addresses: readonly (string | undefined)[]) =>
      saw(addresses.map((address, i) => ({ name: `litellm-${i}`, ...(address !== undefined && { address }) })));
    const asked = (replicas: LiteLlmGateway['replicas'], serving: KeysSighting['serving']) =>
      judged(keyring({ gateway: { ...gateway, ...(replicas && { replicas }) }, ...(serving && { serving }) })).findLast(
        ({ subject }) => subject === 'replicas of the model gateway',
      );
    const IPS = ['http://10.0.1.1:4000', 'http://10.0.1.2:4000'];
    const NAMES = ['https://r0.example.com', 'https://r1.example.com'];

    const PODS = { port: 4000 };

    it.each<[string, LiteLlmGateway['replicas'], KeysSighting['serving'], string]>([
      ['each is asked by its address', IPS, pods('10.0.1.1', '10.0.1.2'), 'ok'],
      ['one is asked that serves no more', IPS, pods('10.0.1.2'), 'ok'],
      ['as many are asked as there are', NAMES, pods('10.0.1.1', '10.0.1.2'), 'ok'],
      ['there is one, behind the common address', undefined, pods('10.0.1.1'), 'ok'],
      ['another one took the place of one that is listed', IPS, pods('10.0.1.1', '10.0.1.9'), 'warn'],
      ['there are more than are asked', NAMES, pods('10.0.1.1', '10.0.1.2', '10.0.1.3'), 'warn'],
      ['only the common address is asked', undefined, pods('10.0.1.1', '10.0.1.2'), 'warn'],
      ['an address is not known yet', IPS, pods('10.0.1.1', '10.0.1.2', undefined), 'warn'],
      ['nobody can be counted', IPS, unseen('403'), 'unknown'],
      ['each is found by itself', PODS, pods('10.0.1.1', '10.0.1.9', 'fd00::9'), 'ok'],
      ['none is there to be found', PODS, pods(), 'unknown'],
      ['nobody can be found', PODS, unseen('403'), 'unknown'],
    ])('and %s', (_, replicas, serving, status) => {
      expect(asked(replicas, serving)?.status).toBe(status);
    });

    it('a replica that nobody asks is named', () => {
      const have = '2 serve, 2 addresses are asked: nobody asks litellm-1';
      expect(asked(IPS, pods('10.0.1.1', '10.0.1.9'))?.evidence.have).toBe(have);
    });

    it('where there are more than are asked, what would find them all is said', () => {
      expect(asked(NAMES, pods('10.0.1.1', '10.0.1.2', '10.0.1.3'))).toMatchObject({
        evidence: { have: '3 serve, 2 addresses are asked' },
        remedy: { ask: expect.stringContaining('{ port: 4000 }') },
      });
      expect(asked(PODS, pods('10.0.1.1', '10.0.1.2'))?.evidence.have).toBe('2 serve, each is asked on port 4000');
    });

    it('and nothing is said where the estate does not say what runs it', () => {
      expect(asked(IPS, undefined)).toBeUndefined();
    });
  });

  it('has nothing red to say where there is no gateway', () => {
    expect(judged(keyring({ gateway: undefined, keys: [], bogus: saw([]) }))).toMatchObject([{ status: 'ok' }]);
  });
});
