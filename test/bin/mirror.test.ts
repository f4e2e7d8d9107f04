import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startRegistry, type RegistryOptions, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { call, emptyDirectory, run, start } from './cli.ts';

async function registry(options: RegistryOptions = {}): Promise<RegistryServer> {
  const started = await startRegistry(options);
  onTestFinished(() => started.close());
  return started;
}

const seeded = (into: RegistryServer, version = '1') =>
  seedImage(into, {
    repository: 'coder/coder',
    tag: 'latest',
    version,
    signature: 'both',
    layerBytes: [400_000, 90_000],
  });

const written = ({ traffic }: RegistryServer): number =>
  ['PUT', 'POST', 'PATCH', 'DELETE'].reduce((sum, method) => sum + traffic.countOf(method), 0);

describe('mirror between any registries', () => {
  it('brings all of an image to several at once, and reads the source once', async () => {
    const [source, one, two] = [await registry({ manners: { kind: 'ghcr' } }), await registry(), await registry()];
    const { digest, bytes } = await seeded(source);
    const { code, out, err } = await run(
      ['mirror', `${source.host}/coder/coder`, '--to', `${one.host}/a/coder`, '--to', `${two.host}/b:stable`],
      { cwd: import.meta.dirname },
    );
    expect({ code, out }).toEqual({ code: 0, out: '' });
    expect(err).toContain('promoted: 2 places');
    expect(one.tagsOf('a/coder').get('latest')).toBe(digest);
    expect(two.tagsOf('b').get('stable')).toBe(digest);
    expect(await one.missingBehind('a/coder', 'latest')).toEqual([]);
    expect(await two.missingBehind('b', 'stable')).toEqual([]);
    expect(source.traffic.blobBytesOut).toBeLessThan(1.02 * bytes);
  });

  it('with --json prints one document, and nothing else, on stdout', async () => {
    const [source, copy] = [await registry(), await registry()];
    const { digest } = await seeded(source);
    const { code, out } = await call([
      'mirror',
      `${source.host}/coder/coder:latest`,
      '--to',
      `${copy.host}/x`,
      '--json',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      outcomes: [
        {
          release: `${source.host}/coder/coder:latest`,
          result: 'promoted',
          digest,
          regions: [{ region: `${copy.host}/x:latest` }],
        },
      ],
    });
  });

  it('with --dry-run says what would be copied, and writes nothing', async () => {
    const [source, copy] = [await registry(), await registry()];
    const { digest, bytes } = await seeded(source);
    const args = ['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`, '--dry-run'];
    const { code, out } = await call(args);
    expect(code).toBe(0);
    expect(out).toContain('Nothing was written.');
    expect(out).toContain(digest.slice(7, 19));
    const preview = (JSON.parse((await call([...args, '--json'])).out) as { previews: { bytes: number }[] })
      .previews[0];
    expect(preview?.bytes).toBeGreaterThanOrEqual(bytes);
    expect(written(copy)).toBe(0);
  });

  it('takes a digest, where a tag is named for it', async () => {
    const [source, copy] = [await registry(), await registry()];
    const { digest } = await seeded(source);
    await seeded(source, '2');
    const { code } = await call(['mirror', `${source.host}/coder/coder@${digest}`, '--to', `${copy.host}/x:v1`]);
    expect(code).toBe(0);
    expect(copy.tagsOf('x').get('v1')).toBe(digest);
  });

  it('has nothing to do the second time, and writes nothing', async () => {
    const [source, copy] = [await registry(), await registry()];
    await seeded(source);
    const args = ['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`];
    await call(args);
    copy.traffic.reset();
    const { code, err } = await call(args);
    expect(code).toBe(0);
    expect(err).toContain('in sync');
    expect(written(copy)).toBe(0);
  });

  it('copies only the wanted platforms, and warns of what that costs', async () => {
    const [source, copy] = [await registry(), await registry()];
    const { digest } = await seeded(source);
    const { code, err } = await call([
      'mirror',
      `${source.host}/coder/coder`,
      '--to',
      `${copy.host}/x`,
      '--platform',
      'linux/arm64',
    ]);
    expect(code).toBe(0);
    expect(err).toContain('cannot equal the source’s');
    expect(copy.tagsOf('x').get('latest')).not.toBe(digest);
    expect(await copy.missingBehind('x', 'latest')).toEqual([]);
  });

  it('refuses a platform that the image is not made for', async () => {
    const [source, copy] = [await registry(), await registry()];
    await seeded(source);
    const { code, err } = await call([
      'mirror',
      `${source.host}/coder/coder`,
      '--to',
      `${copy.host}/x`,
      '--platform',
      'linux/s390x',
    ]);
    expect(code).toBe(2);
    expect(err).toContain('linux/amd64, linux/arm64');
    expect(written(copy)).toBe(0);
  });

  it.each([
    ['a tag that its source has not got', 'nope', 'has no tag nope'],
    ['a repository that its source has not got', undefined, 'has no tag latest'],
  ])('fails on %s', async (_, tag, why) => {
    const [source, copy] = [await registry(), await registry()];
    await seeded(source);
    const from = tag === undefined ? `${source.host}/coder/other` : `${source.host}/coder/coder:${tag}`;
    const { code, err } = await call(['mirror', from, '--to', `${copy.host}/x`]);
    expect(code).toBe(1);
    expect(err).toContain(why);
    expect((await call(['mirror', from, '--to', `${copy.host}/x`, '--dry-run'])).code).toBe(1);
    expect(copy.tagsOf('x').size).toBe(0);
  });

  it('takes a pattern of tags for the newest that it stands for, each whole', async () => {
    const [source, copy] = [await registry(), await registry()];
    const { digest } = await seeded(source);
    for (const tag of ['v1.0', 'v1.1', 'v1.2-rc.1']) source.setTag('coder/coder', tag, digest);
    const { code } = await call(['mirror', `${source.host}/coder/coder:v*`, '--to', `${copy.host}/x`]);
    expect(code).toBe(0);
    expect([...copy.tagsOf('x').keys()].filter((tag) => !tag.startsWith('sha256-')).toSorted()).toEqual([
      'v1.0',
      'v1.1',
      'v1.2-rc.1',
    ]);
    expect(await copy.missingBehind('x', 'v1.0')).toEqual([]);
  });

  it.each([
    ['a pattern for one name', 'coder/coder:v*', ':stable', 2, 'v* may be several tags'],
    ['a pattern that nothing fits', 'coder/coder:w*', '', 1, 'has no tag like w*'],
    ['no place to copy to', 'coder/coder', undefined, 2, 'where to?'],
  ])('refuses %s', async (_, from, to, exit, why) => {
    const [source, copy] = [await registry(), await registry()];
    await seeded(source);
    const more = to === undefined ? [] : ['--to', `${copy.host}/x${to}`];
    const { code, err } = await call(['mirror', `${source.host}/${from}`, ...more]);
    expect(code).toBe(exit);
    expect(err).toContain(why);
    expect(written(copy)).toBe(0);
  });

  it('leaves no tag in any place when one of them refuses', async () => {
    const [source, fine, full] = [await registry(), await registry(), await registry()];
    await seeded(source);
    full.faults = [
      { on: { method: 'PUT', path: /manifests\/latest/ }, do: { kind: 'status', status: 403, code: 'DENIED' } },
    ];
    const { code, err } = await call([
      'mirror',
      `${source.host}/coder/coder`,
      '--to',
      `${fine.host}/x`,
      '--to',
      `${full.host}/x`,
    ]);
    expect(code).toBe(1);
    expect(err).toContain('DENIED');
    expect([fine.tagsOf('x').has('latest'), full.tagsOf('x').has('latest')]).toEqual([false, false]);
  });

  it('stops at Ctrl-C with 130 and half of the content, but no tag', async () => {
    const source = await registry({ shape: { bytesPerSecondPerConnection: 60_000 } });
    const copy = await registry();
    await seeded(source);
    const running = start(['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`]);
    await running.said('read 25 %');
    running.interrupt();
    const { code, err } = await running.ended;
    expect(code).toBe(130);
    expect(err).toContain('Interrupted');
    expect(copy.tagsOf('x').size).toBe(0);
  });
});

describe('credentials', () => {
  const credentials = { username: 'robot', password: 'pass:with:colons' };
  const closed = () => registry({ manners: { auth: 'basic', credentials } });

  it('come from the docker config', async () => {
    const [source, copy, home] = [await registry(), await closed(), await emptyDirectory()];
    const { digest } = await seeded(source);
    const auth = Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64');
    await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { [copy.host]: { auth } } }));
    const args = ['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`];
    expect(await call(args, { DOCKER_CONFIG: home })).toMatchObject({ code: 0 });
    expect(copy.tagsOf('x').get('latest')).toBe(digest);
  });

  it('come from a credential helper', async () => {
    const [source, copy, home] = [await registry(), await closed(), await emptyDirectory()];
    await seeded(source);
    const answer = JSON.stringify({ Username: credentials.username, Secret: credentials.password });
    const helper = join(home, 'docker-credential-test');
    await writeFile(helper, `#!/bin/sh\ncat >/dev/null\necho '${answer}'\n`);
    await chmod(helper, 0o755);
    await writeFile(join(home, 'config.json'), JSON.stringify({ credHelpers: { [copy.host]: 'test' } }));
    const env = { DOCKER_CONFIG: home, PATH: `${home}:${process.env['PATH'] ?? ''}` };
    const args = ['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`];
    expect(await call(args, env)).toMatchObject({ code: 0 });
  });

  it('are never shown, whatever goes wrong', async () => {
    const [source, copy, home] = [await registry(), await closed(), await emptyDirectory()];
    await seeded(source);
    await writeFile(join(home, 'config.json'), '{"auths": {"x": {"auth": "c2VjcmV0"');
    const args = ['mirror', `${source.host}/coder/coder`, '--to', `${copy.host}/x`, '--verbose'];
    const { code, out, err } = await call(args, { DOCKER_CONFIG: home });
    expect(code).toBe(1);
    expect(err).toContain('DOCKER_CONFIG');
    expect(out + err).not.toContain('c2VjcmV0');
  });
});
