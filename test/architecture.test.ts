import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { automations } from '../src/automations.ts';

/** Who may import whom. A room not named in a list may not be entered. */
const OUTER = ['src/automations', 'src/config', 'src/estate', 'src/endpoints', 'src/log', 'src/webhook', 'estates'];
const CONNECT = ['src/connect', 'src/connect-aws', 'src/connect-webhook'];
const mayImport: Readonly<Record<string, readonly string[]>> = {
  'src/core': ['src/core'],
  'src/ports': ['src/core'],
  'src/log': [],
  'src/mirror': ['src/core', 'src/ports', 'src/mirror'],
  'src/endpoints': ['src/core', 'src/ports', 'src/mirror'],
  'src/observers': ['src/core', 'src/ports', 'src/mirror', 'src/observers', 'src/endpoints', 'src/log'],
  'src/steps': ['src/core', 'src/ports', 'src/steps', 'src/log'],
  'src/reconcile': ['src/core', 'src/ports', 'src/observers', 'src/steps', 'src/log', 'src/tell'],
  'src/tell': ['src/core', 'src/ports'],
  'src/automations': ['src/core', 'src/reconcile'],
  'src/webhook': ['src/core', 'src/ports'],
  'src/estate': ['src/core'],
  'src/config': ['src/core', 'src/estate', 'estates'],
  'src/clients': ['src/core', 'src/ports', 'src/clients'],
  'src/rehearsal': ['src/core', 'src/ports', 'src/rehearsal'],
  'src/board': ['src/core', 'src/board'],
  'src/terminal': ['src/core', 'src/board', 'src/terminal'],
  'src/connect': ['src/core', 'src/ports', 'src/mirror', 'src/clients', 'src/reconcile', ...OUTER],
  estates: ['src/core', 'estates'],
  lib: ['lib', 'src/core', ...OUTER],
  lambdas: ['lambdas', 'src/core', 'src/ports', 'src/reconcile', 'src/mirror', ...CONNECT, ...OUTER],
  // The version that `--version` prints stands in package.json.
  bin: ['bin', 'src', 'estates', 'lib', 'package.json'],
};

const files = globSync('{bin,lib,src,lambdas,estates}/**/*.ts').map((path) => ({
  path,
  text: readFileSync(path, 'utf8'),
}));
const rooms = Object.keys(mayImport).sort((a, b) => b.length - a.length);
const isIn = (path: string, room: string): boolean =>
  path === room ||
  path === `${room}.ts` ||
  path.startsWith(`${room}/`) ||
  (room === 'src/connect' && path.startsWith('src/connect-'));
const roomOf = (path: string): string => rooms.find((room) => isIn(path, room)) ?? path;
const importsOf = (text: string): string[] =>
  [...text.matchAll(/\b(?:from|import\() ?'([^']+)'/g)].map(([, target]) => target ?? '');

describe('the rooms of the house', () => {
  it.each(files)('$path keeps to the rooms it may enter', ({ path, text }) => {
    const allowed = mayImport[roomOf(path)] ?? [];
    const trespasses = importsOf(text)
      .filter((target) => target.startsWith('.'))
      .map((target) => normalize(join(dirname(path), target)))
      .filter((target) => !allowed.some((room) => isIn(target, room)));
    expect(trespasses).toEqual([]);
  });

  it('core is made of nothing but core', () => {
    const packages = files
      .filter(({ path }) => path.startsWith('src/core/'))
      .flatMap(({ text }) => importsOf(text))
      .filter((target) => !target.startsWith('.'));
    expect(packages).toEqual([]);
  });
});

describe('the habits of the house', () => {
  it.each([
    [
      'reads the clock in the domain',
      /new Date\(\)|Date\.now\(\)/,
      /^(?:bin|lambdas)\/|^src\/clients\/http\.ts$|^src\/rehearsal\/|^src\/board\/live\.ts$/,
    ],
    ['reads the environment', /process\.env/, /^(?:bin|lambdas)\//],
    ['mocks, spies or fakes time', /vi\.(?:mock|spyOn|useFakeTimers)\(/, /^$/],
    ['bundles every locale of zod', /import \{[^}]*\bz\b[^}]*\} from 'zod'/, /^$/],
    ['leaves work for later without an issue', /\b(?:TODO|FIXME|XXX)\b/, /^$/],
  ])('nothing outside its place %s', (_, habit, allowed) => {
    const tests = globSync('test/**/*.ts').map((path) => ({ path, text: readFileSync(path, 'utf8') }));
    const own = habit.source.startsWith('vi') ? [...files, ...tests] : files;
    const guilty = own.filter(
      ({ path, text }) => habit.test(text.replaceAll(/^\s*(?:\/\/|\*|\/\*).*$/gm, '')) && !allowed.test(path),
    );
    expect(guilty.map(({ path }) => path).filter((path) => path !== 'test/architecture.test.ts')).toEqual([]);
  });

  it('every check is named as its file', () => {
    const checks = globSync('src/core/checks/*.ts').map((path) => basename(path, '.ts'));
    const named = new Set(Object.values(automations).flatMap((row) => row.checks.map(({ name }) => name)));
    expect([...named].filter((name) => !checks.includes(name))).toEqual([]);
  });
});
