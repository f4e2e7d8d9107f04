import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startRegistry, type RegistryServer } from '../../src/rehearsal/registry.ts';
import { seedImage } from '../../src/rehearsal/seed-image.ts';
import { emptyDirectory, run, start, type Ended } from '../bin/cli.ts';
import { ROBOT, startDockerRegistries, startDockerRegistry, type DockerRegistry } from './docker-registry.ts';
import { rawDigest, skopeo } from './skopeo.ts';

// The command line as its user has it: a process, real registries, credentials in docker's configuration.

let from: DockerRegistry;
let one: DockerRegistry;
let two: DockerRegistry;
let locked: DockerRegistry;

beforeAll(async () => {
  [from, one, two] = (await startDockerRegistries(3)) as [DockerRegistry, DockerRegistry, DockerRegistry];
  locked = await startDockerRegistry({ login: true });
});
afterAll(async () => {
  await Promise.all([from, one, two, locked].map((registry) => registry.stop()));
});

const LAYERS = [1_200_000, 300_000, 70_000];

/** A release in a registry that others wrote, put there by skopeo. Resolves to its reference without a tag, and its digest. */
async function released(...tags: readonly string[]): Promise<{ reference: string; name: string; digest: string }> {
  const name = `coder/${randomUUID()}`;
  const staged = await startRegistry();
  try {
    const { digest } = await seedImage(staged, { repository: name, tag: 'x', version: name, layerBytes: LAYERS });
    for (const tag of tags) await copied(`${staged.host}/${name}:x`, `${from.host}/${name}:${tag}`);
    return { reference: `${from.host}/${name}`, name, digest };
  } finally {
    await staged.close();
  }
}

const copied = (source: string, to: string): Promise<Buffer> =>
  skopeo(
    'copy',
    '--all',
    '--preserve-digests',
    '--src-tls-verify=false',
    '--dest-tls-verify=false',
    `docker://${source}`,
    `docker://${to}`,
  );

/** Where `docker login` would have put a password. */
async function dockerConfig(password: string): Promise<Readonly<Record<string, string>>> {
  const home = await emptyDirectory();
  const auth = Buffer.from(`${ROBOT.username}:${password}`).toString('base64');
  await writeFile(join(home, 'config.json'), JSON.stringify({ auths: { [locked.host]: { auth } } }));
  return { DOCKER_CONFIG: home };
}

const CREDENTIALS = ['--creds', `${ROBOT.username}:${ROBOT.password}`];
const isTagged = async ({ host }: DockerRegistry, name: string): Promise<boolean> =>
  (await fetch(`http://${host}/v2/${name}/manifests/latest`, { method: 'HEAD' })).ok;

