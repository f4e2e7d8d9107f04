import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aiCoderCom } from '../../estates/ai.coder.com.ts';
import { inVpc, makeApp } from '../lib/synthesized.ts';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..');
/** The heaviest budget; each function's own is held by `npm run size`, over the same bundles. */
const HEAVIEST = 660_000;
/** Those that look into clusters carry what speaks to EKS; the others carry less. */
const TO_CLUSTERS = ['credentials', 'lift', 'parity', 'posture'];
const out = mkdtempSync(join(tmpdir(), 'greenroom-cdk-'));
const REGIONS = ['-eu-west-2', '-us-east-2', '-us-west-2'];
const STACKS = ['', ...REGIONS.map((region) => `-clusters${region}`), ...REGIONS].map(
  (end) => `greenroom-ai-coder-com${end}`,
);

/** What a shell knows in which nobody has ever signed in: no account, no region, no Docker, and nobody's home. */
const BARE = {
  PATH: [join(ROOT, 'node_modules', '.bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':'),
  HOME: out,
  DOCKER_HOST: 'tcp://127.0.0.1:1',
  AWS_EC2_METADATA_DISABLED: 'true',
};

beforeAll(async () => {
  await run('cdk', ['synth', '--quiet', '--output', out], { cwd: ROOT, env: BARE });
});
afterAll(() => rmSync(out, { recursive: true, force: true }));

describe('cdk synth, in a shell that knows no account', () => {
  it('makes a home stack, and for each region a stack with its copies and one that lets us into its clusters', () => {
    const made = globSync('*.template.json', { cwd: out }).map((file) => file.replace('.template.json', ''));
    expect(made.sort()).toEqual(STACKS);
  });

  it('bundles each function into one module, with its source map beside it', () => {
    const bundles = globSync('asset.*/index.mjs', { cwd: out });
    // Who rotates is made only where there is a gateway with keys.
    const others = ['host.ts', ...(aiCoderCom.gateway ? [] : ['rotate.ts'])];
    expect(bundles).toHaveLength(
      globSync('lambdas/*.ts', { cwd: ROOT }).filter((file) => !others.includes(basename(file))).length,
    );
    const heavy = bundles.filter((bundle) => statSync(join(out, bundle)).size >= 450_000);
    expect(heavy.length).toBeLessThanOrEqual(TO_CLUSTERS.length);
    for (const bundle of bundles) {
      expect(statSync(join(out, bundle)).size).toBeLessThan(HEAVIEST);
      expect(statSync(join(out, `${bundle}.map`)).size).toBeGreaterThan(0);
    }
  });

  it.each(STACKS)('makes of %s what cfn-lint has nothing to say against', async (stack) => {
    expect(await lint(join(out, `${stack}.template.json`))).toBe('');
  });

  it('makes of an estate with a gateway and a VPC what cfn-lint has nothing to say against', async () => {
    const { app, home } = makeApp(inVpc);
    app.synth();
    const template = join(out, 'in-vpc.json');
    writeFileSync(template, JSON.stringify(Template.fromStack(home).toJSON()));
    expect(await lint(template)).toBe('');
  });

  it('would hear cfn-lint: a template with a runtime that there never was', async () => {
    const template = join(out, 'planted.json');
    const Properties = { Runtime: 'nodejs3.x', Handler: 'index.handler', Code: { ZipFile: '' }, Role: 'nobody' };
    writeFileSync(template, JSON.stringify({ Resources: { F: { Type: 'AWS::Lambda::Function', Properties } } }));
    expect(await lint(template)).toContain('nodejs3.x');
  });
});

/** What it says; it exits with something else than 0 whenever it says anything. */
async function lint(template: string): Promise<string> {
  const said = await run('cfn-lint', [template], { cwd: ROOT }).catch((error: { stdout: string }) => error);
  return said.stdout;
}
