import { describe, expect, it } from 'vitest';
import { commands } from '../../bin/commands/index.ts';
import { call, emptyDirectory, run } from './cli.ts';

describe('the help', () => {
  it('names every command and every exit code', async () => {
    const { code, out } = await call(['--help']);
    expect(code).toBe(0);
    for (const name of Object.keys(commands)) expect(out).toContain(`  ${name} `);
    for (const exit of ['0', '1', '2', '3', '130']) expect(out).toMatch(new RegExp(`^  ${exit} +\\w`, 'm'));
  });

  it.each(Object.keys(commands))('of %s has a usage, options and examples that can be pasted', async (name) => {
    const { code, out } = await call([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`^ {2}greenroom ${name}`, 'm'));
    expect(out).toContain('--json');
    expect(out).toMatch(/^Examples\n {2}npx greenroom \w/m);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(104);
    expect(await call(['help', name])).toMatchObject({ code: 0, out });
  });

  it('is what a bare call prints, which is no success', async () => {
    expect(await call([])).toMatchObject({ code: 2, out: (await call(['--help'])).out });
  });

  it('tells the version', async () => {
    expect(await call(['--version'])).toMatchObject({ code: 0, out: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
  });
});

describe('a command line that is not understood', () => {
  it.each([
    [['miror'], 'there is no command "miror"', 'did you mean npx greenroom mirror?'],
    [['teleport'], 'there is no command "teleport"', 'greenroom --help'],
    [['toString'], 'there is no command "toString"', 'greenroom --help'],
    [['parity', '--quite-look'], 'unknown option --quite-look', 'did you mean --quiet-look?'],
    [['parity', 'one', 'two'], 'what is "two"?', 'greenroom parity --help'],
    [['rollback'], 'something is missing', 'greenroom rollback --help'],
    [['up', '--port', 'eighty'], '--port eighty', 'a number'],
    [['up', '--source', 'Not A Ref'], 'is not a', ''],
    [['break', 'eu-west-2', '--how', 'offlin'], '--how offlin', 'did you mean offline?'],
    [['break', 'eu-west-2', '--for', 'ever'], '"ever" is not a duration', '60s'],
    [['hold', 'coder-preview', 'README.md', '--until', '4h'], 'one image at a time', 'in quotes'],
    [['publish', 'two'], '"two" is not a version', 'v2.40.0'],
    [['images', '--history', 'all'], '--history all', 'a whole number'],
    [['mirror', '--to', 'localhost:1/x'], 'name one source', 'mirror <source> --to <ref>'],
    [['mirror', 'localhost:1/x', '--to', 'localhost:2/X'], 'is not a repository name', 'host:5000/name:tag'],
    [['mirror', 'localhost:1/x', '--to', 'localhost:2/x', '--to', 'localhost:2/x'], 'the same destination twice', ''],
    [
      ['mirror', `localhost:1/x@sha256:${'a'.repeat(64)}`, '--to', 'localhost:2/x'],
      'a digest needs a name',
      '--to host/name:tag',
    ],
    [['parity', '--estate', 'ai.coder.co'], 'there is no estate "ai.coder.co"', 'did you mean ai.coder.com?'],
    [['parity', '--estate', 'ai.coder.com'], 'GREENROOM_TABLE is not set', 'GREENROOM_ACCOUNT'],
  ])('%j is exit 2 and says why', async (args, why, remedy) => {
    const { code, out, err } = await call(args);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err).toContain(remedy);
    expect(err).not.toContain('    at ');
  });
});

describe('colour', () => {
  it.each([
    [{}, false],
    [{ FORCE_COLOR: '1' }, true],
    [{ NO_COLOR: '1' }, false],
  ])('with %j is %s', async (env, coloured) => {
    const { out } = await run(['--help'], { env });
    expect(out.includes('\u001b[')).toBe(coloured);
  });
});

describe('without an embedded world', () => {
  it.each(['parity', 'images', 'publish', 'mend'])('%s could not look, and says how to start one', async (name) => {
    const { code, err } = await call([name, '--data', await emptyDirectory()]);
    expect(code).toBe(3);
    expect(err).toContain('npx greenroom up');
  });
});
