import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { dockerLogins } from '../../src/clients/docker-config.ts';
import { OutsideError } from '../../src/core/outside-error.ts';
import { failureOf } from '../failure.ts';

/** Somebody's home, with a place for programs in it. */
interface Home {
  readonly directory: string;
  readonly loginOf: ReturnType<typeof dockerLogins>;
  /** Writes the configuration; a text as it is. */
  configure(config: unknown): Promise<void>;
  /** Puts a credential helper on the PATH: a shell script. */
  install(helper: string, script: string): Promise<void>;
}

async function aHome(): Promise<Home> {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-docker-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  const path = `${directory}:/usr/bin:/bin`;
  return {
    directory,
    loginOf: dockerLogins({ DOCKER_CONFIG: directory, PATH: path, SEEN: join(directory, 'seen') }),
    configure: (config) =>
      writeFile(join(directory, 'config.json'), typeof config === 'string' ? config : JSON.stringify(config)),
    async install(helper, script) {
      const file = join(directory, `docker-credential-${helper}`);
      await writeFile(file, `#!/bin/sh\n${script}\n`);
      await chmod(file, 0o755);
    },
  };
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Knows one server, and says of all others what helpers say in Go. */
const knowing = (server: string, answer: unknown): string => `
test "$1" = get || exit 9
read -r asked
echo "$asked" >> "$SEEN"
if [ "$asked" = '${server}' ]; then
cat <<'END'
${JSON.stringify(answer)}
END
else echo 'credentials not found in native keychain'; exit 1
fi`;

describe('what stands in the file itself', () => {
  it('is a name and a password, which may have colons of its own', async () => {
    const { configure, loginOf } = await aHome();
    await configure({ auths: { 'ghcr.io': { auth: base64('robot:pass:with:colons') } } });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'robot', password: 'pass:with:colons' });
  });

  it.each([
    ['written out', { username: 'robot', password: 'pass' }, { username: 'robot', password: 'pass' }],
    [
      'with zeros at its end, as old clients wrote it',
      { auth: base64('robot:pass\0\0') },
      { username: 'robot', password: 'pass' },
    ],
    [
      'a refresh token, whatever stands beside it',
      { auth: base64('0:0'), identitytoken: 'long-lived' },
      { identityToken: 'long-lived' },
    ],
    ['empty, because a store has it', {}, undefined],
    ['without a name', { auth: base64(':pass') }, undefined],
    ['without a password', { auth: base64('robot:') }, undefined],
    ['not base64 of anything', { auth: '%%%' }, undefined],
    ['not even a text', { auth: 5 }, undefined],
    ['nothing', null, undefined],
  ])('may be %s', async (_, entry, login) => {
    const { configure, loginOf } = await aHome();
    await configure({ auths: { 'ghcr.io': entry } });
    expect(await loginOf('ghcr.io')).toEqual(login);
  });

  it('is for that host and port, and for no other', async () => {
    const { configure, loginOf } = await aHome();
    await configure({ auths: { 'localhost:5000': { auth: base64('robot:pass') } } });
    expect(await loginOf('localhost:5000')).toBeDefined();
    for (const other of ['localhost', 'localhost:5001', 'ghcr.io']) expect(await loginOf(other)).toBeUndefined();
  });

  it('may stand under a whole address, and the plain name goes first', async () => {
    const { configure, loginOf } = await aHome();
    const auths = { 'https://ghcr.io/v2/': { auth: base64('old:old') } };
    await configure({ auths });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'old', password: 'old' });
    await configure({ auths: { ...auths, 'ghcr.io': { auth: base64('new:new') } } });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'new', password: 'new' });
  });

  it.each(['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'])(
    'may call Docker Hub %s',
    async (key) => {
      const { configure, loginOf } = await aHome();
      await configure({ auths: { [key]: { auth: base64('robot:pass') } } });
      expect(await loginOf('docker.io')).toEqual({ username: 'robot', password: 'pass' });
    },
  );

  it('is read anew each time, because people log in while we run', async () => {
    const { configure, loginOf } = await aHome();
    expect(await loginOf('ghcr.io')).toBeUndefined();
    await configure({ auths: { 'ghcr.io': { auth: base64('robot:pass') } } });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'robot', password: 'pass' });
  });

  it('is found below the home where the environment names no other place', async () => {
    const { directory } = await aHome();
    await mkdir(join(directory, '.docker'));
    const config = { auths: { 'ghcr.io': { auth: base64('robot:pass') } } };
    await writeFile(join(directory, '.docker', 'config.json'), JSON.stringify(config));
    expect(await dockerLogins({ HOME: directory })('ghcr.io')).toEqual({ username: 'robot', password: 'pass' });
  });
});

