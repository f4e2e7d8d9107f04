import type { Context } from 'aws-lambda';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { onLambda } from '../../lambdas/host.ts';
import { seconds } from '../../src/core/time.ts';
import { quietWeek } from '../../src/rehearsal/scenes.ts';

const TRACE = '1-5759e988-bd862e3fe1be46a994272793';

type Line = ReturnType<typeof JSON.parse>;
let lines: readonly Line[];

/** What a release leaves in CloudWatch: the lines of a process whose output is nobody's but the functions'. */
beforeAll(async () => {
  const env = { PATH: process.env['PATH'], _X_AMZN_TRACE_ID: `Root=${TRACE};Parent=557abcec3ee5a047;Sampled=1` };
  const narration = join(import.meta.dirname, 'narrated.ts');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [narration], { env });
  lines = `${stdout}\n${stderr}`
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
});
const logged = (message: string): Line => lines.find((line) => line.message === message);
const metrics = () => lines.filter((line) => line._aws);

describe('what a function logs', () => {
  it('is JSON, a line each, and says whose it is, which call and which trace', () => {
    const said = lines.filter((line) => !line._aws);
    expect(said.map(({ function_name: name }) => name)).toEqual(['look', 'plan', 'transfer', 'promote', 'promote']);
    for (const line of said) {
      expect(line).toMatchObject({ service: 'greenroom', xray_trace_id: TRACE, level: expect.any(String) });
      expect(line.function_request_id).toBe(`request-of-${line.function_name}`);
    }
  });

  it('leads from a delivery to the run that it set off, and through all of its functions', () => {
    const look = logged('look: no-go, 3 of 3 not ready');
    expect(look).toMatchObject({ rings: '72d3162e-cc78-11e3-81ab-4c9367dc0958', taken: [{ result: 'started run-1' }] });
    for (const message of ['planned', 'transferred', 'coder-preview:latest promoted']) {
      expect(logged(message)).toMatchObject({ run: 'run-1', release: 'coder-preview:latest' });
    }
  });

  it('has an error whole, under the run that it is about', () => {
    const { level, run, error } = logged('failed');
    expect([level, run]).toEqual(['ERROR', 'run-2']);
    expect(error).toMatchObject({ name: 'Error', message: expect.stringContaining('run-2 has no notes') });
    expect(error.stack).toMatch(/promoteStage .*stages\.ts/);
  });
});

describe('what a function measures', () => {
  it('is these, each with its unit and few dimensions: every combination costs money', () => {
    const spoken = metrics().map(
      ({
        _aws: {
          CloudWatchMetrics: [
            {
              Namespace,
              Dimensions: [dimensions],
              Metrics,
            },
          ],
        },
      }) => [Namespace, Metrics[0].Name, Metrics[0].Unit, ...dimensions].join(' '),
    );
    expect([...new Set(spoken)].sort()).toEqual([
      'Greenroom BytesRead Bytes service',
      'Greenroom BytesWritten Bytes service',
      'Greenroom Findings Count service automation status',
      'Greenroom LookMs Milliseconds service automation',
      'Greenroom MirrorSkewMs Milliseconds service',
    ]);
  });

  it('is what happened', () => {
    const failing = metrics().find(({ status }) => status === 'fail');
    expect(failing).toMatchObject({ automation: 'look', Findings: 3 });
    const [read, written] = ['BytesRead', 'BytesWritten'].map((name) => metrics().find((line) => name in line)?.[name]);
    expect([read > 0, written]).toEqual([true, 3 * read]);
  });
});

describe('a function whose time runs out', () => {
  it('is told ten seconds before, and ends in its own words', async () => {
    const world = await quietWeek(new Date());
    const handler = onLambda(
      () => world,
      async (_event: object, { signal }) => {
        await once(signal, 'abort');
        return 'yielded';
      },
    );
    const context = { getRemainingTimeInMillis: () => seconds(10) + 50 } as Context;
    expect(await handler({}, context)).toBe('yielded');
  });
});
