import { existsSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { besideOneWorld, call, emptyDirectory, run, start, type Ended } from './cli.ts';

interface State {
  readonly pid?: number;
  readonly board: string;
  readonly hosts: Readonly<Record<string, string>>;
}

const stateIn = async (data: string): Promise<State> =>
  JSON.parse(await readFile(join(data, 'up.json'), 'utf8')) as State;

const json = (ended: Ended): Record<string, unknown> => JSON.parse(ended.out) as Record<string, unknown>;

describe('up --once', () => {
  it('builds a world, mirrors it, and ends with every region in step and its secrets kept', async () => {
    const data = await emptyDirectory();
    const first = await run(['up', '--once', '--full-speed', '--data', data]);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(/^GO /);
    expect(first.err).toContain('coder-preview:latest');

    const again = await call(['up', '--once', '--full-speed', '--json', '--data', data]);
    expect(again.code).toBe(0);
    expect(json(again)).toMatchObject({ estate: 'rehearsal', verdict: { word: 'GO' } });
    expect(again.err).not.toContain('promoted');
    expect((await stat(join(data, 'secrets.json'))).mode & 0o777).toBe(0o600);
  }, 60_000);
});

describe('a world that is up', () => {
  const { data, act, said, interrupt } = besideOneWorld();

  it('takes a release through its webhook, rolls it back, and follows its source again', async () => {
    expect((await stat(join(data, 'up.json'))).mode & 0o777).toBe(0o600);
    const published = await act('publish', 'v2.40.0', '--json');
    expect(published.code).toBe(0);
    expect(json(published)).toMatchObject({ version: 'v2.40.0', served: true, deliveries: [202, 202, 202, 202, 202] });
    expect(await act('parity', 'coder-preview')).toMatchObject({ code: 0 });
    expect(await act('parity')).toMatchObject({ code: 1, out: expect.stringContaining('pods-run-what-is-mirrored') });
    expect(await act('rollout')).toMatchObject({ code: 0 });
    expect(await act('parity')).toMatchObject({ code: 0 });

    const dry = await act('rollback', 'coder-preview:latest', '--to', 'v2.31.0', '--dry-run');
    expect(dry).toMatchObject({ code: 0, out: expect.stringContaining('Nothing was written.') });
    const back = await act('rollback', 'coder-preview:latest', '--why', 'login loops', '--json');
    expect(back.code).toBe(0);
    expect(json(back)).toMatchObject({ outcome: { result: 'promoted' }, pin: { by: 'tester', why: 'login loops' } });
    expect(await act('images', 'coder-preview:latest')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/pinned by tester[^]*v2\.31\.2[^]*rolled back/),
    });

    const lifted = await act('unpin', 'coder-preview:latest');
    expect(lifted.code).toBe(0);
    expect(lifted.out).toContain('The next look promotes');
    expect(json(await act('unpin', 'coder-preview:latest', '--json'))).toMatchObject({ lifted: null });
  }, 60_000);

  it('moves no region when one of them refuses, and heals when it is mended', async () => {
    await act('break', 'us-west-2', '--how', 'refuse-tags');
    const published = await act('publish', '--json');
    expect(published.code).toBe(1);
    const { digest, why } = json(published) as { digest: string; why: string };
    expect(why).toContain('us-west-2');
    const drift = await act('parity', 'coder-preview:latest', '--quiet-look', '--json');
    expect(drift.code).toBe(1);
    const { images } = json(drift) as { images: { releases: { cells: { digest: string }[] }[] }[] };
    expect(new Set(images[0]?.releases[0]?.cells.map(({ digest }) => digest)).size).toBe(1);

    expect(await act('mend', '--json')).toMatchObject({ code: 0, out: expect.stringContaining('us-west-2') });
    await said(new RegExp(`✓ coder-preview:latest +${digest.slice(7, 19)} +promoted`));
    expect(await act('parity', 'coder-preview:latest')).toMatchObject({ code: 0 });
  }, 60_000);

  it('keeps tags where they are under a hold, and moves them when it is released', async () => {
    const over = await act('hold', 'coder-preview', '--until', '4h', '--why', 'workshop', '--dry-run', '--json');
    expect(json(over)).toMatchObject({ dryRun: true, hold: { scope: 'coder-preview', by: 'tester', why: 'workshop' } });
    expect(json(await act('holds', '--json'))).toMatchObject({ holds: [] });

    const held = await act('hold', 'coder-preview', '--until', '4h', '--why', 'workshop', '--json');
    const { id } = (json(held) as { hold: { id: string } }).hold;
    expect(await act('holds')).toMatchObject({ code: 0, out: expect.stringContaining(id) });
    const published = await act('publish', 'v2.50.0');
    expect(published).toMatchObject({ code: 0, out: expect.stringMatching(/held until .* by tester: workshop/) });
    expect(await act('parity', 'coder-preview:latest')).toMatchObject({ code: 0, out: expect.stringContaining('•') });

    const released = await act('release', id);
    expect(released).toMatchObject({ code: 0, out: expect.stringContaining('The next look promotes') });
    await said(/✓ coder-preview:v2\.50\.0 .*promoted/);
    expect(await act('release', id)).toMatchObject({ code: 2, err: expect.stringContaining('no hold and no image') });
  }, 60_000);

  it('calls what it cannot see unknown, not fine', async () => {
    await act('break', 'eu-west-2');
    const parity = await act('parity', 'coder-preview:latest', '--json');
    expect(parity.code).toBe(3);
    expect(json(parity)).toMatchObject({ verdict: { word: 'UNKNOWN' } });
    const published = await act('publish', '--json');
    expect(published.code).toBe(1);
    expect(json(published)).toMatchObject({ served: false, why: expect.stringContaining('could not look at latest') });
    await act('mend');
  }, 60_000);

  it('opens its doors only to those who can read its secrets', async () => {
    const { board } = await stateIn(data);
    const forged = await fetch(`${board}/rehearsal/break`, {
      method: 'POST',
      headers: { authorization: 'Bearer guess' },
      body: JSON.stringify({ region: 'eu-west-2', how: 'offline' }),
    });
    expect(forged.status).toBe(401);
    const unsigned = await fetch(`${board}/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-github-event': 'registry_package' },
      body: '{}',
    });
    expect(unsigned.status).toBe(401);
  }, 60_000);

  it('is not started twice in one place', async () => {
    const { pid, board } = await stateIn(data);
    const second = await act('up');
    expect(second.code).toBe(1);
    expect(second.err).toContain(`process ${pid}: ${board}`);
  }, 60_000);

  it('ends well at Ctrl-C, and comes back where it was', async () => {
    const before = await stateIn(data);
    expect(await interrupt()).toMatchObject({ code: 0 });
    expect((await stateIn(data)).pid).toBeUndefined();
    expect(await act('parity')).toMatchObject({ code: 3 });
    const again = start(['up', '--full-speed', '--data', data]);
    await again.said('Try, in another terminal');
    expect((await stateIn(data)).hosts).toEqual(before.hosts);
  }, 60_000);
});

describe('a directory in which nothing can be kept', () => {
  it('is named before anything is begun, with what to do instead', async () => {
    const file = join(await emptyDirectory(), 'a-file');
    await writeFile(file, 'mine');
    for (const [data, why] of [
      [file, 'it is a file'],
      [join(file, 'below'), 'a file stands in its way'],
      // Where there is one; Node would try to make it for ever.
      ...(existsSync('/proc/self') ? [['/proc/nothing/below', 'no directory can be made there'] as const] : []),
    ] as const) {
      const { code, err } = await call(['up', '--once', '--full-speed', '--data', data]);
      expect({ code, err }).toEqual({
        code: 1,
        err: `greenroom: nothing can be kept in ${data}: ${why}\n  → name a directory of your own with --data <dir>\n`,
      });
      expect(await call(['parity', '--data', data])).toMatchObject({ code: 3 });
    }
    expect(await readFile(file, 'utf8')).toBe('mine');
  });
});

describe('a journal that cannot be opened', () => {
  it('ends the process, and leaves nothing of the world that had begun', async () => {
    const data = await emptyDirectory();
    await mkdir(join(data, 'journal.sqlite'));
    const { code, err } = await run(['up', '--once', '--full-speed', '--data', data]);
    expect(code).toBe(3);
    expect(err).toContain('could not open the file');
    expect(err).toContain('is its disk full, or not to be written to?');
  }, 60_000);
});

describe('a port that is taken', () => {
  it('is named, and no world is left behind', async () => {
    const data = await emptyDirectory();
    const squatter = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void squatter.close());
    await new Promise((resolve) => squatter.once('listening', resolve));
    const { port } = squatter.address() as AddressInfo;
    const { code, err } = await call(['up', '--port', String(port), '--full-speed', '--data', data]);
    expect(code).toBe(1);
    expect(err).toContain(`Port ${port}`);
    expect(err).toContain('--port');
  });
});
