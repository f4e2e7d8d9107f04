import { describe, expect, it } from 'vitest';
import { examine } from '../../../src/core/check.ts';
import { proxiesRunTheControlPlanesVersion } from '../../../src/core/checks/proxies-run-the-control-planes-version.ts';
import type { WorkspaceProxy } from '../../../src/core/coder.ts';
import { saw, unseen, type ProxiesSighting } from '../../../src/core/sighting.ts';
import { at } from '../../builders.ts';

const VERSION = 'v2.31.0+abc1234';
const proxy = (change: Partial<WorkspaceProxy> = {}): WorkspaceProxy => ({
  name: 'london',
  status: 'ok',
  version: VERSION,
  url: 'https://london.example.com',
  ...change,
});
const judge = (change: Partial<ProxiesSighting> = {}) =>
  proxiesRunTheControlPlanesVersion.judge(
    { proxies: [{ version: VERSION, wanted: ['london'], proxies: [proxy()], ...change }] },
    at('09:00'),
  );

describe('proxies run the control plane’s version', () => {
  it('where each reports the very same', () => {
    expect(judge()).toEqual([
      { subject: 'proxy london', status: 'ok', evidence: { want: `${VERSION}, as the control plane`, have: VERSION } },
    ]);
  });

  it.each<[string, Partial<WorkspaceProxy>, string, RegExp]>([
    [
      'another release',
      { version: 'v2.30.0+abc1234' },
      'v2.30.0+abc1234',
      /^Roll out v2\.31\.0\+abc1234 where the proxy london runs\.$/,
    ],
    ['another build of the same release', { version: 'v2.31.0+def5678' }, 'v2.31.0+def5678', /^Roll out/],
    [
      'an old one, and is not reached',
      { version: 'v2.30.0', status: 'unreachable' },
      'v2.30.0, unreachable',
      /^Roll out/,
    ],
    [
      'none, having never registered',
      { version: '', status: 'unregistered' },
      'no version, unregistered',
      /see that it registers/,
    ],
    [
      'the same, and is not reached',
      { status: 'unhealthy' },
      `${VERSION}, but unhealthy`,
      /does not reach https:\/\/london\.example\.com/,
    ],
  ])('fails where one reports %s', (_, change, have, ask) => {
    expect(judge({ proxies: [proxy(change)] })).toMatchObject([
      { status: 'fail', evidence: { have }, remedy: { by: 'person', ask: expect.stringMatching(ask) as unknown } },
    ]);
  });

  it('fails where a cluster’s proxy is unknown to Coder, and judges those it has no cluster for as well', () => {
    const judgements = judge({
      wanted: ['london', 'oregon'],
      proxies: [proxy(), proxy({ name: 'paris', version: 'v2.30.0' })],
    });
    expect(judgements.map(({ subject, status }) => [subject, status])).toEqual([
      ['proxy london', 'ok'],
      ['proxy paris', 'fail'],
      ['proxy oregon', 'fail'],
    ]);
    expect(JSON.stringify(judgements[2])).toContain('Coder knows london, paris');
  });

  it('is unknown where Coder cannot be read, and has nothing to judge where there is none', () => {
    const found = (seen: Parameters<typeof examine>[1]) =>
      examine([proxiesRunTheControlPlanesVersion], seen, at('09:00'));
    expect(found({ proxies: unseen('403') })).toMatchObject([{ status: 'unknown' }]);
    expect(found({ proxies: saw([]) })).toMatchObject([{ status: 'ok', subject: 'nothing' }]);
  });
});
