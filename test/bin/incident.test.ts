import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, launch, type Ended, type Running } from './cli.ts';

let data = '';
let up: Running;
const act = (...args: readonly string[]): Promise<Ended> => call([...args, '--data', data]);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'greenroom-incident-'));
  up = launch(['up', '--port', '0', '--full-speed', '--data', data]);
  await up.said('Try, in another terminal');
}, 60_000);
afterAll(async () => {
  up.kill();
  await up.ended;
  await rm(data, { recursive: true, force: true });
});

interface Lived {
  readonly withGreenroom: boolean;
  readonly requests: number;
  readonly failed: number;
  readonly restarted: number;
  readonly deleted: readonly string[];
}

async function lived(...how: readonly string[]): Promise<readonly Lived[]> {
  const set = await act('scene', 'historic-rotator', ...how, '--json');
  expect(set).toMatchObject({ code: 0 });
  return (JSON.parse(set.out) as { incidents: Lived[] }).incidents;
}

describe('a workshop in which the rotator of the incident runs', () => {
  it('fails people and restarts every workspace without Greenroom', async () => {
    const [without] = await lived('--without-greenroom');
    expect(without).toMatchObject({ withGreenroom: false, requests: 54_000, restarted: 25 });
    expect(without?.deleted).toHaveLength(1);
    expect(without?.failed).toBeGreaterThan(100);
  }, 120_000);

  it('fails nobody and restarts nothing with Greenroom, which made the key last and paused the rotator', async () => {
    const [without, looked] = await lived();
    expect(without).toMatchObject({ withGreenroom: false });
    expect(looked).toMatchObject({ withGreenroom: true, requests: 54_000, failed: 0, restarted: 0, deleted: [] });
    const why = await act('why', 'key-rotator', '--json');
    expect(JSON.parse(why.out)).toMatchObject({ leases: [{ by: 'calendar', kind: 'pause' }] });
    expect(await act('keys')).toMatchObject({ code: 0 });
    expect(await act('credentials')).toMatchObject({ code: 0 });
  }, 120_000);

  it('is one table, once both have been played', async () => {
    const { out } = await act('scene', 'historic-rotator', '--without-greenroom');
    expect(out).toMatch(/the historic rotator in a workshop +without Greenroom +with Greenroom/);
    expect(out).toMatch(/failed requests +[1-9]\d* +0\n/);
    expect(out).toMatch(/failing +from 18:00 UTC, for \d+\.\d s +never\n/);
    expect(out).toMatch(/workspaces restarted +25 +0\n/);
    expect(out).not.toContain('not played yet');
  }, 120_000);

  it('is the only scene that is played without Greenroom', async () => {
    expect(await act('scene', 'morning-of', '--without-greenroom')).toMatchObject({
      code: 2,
      err: expect.stringContaining('greenroom scene historic-rotator'),
    });
  });
});
