import { build } from 'esbuild';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { bundling } from '../../lib/bundling.ts';
import { serveDynamoDb } from '../servers/dynamodb.ts';

const run = promisify(execFile);

const ENTRY = `
  import { dynamoJournal } from './src/clients/dynamodb.ts';
  const { table, endpoint } = process.env;
  const journal = dynamoJournal({ table, endpoint, region: 'us-east-2' });
  await journal.keep('a word', 'kept', new Date('2026-09-14T13:00:00Z'));
  console.log(await journal.kept('a word', new Date('2026-09-14T12:00:00Z')));
`;

it('what is bundled as functions are finds Lambda’s credentials, keeps a journal, and carries nothing for elsewhere', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'greenroom-bundle-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await using server = await serveDynamoDb();
  const { outputFiles, metafile } = await build({
    ...bundling,
    stdin: { contents: ENTRY, resolveDir: process.cwd() },
    write: false,
    sourcemap: false,
    metafile: true,
  });
  const bundle = join(directory, 'bundle.mjs');
  await writeFile(bundle, outputFiles[0]?.contents ?? '');

  const env = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c' };
  const where = { table: server.table, endpoint: server.endpoint };
  const { stdout } = await run(process.execPath, [bundle], { env: { ...env, ...where } });

  expect(stdout).toBe('kept\n');
  expect(Object.keys(metafile.inputs).filter((path) => ELSEWHERE.test(path))).toEqual([]);
});

const ELSEWHERE =
  /credential-provider|client-sso|client-sts|token-providers|event-streams\/|mnemonist|endpoint-cache\/dist/;