/** One paragraph that says what to do, and nothing that only programmers read. */
function expectPlain({ err }: Ended, remedy: string | RegExp): void {
  expect(err).toMatch(remedy);
  expect(err).not.toMatch(/^ +at |node:internal|undefined|\[object/m);
}

describe('greenroom mirror', () => {
  it('copies to several registries at once, one of them behind a login, as skopeo reads it', async () => {
    const { reference, name, digest } = await released('latest');
    const env = await dockerConfig(ROBOT.password);
    const to = [`${one.host}/${name}`, `${two.host}/b/${name}:stable`, `${locked.host}/${name}`];
    const args = ['mirror', reference, ...to.flatMap((each) => ['--to', each])];

    const dry = await run([...args, '--dry-run', '--json'], { env });
    expect(dry.code).toBe(0);
    expect(JSON.parse(dry.out)).toMatchObject({
      dryRun: true,
      previews: [{ digest, regions: [{ moves: true }, {}, {}] }],
    });
    expect(await isTagged(one, name)).toBe(false);

    const done = await run([...args, '--json'], { env });
    expect(done.code).toBe(0);
    expect(JSON.parse(done.out)).toMatchObject({ outcomes: [{ result: 'promoted', digest }] });
    expect(await rawDigest(`${one.host}/${name}:latest`)).toBe(digest);
    expect(await rawDigest(`${two.host}/b/${name}:stable`)).toBe(digest);
    expect(await rawDigest(`${locked.host}/${name}:latest`, ...CREDENTIALS)).toBe(digest);
    const again = await run(args, { env });
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining('in sync') });
  });

  it('takes every tag that a pattern stands for', async () => {
    const { reference, name, digest } = await released('v1.0', 'v1.1', 'other');
    expect(await run(['mirror', `${reference}:v*`, '--to', `${one.host}/${name}`])).toMatchObject({ code: 0 });
    const { Tags } = JSON.parse(
      String(await skopeo('list-tags', '--tls-verify=false', `docker://${one.host}/${name}`)),
    ) as {
      Tags: readonly string[];
    };
    expect(Tags.toSorted()).toEqual(['v1.0', 'v1.1']);
    expect(await rawDigest(`${one.host}/${name}:v1.1`)).toBe(digest);
  });

  it('says in a sentence what is not there, who does not answer, and who is not let in', async () => {
    const { reference, name } = await released('latest');
    const nobody = `127.0.0.1:1/${name}`;
    const cases: readonly (readonly [
      args: readonly string[],
      remedy: RegExp,
      env?: Readonly<Record<string, string>>,
    ])[] = [
      [[`${reference}:nope`, '--to', `${one.host}/${name}`], /has no tag nope/],
      [[`${from.host}/coder/nobody`, '--to', `${one.host}/${name}`], /has no tag latest/],
      [[reference, '--to', `${one.host}/${name}`, '--to', nobody], /127\.0\.0\.1:1: nobody listens there/],
      [[nobody, '--to', `${one.host}/${name}`], /nobody listens there/],
      [[`no-such-host.invalid/${name}`, '--to', `${one.host}/${name}`], /ENOTFOUND|EAI_AGAIN/],
      [[reference, '--to', `${one.host}/${name}`, '--to', `${locked.host}/${name}`], /docker login 127/],
      [[`${locked.host}/${name}`, '--to', `${one.host}/${name}`], /401.*docker login/, await dockerConfig('wrong')],
    ];
    for (const [args, remedy, env = { DOCKER_CONFIG: '/nowhere' }] of cases) {
      const ended = await run(['mirror', ...args], { env });
      expect(ended.code).toBe(1);
      expectPlain(ended, remedy);
      expect(await isTagged(one, name)).toBe(false);
    }
  });

  it.each(['interrupt', 'kill'] as const)(
    'leaves no tag at a %s in the middle, and goes on where it was',
    async (end) => {
      const name = `coder/${randomUUID()}`;
      const slow = await slowSource(name);
      const args = ['mirror', `${slow.host}/${name}`, '--to', `${one.host}/${name}`, '--to', `${two.host}/${name}`];
      const running = start(args);
      await running.said('read 25 %');
      running[end]();
      const { code, err } = await running.ended;
      if (end === 'interrupt')
        expect({ code, err }).toEqual({ code: 130, err: expect.stringContaining('Interrupted.') });
      expect(await isTagged(one, name)).toBe(false);
      expect(await isTagged(two, name)).toBe(false);

      slow.shape = {};
      expect(await run(args)).toMatchObject({ code: 0, err: expect.stringContaining('promoted') });
      const digest = slow.tagsOf(name).get('latest');
      expect(await rawDigest(`${one.host}/${name}:latest`)).toBe(digest);
      expect(await rawDigest(`${two.host}/${name}:latest`)).toBe(digest);
    },
  );
});

/** A source so slow that a run can be stopped in the middle. */
async function slowSource(name: string): Promise<RegistryServer> {
  const slow = await startRegistry({ shape: { bytesPerSecondPerConnection: 150_000 } });
  onTestFinished(() => slow.close());
  await seedImage(slow, { repository: name, tag: 'latest', version: name, layerBytes: LAYERS });
  return slow;
}

describe('greenroom up --source', () => {
  it('mirrors a release of somebody else’s registry to three regions, and is green', async () => {
    const { reference, digest } = await released('latest');
    const data = await emptyDirectory();
    const ended = await run([
      'up',
      '--source',
      `${reference}:latest`,
      '--once',
      '--full-speed',
      '--json',
      '--data',
      data,
    ]);
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.out)).toMatchObject({
      verdict: { word: 'GO' },
      images: [{ releases: [{ wanted: { digest } }] }],
    });
  });

  it('that was killed in the middle of a run is green again after its next start', async () => {
    const name = `coder/${randomUUID()}`;
    const slow = await slowSource(name);
    const data = await emptyDirectory();
    const args = ['up', '--source', `${slow.host}/${name}:latest`, '--port', '0', '--full-speed', '--data', data];
    const killed = start(args);
    await killed.said('read 25 %');
    killed.kill();
    await killed.ended;
    slow.shape = {};
    const again = start(args);
    await again.said(/✓ .*:latest .*promoted/);
    expect(await run(['parity', '--data', data])).toMatchObject({ code: 0, out: expect.stringMatching(/^GO /) });
    again.interrupt();
    expect(await again.ended).toMatchObject({ code: 0 });
  });
});
