import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { EXIT, type Command } from '../../bin/command.ts';
import { commands } from '../../bin/commands/index.ts';
import { call } from './cli.ts';

const read = (file: string): Promise<string> => readFile(join(import.meta.dirname, '../..', file), 'utf8');
const loaded = (): Promise<Command[]> =>
  Promise.all(Object.values(commands).map(async ({ load }) => (await load()).default));

describe('the registry of commands', () => {
  it('says of each command what the command says of itself', async () => {
    const own = (await loaded()).map(({ name, summary }) => [name, summary]);
    expect(Object.entries(commands).map(([name, { summary }]) => [name, summary])).toEqual(own);
  });
});

describe('docs/cli.md', () => {
  it('prints the help as it is', async () => {
    expect(await read('docs/cli.md')).toContain(`$ npx greenroom --help\n${(await call(['--help'])).out}\`\`\``);
  });

  it('tells of every command, and what each prints with --json', async () => {
    const text = await read('docs/cli.md');
    const table = text.slice(text.indexOf('## `--json`'));
    for (const { name } of await loaded()) expect(table).toContain(`\`${name}`);
  });
});

describe.each(['README.md', 'RUNBOOK.md', 'docs/cli.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md'])('%s', (file) => {
  it('types no command and no option that does not exist', async () => {
    const known = new Map((await loaded()).map((command) => [command.name, command]));
    // Only what was meant to work: an example of a mistake says which exit code it had.
    const lines = (await read(file)).split('\n').filter((line) => !line.includes(`# exit ${EXIT.usage}`));
    const typed = lines.flatMap((line) => [...line.matchAll(/npx greenroom ([a-z]+)([^#`|]*)/g)]);
    for (const [whole, name = '', rest = ''] of typed) {
      const command = known.get(name);
      expect(command, whole).toBeDefined();
      const options = [...rest.matchAll(/--(?:no-)?([a-z-]+)/g)].map(([, option = '']) => option);
      const own = [...Object.keys(command?.flags ?? {}), 'json', 'data', 'verbose', 'help'];
      expect(own, whole).toEqual(expect.arrayContaining(options));
    }
  });
});
