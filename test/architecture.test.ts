import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';

/**
 * Who may import whom: nobody enters a room that is not in the list of their own. A file directly under `src/` is a
 * room. Arrows only go down, so every list names rooms above it, and what a room reaches is what its list reaches.
 */
const mayEnter: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/log': [],
  'src/ports': ['src/core'],
  'src/estate': ['src/core'],
  estates: ['src/core'],
  'src/config': ['src/core', 'estates'],
  // What Kubernetes' objects mean to Greenroom: over HTTPS, and in a rehearsal.
  'src/cluster': ['src/core', 'src/ports'],
  // What people say about the room, with its line in the journal.
  'src/by-hand': ['src/core', 'src/ports'],
  // What moves images, and what looks at them: an observer walks the same graph as the pipeline does.
  'src/mirror': ['src/core', 'src/ports'],
  'src/endpoints': ['src/core', 'src/ports', 'src/mirror'],
  'src/mirroring': ['src/core', 'src/ports', 'src/mirror', 'src/endpoints'],
  // Where the gateway's replicas answer: for whoever looks at keys, and for what asks replicas by itself.
  'src/replicas': ['src/core', 'src/ports'],
  'src/observers': ['src/core', 'src/ports', 'src/mirror', 'src/endpoints', 'src/log', 'src/replicas'],
  'src/steps': ['src/core', 'src/ports', 'src/log', 'src/rotation'],
  'src/lift': ['src/core', 'src/ports', 'src/observers', 'src/steps'],
  'src/next-wakeup': ['src/core', 'src/ports', 'src/observers'],
  'src/rollout': ['src/core', 'src/ports', 'src/log', 'src/observers'],
  'src/rotation': ['src/core', 'src/ports'],
  'src/rotate-secret': ['src/core', 'src/ports', 'src/observers', 'src/rotation'],
  'src/asked-rotation': ['src/core', 'src/ports', 'src/rotate-secret'],
  'src/roads': ['src/core', 'src/ports'],
  'src/tell': ['src/core', 'src/ports', 'src/log', 'src/observers', 'src/roads'],
  'src/reconcile': ['src/core', 'src/ports', 'src/log', 'src/observers', 'src/steps', 'src/tell'],
  'src/automations': ['src/core', 'src/observers', 'src/reconcile'],
  'src/webhook': ['src/core', 'src/ports'],
  // The outside, and what stands in for it.
  'src/clients': ['src/core', 'src/ports', 'src/cluster'],
  'src/rehearsal': ['src/core', 'src/ports', 'src/cluster', 'src/mirroring'],
  // What people look at.
  'src/board': ['src/core'],
  'src/terminal': ['src/core', 'src/board'],
  // The only places that know which port is which.
  'src/connect': ['src/core', 'src/ports', 'src/cluster', 'src/log', 'src/clients', 'src/mirroring', 'src/reconcile'],
  'src/connect-aws': ['src/core', 'src/ports', 'src/cluster', 'src/clients', 'src/config', 'src/reconcile'],
  'src/connect-calendar': ['src/core', 'src/ports', 'src/clients'],
  'src/connect-clusters': ['src/core', 'src/ports', 'src/cluster', 'src/clients'],
  'src/connect-keys': ['src/core', 'src/ports', 'src/clients', 'src/replicas'],
  'src/connect-wakeups': ['src/ports', 'src/clients', 'src/config'],
  'src/connect-issuers': ['src/core', 'src/ports', 'src/clients'],
  'src/connect-webhook': ['src/clients', 'src/config', 'src/webhook'],
  // What is deployed knows what is to be woken, and nothing of how it works.
  lib: ['src/core', 'src/automations', 'src/estate', 'estates'],
  // Hosts. A function never enters `src/connect`, which would bring SQLite along.
  lambdas: [
    'src/core src/ports src/log src/config src/connect-aws src/connect-clusters src/connect-calendar src/connect-issuers src/connect-webhook src/webhook',
    'src/automations src/reconcile src/mirror src/endpoints src/connect-keys src/rotate-secret src/asked-rotation',
    'src/connect-calendar src/connect-wakeups src/lift src/next-wakeup src/roads src/tell',
  ].flatMap((line) => line.split(' ')),
  // The version that `--version` prints stands in package.json.
  bin: [
    'src/core src/ports src/log src/config src/estate src/connect src/connect-aws src/connect-calendar src/webhook src/automations',
    'src/by-hand src/roads src/cluster src/lift src/rollout src/connect-clusters src/connect-keys src/rotate-secret src/asked-rotation src/rotation',
    'src/reconcile src/observers src/mirror src/mirroring src/endpoints src/clients src/rehearsal src/board',
    'src/terminal src/replicas estates lib package.json',
  ].flatMap((line) => line.split(' ')),
};

