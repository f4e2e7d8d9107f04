import { beforeAll, describe, expect, it } from 'vitest';
import { besideOneWorld, start, type Ended } from './cli.ts';

const { data, act } = besideOneWorld();
const json = (ended: Ended): unknown => JSON.parse(ended.out);
const clusters = (legs: unknown): string[] => (legs as { cluster: string }[]).map(({ cluster }) => cluster);

/** A release came out and every region serves it; no pod runs it yet, because a tag that is moved moves no pod. */
beforeAll(async () => {
  expect(await act('publish')).toMatchObject({ code: 0 });
}, 60_000);

describe('greenroom rollout, where no pod runs what its region serves', () => {
  it('names what it would restart, the control plane first, and restarts nothing', async () => {
    const plan = json(await act('rollout', '--dry-run', '--json')) as { legs: unknown };
    expect(plan).toMatchObject({ dryRun: true, blocked: [] });
    expect(clusters(plan.legs)).toEqual(['ohio', 'oregon', 'london']);
    expect((await act('rollout', '--dry-run')).out).toMatch(
      /^1\. Would restart coder\/coder in ohio to coder-preview:latest [0-9a-f]{12}\n(?:.*\n){2}Nothing was written\.\n$/,
    );
  }, 60_000);

  it('is refused under a hold, with what would be needed', async () => {
    const { hold } = json(await act('hold', '*', '--until', '4h', '--why', 'a workshop', '--json')) as {
      hold: { id: string };
    };
    const { code, out, err } = await act('rollout');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/images are held by tester until .*: a workshop/);
    expect(err).toContain('--force');
    await act('release', hold.id);
  }, 60_000);

  it('restarts the control plane and watches it; whoever interrupts it there leaves the proxies as they are', async () => {
    const running = start(['rollout', '--data', data]);
    await running.said(/coder\/coder in ohio to coder-preview:latest [0-9a-f]{12}: done/);
    running.interrupt();
    expect((await running.ended).code).not.toBe(0);
    const { legs } = json(await act('rollout', '--dry-run', '--json')) as { legs: unknown };
    // Oregon may have been asked already; London has not.
    expect(clusters(legs)).not.toContain('ohio');
    expect(clusters(legs)).toContain('london');
  }, 60_000);
});
