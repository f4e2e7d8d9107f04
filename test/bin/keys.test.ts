import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { call, launch, type Ended, type Running } from './cli.ts';

let data = '';
let up: Running;
const act = (...args: readonly string[]): Promise<Ended> => call([...args, '--data', data]);

beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'greenroom-gateway-'));
  up = launch(['up', '--port', '0', '--full-speed', '--data', data]);
  await up.said('Try, in another terminal');
}, 60_000);
afterAll(async () => {
  up.kill();
  await up.ended;
  await rm(data, { recursive: true, force: true });
});

describe('a gateway that is broken', () => {
  afterEach(async () => expect(await act('mend', 'gateway', '--json')).toMatchObject({ code: 0 }));

  it.each([
    ['offline', 3, /could not list keys/],
    ['replica-offline', 1, /ai-coder: http:.* says unreachable/],
    ['database-down', 3, /500 no_db_connection/],
    ['database-open', 3, /500 no_db_connection/],
    ['refuse-keys', 1, /says unknown-key \(401/],
    ['slow', 3, /could not list keys/],
    ['old-version', 0, /published/],
  ])(
    'by --how %s shows in greenroom keys, with exit %i',
    async (how, code, said) => {
      expect(await act('break', 'gateway', '--how', how, '--json')).toMatchObject({ code: 0 });
      const keys = await act('keys');
      expect(keys).toMatchObject({ code, out: expect.stringMatching(said) });
    },
    60_000,
  );
});

describe('a gateway that is mended', () => {
  it('works as before, and nothing else was broken', async () => {
    await act('break', 'gateway');
    const mended = await act('mend', '--json');
    expect(JSON.parse(mended.out)).toEqual({ mended: ['gateway'] });
    expect(await act('keys')).toMatchObject({ code: 0 });
    expect(await act('mend')).toMatchObject({ code: 0, out: 'Nothing was broken.\n' });
  }, 60_000);

  it('was broken in one of its own ways', async () => {
    expect(await act('break', 'gateway', '--how', 'disk-full')).toMatchObject({
      code: 2,
      err: expect.stringContaining('one of offline, replica-offline, database-down'),
    });
    expect(await act('break', 'gatewy')).toMatchObject({ code: 1, err: expect.stringContaining('no region "gatewy"') });
  });
});