describe('a credential helper', () => {
  const answer = { ServerURL: 'ghcr.io', Username: 'robot', Secret: 'pass:with:colons' };

  it('is asked before the file is', async () => {
    const { configure, install, loginOf } = await aHome();
    await install('safe', knowing('ghcr.io', answer));
    await configure({ credHelpers: { 'ghcr.io': 'safe' }, auths: { 'ghcr.io': { auth: base64('file:file') } } });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'robot', password: 'pass:with:colons' });
  });

  it('of one registry goes before the general store, which the others have', async () => {
    const { configure, install, loginOf } = await aHome();
    await install('safe', knowing('ghcr.io', answer));
    await install('store', knowing('quay.io', { Username: 'store', Secret: 'store' }));
    await configure({ credHelpers: { 'ghcr.io': 'safe' }, credsStore: 'store' });
    expect(await loginOf('ghcr.io')).toMatchObject({ username: 'robot' });
    expect(await loginOf('quay.io')).toMatchObject({ username: 'store' });
    expect(await loginOf('elsewhere.example')).toBeUndefined();
  });

  it('that knows nothing leaves it to the file', async () => {
    const { configure, install, loginOf } = await aHome();
    await install('store', knowing('quay.io', answer));
    await configure({ credsStore: 'store', auths: { 'ghcr.io': { auth: base64('file:file') } } });
    expect(await loginOf('ghcr.io')).toEqual({ username: 'file', password: 'file' });
  });

  it.each(['docker.io', 'index.docker.io', 'https://index.docker.io/v1/'])(
    'of Docker Hub may be written under %s, and is asked for the oldest name',
    async (key) => {
      const { configure, install, loginOf } = await aHome();
      await install('safe', knowing('https://index.docker.io/v1/', answer));
      await configure({ credHelpers: { [key]: 'safe' } });
      expect(await loginOf('docker.io')).toMatchObject({ username: 'robot' });
    },
  );

  it('may hand out a refresh token', async () => {
    const { configure, install, loginOf } = await aHome();
    await install('safe', knowing('ghcr.io', { Username: '<token>', Secret: 'long-lived' }));
    await configure({ credsStore: 'safe' });
    expect(await loginOf('ghcr.io')).toEqual({ identityToken: 'long-lived' });
  });

  it.each([
    ['is not installed', undefined, 'not installed'],
    ['fails, whatever it prints', `echo '{"Secret":"hunter2"}'; echo hunter2 >&2; exit 3`, 'ended with 3'],
    ['prints something else', 'echo hunter2', 'not a login'],
    ['prints no text for a secret', `echo '{"Username":"robot","Secret":{"a":"hunter2"}}'`, 'not a login'],
    ['is killed', 'kill -9 $$', 'ended with a signal'],
    ['does not read what it is asked', 'exec <&-; exit 4', 'ended with 4'],
  ])('that %s is an error that names it and tells no secret', async (_, script, why) => {
    const { configure, install, loginOf } = await aHome();
    if (script !== undefined) await install('broken', script);
    await configure({ credsStore: 'broken' });
    const trouble = await failureOf(loginOf('ghcr.io'));
    expect(trouble.message).toMatch(/^docker-credential-broken: could not get the login for ghcr\.io: /);
    expect(trouble.message).toContain(why);
    expect(inspect(trouble, { depth: Infinity, showHidden: true })).not.toContain('hunter2');
  });

  it('is never run by a name that leads elsewhere', async () => {
    const { configure, loginOf } = await aHome();
    await configure({ credsStore: '../../bin/sh -c' });
    expect((await failureOf(loginOf('ghcr.io'))).trouble).toBe('refused');
  });
});

describe('a configuration that cannot be read', () => {
  it('knows nobody when it is not there', async () => {
    expect(await (await aHome()).loginOf('ghcr.io')).toBeUndefined();
  });

  it.each([
    ['is cut off', `{"auths": {"ghcr.io": {"auth": "${base64('robot:hunter2')}"`],
    ['is not an object', JSON.stringify([base64('robot:hunter2')])],
    ['is empty', ''],
  ])('is an error that says where and not what, when it %s', async (_, text) => {
    const { configure, loginOf, directory } = await aHome();
    await configure(text);
    const trouble = await failureOf(loginOf('ghcr.io'));
    expect(trouble.message).toContain(join(directory, 'config.json'));
    expect(trouble.message).toContain('DOCKER_CONFIG');
    expect(inspect(trouble, { depth: Infinity, showHidden: true })).not.toContain(base64('robot:hunter2').slice(0, 8));
  });

  it('is an error when it is a directory', async () => {
    const { directory, loginOf } = await aHome();
    await mkdir(join(directory, 'config.json'));
    expect((await failureOf(loginOf('ghcr.io'))).message).toContain('EISDIR');
  });
});

it('any JSON at all is read, as far as it makes sense, or is one error', async () => {
  const { configure, loginOf } = await aHome();
  const entry = fc.record(
    { auth: fc.jsonValue(), username: fc.jsonValue(), identitytoken: fc.jsonValue() },
    { requiredKeys: [] },
  );
  const auths = fc.dictionary(
    fc.constantFrom('ghcr.io', 'https://ghcr.io', 'https://'),
    fc.oneof(entry, fc.jsonValue()),
  );
  const config = fc.oneof(
    fc.record({
      auths: fc.oneof(auths, fc.jsonValue()),
      credHelpers: fc.oneof(fc.constant({ 'ghcr.io': 5 }), fc.constant([])),
    }),
    fc.jsonValue(),
  );
  await fc.assert(
    fc.asyncProperty(config, async (json) => {
      await configure(JSON.stringify(json));
      const login = await loginOf('ghcr.io').catch((error: unknown) => {
        if (!(error instanceof OutsideError)) throw error;
        return undefined;
      });
      const texts = Object.values(login ?? { none: 'none' });
      expect(texts.every((text) => typeof text === 'string' && text !== '')).toBe(true);
    }),
  );
});