/** Whose packages stop where. A room that is not named here has `node:crypto` at most. */
const mayUse: Readonly<Record<string, RegExp>> = {
  'src/core': /^$/,
  'src/ports': /^$/,
  'src/clients': /^(?:node:|@aws-sdk\/|@smithy\/signature-v4$)/,
  'src/connect-aws': /^@aws-sdk\//,
  'src/connect-calendar': /^@aws-sdk\//,
  'src/connect-clusters': /^@aws-sdk\//,
  'src/connect-keys': /^@aws-sdk\//,
  'src/connect-wakeups': /^@aws-sdk\//,
  'src/connect-issuers': /^@aws-sdk\//,
  'src/connect-webhook': /^@aws-sdk\//,
  'src/rehearsal': /^node:/,
  'src/asked-rotation': /^node:(?:crypto|timers\/promises)$/,
  'src/board': /^node:/,
  'src/terminal': /^node:util$/,
  lib: /^(?:aws-cdk-lib|constructs|esbuild|node:path)/,
  lambdas: /^(?:@middy\/core|@aws-lambda-powertools\/|aws-lambda$|node:timers\/promises$)/,
  bin: /^(?:node:|aws-cdk-lib|cdk-nag)/,
};

interface File {
  readonly path: string;
  readonly text: string;
}

/** Comments are prose: they may speak of what the code may not do. */
const withoutComments = (text: string): string => text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '');
const read = (pattern: string): File[] =>
  globSync(pattern).map((path) => ({ path, text: withoutComments(readFileSync(path, 'utf8')) }));

const house = read('{bin,lib,src,lambdas,estates}/**/*.ts');
const tests = read('test/**/*.ts').filter(({ path }) => path !== 'test/architecture.test.ts');

const roomOf = (path: string): string =>
  path.startsWith('src/') ? path.split('/').slice(0, 2).join('/').replace(/\.ts$/, '') : (path.split('/')[0] ?? path);

interface Import {
  readonly target: string;
  /** Gone when the program runs. */
  readonly isType: boolean;
}

const importsOf = ({ text }: File): Import[] =>
  [...text.matchAll(/\b(?:(import|export)( type)? [^;]*?from |import\()'([^']+)'/g)].map(([, , type, target = '']) => ({
    target,
    isType: type !== undefined,
  }));
const neighboursOf = (file: File): Import[] =>
  importsOf(file)
    .filter(({ target }) => target.startsWith('.'))
    .map(({ target, isType }) => ({ target: normalize(join(dirname(file.path), target)), isType }));
const packagesOf = (file: File): string[] =>
  importsOf(file).flatMap(({ target }) => (target.startsWith('.') ? [] : [target]));

describe('the rooms of the house', () => {
  it.each(house)('$path keeps to the rooms it may enter', (file) => {
    const own = roomOf(file.path);
    const strange = neighboursOf(file)
      .map(({ target }) => target)
      .filter((target) => roomOf(target) !== own && !mayEnter[own]?.includes(roomOf(target)));
    expect(strange).toEqual([]);
  });

  it.each(house)('$path uses no package that stops elsewhere', (file) => {
    const allowed = mayUse[roomOf(file.path)] ?? /^node:crypto$/;
    expect(packagesOf(file).filter((name) => !allowed.test(name))).toEqual([]);
  });

  it('no arrow runs in a circle', () => {
    const above = (room: string, way: readonly string[]): string[] =>
      way.includes(room)
        ? [[...way, room].join(' → ')]
        : (mayEnter[room] ?? []).flatMap((next) => above(next, [...way, room]));
    expect(Object.keys(mayEnter).flatMap((room) => above(room, []))).toEqual([]);
  });

  it('every room is in the plan', () => {
    expect([...new Set(house.map(({ path }) => roomOf(path)))].filter((room) => !(room in mayEnter))).toEqual([]);
  });

  it('no function in AWS carries SQLite, the rehearsal, the board or the terminal', () => {
    const carried = carriedBy(globSync('lambdas/*.ts'));
    expect(
      [...carried].filter((path) => /^src\/(?:rehearsal|board|terminal|connect\.ts|clients\/sqlite)/.test(path)),
    ).toEqual([]);
    expect(carried.size).toBeGreaterThan(20);
  });
});

/** Everything that is there when these files run. */
function carriedBy(paths: readonly string[]): ReadonlySet<string> {
  const byPath = new Map(house.map((file) => [file.path, file]));
  const carried = new Set<string>();
  const queue = [...paths];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    const file = byPath.get(path);
    if (!file || carried.has(path)) continue;
    carried.add(path);
    queue.push(...neighboursOf(file).flatMap(({ target, isType }) => (isType ? [] : [target])));
  }
  return carried;
}

describe('the habits of the house: nothing', () => {
  it.each<[string, RegExp, RegExp]>([
    // The rehearsal's registry is outside, and so is a browser.
    [
      'but a host reads the clock',
      /new Date\(\)|Date\.now\(\)/,
      /^(?:bin|lambdas)\/|^src\/rehearsal\/registry\/|^src\/board\/live\.ts$/,
    ],
    ['but a host reads the environment', /process\.env/, /^(?:bin|lambdas)\//],
    ['but a host prints', /\bconsole\.|process\.std(?:out|err)/, /^(?:bin|lambdas)\//],
    [
      // Elsewhere an error that is caught is one that nobody hears of. A text that is no JSON is not an error but an answer.
      'but a host, an observer, a step, the pipeline and the outside catches',
      /\bcatch\b/,
      /^(?:bin|lambdas)\/|^src\/(?:observers|steps\/take|mirror|clients|rehearsal|board|webhook)\b|^src\/(?:core\/json)\.ts$/,
    ],
    ['bundles every locale of zod', /import \{[^}]*\bz\b[^}]*\} from 'zod'/, /^$/],
    ['leaves work for later without an issue', /\b(?:TODO|FIXME|XXX)\b/, /^$/],
    ['knows somebody’s machine', /["'`/](?:home|Users|work)\/[a-z]/, /^$/],
    ['mocks, spies or fakes time', /\bvi\./, /^$/],
  ])('%s', (_, habit, allowed) => {
    const guilty = [...house, ...tests].filter(({ path, text }) => habit.test(text) && !allowed.test(path));
    const outsideTests = /but a host/.test(_) ? guilty.filter(({ path }) => !path.startsWith('test/')) : guilty;
    expect(outsideTests.map(({ path }) => path)).toEqual([]);
  });
});

describe('what belongs together', () => {
  const checks = globSync('src/core/checks/*.ts').map((path) => basename(path, '.ts'));

  it.each(checks)('%s is named as its file, has a test beside its twin, and is among the automations', async (name) => {
    const exported = Object.values(
      (await import(`../src/core/checks/${name}.ts`)) as Record<string, { name?: string }>,
    );
    expect(exported.map((check) => check.name)).toContain(name);
    expect(existsSync(`test/core/checks/${name}.test.ts`)).toBe(true);
    expect(Object.values(automations).flatMap((row) => row.checks.map((check) => check.name))).toContain(name);
  });

  it.each(Object.keys(automations))('%s, which looks by itself, has a function of its name', (name) => {
    expect(existsSync(`lambdas/${name}.ts`)).toBe(true);
  });
});
