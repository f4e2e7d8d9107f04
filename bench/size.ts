import { build } from 'esbuild';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundling } from '../lib/bundling.ts';

/**
 * What each function weighs, bundled as the stack bundles it, against its budget. Exits 1 when one is too heavy.
 *
 * Every kilobyte is parsed at each cold start; the budget is what the AWS SDK's clients weigh, and little more.
 */
const BUDGET_KB = 365;
/**
 * Functions with a budget of their own: the webhook, because GitHub sees how long it takes to wake up; the look, which
 * both starts the machine and tells; those that look into clusters.
 */
const OWN_BUDGET_KB: Readonly<Record<string, number>> = {
  webhook: 215,
  look: 378,
  parity: 432,
  posture: 520,
  credentials: 430,
  lift: 480,
};

const budgetOf = (name: string): number => OWN_BUDGET_KB[name] ?? BUDGET_KB;

const sizes = await Promise.all(
  globSync('lambdas/*.ts', { cwd: `${import.meta.dirname}/..` })
    .filter((path) => basename(path) !== 'host.ts')
    .sort()
    .map(sizeOf),
);

console.log(row('function', 'minified kB', 'gzip kB', 'budget kB'));
for (const { name, minified, gzipped } of sizes) console.log(row(name, kB(minified), kB(gzipped), budgetOf(name)));
const heavy = sizes.filter(({ name, minified }) => minified > budgetOf(name) * 1_000);
if (heavy.length > 0) console.error(`too heavy: ${heavy.map(({ name }) => name).join(', ')}`);
process.exitCode = heavy.length > 0 ? 1 : 0;

async function sizeOf(path: string): Promise<{ name: string; minified: number; gzipped: number }> {
  const entry = `${import.meta.dirname}/../${path}`;
  const { outputFiles } = await build({ ...bundling, entryPoints: [entry], sourcemap: false, write: false });
  const code = outputFiles[0]?.contents ?? new Uint8Array();
  return { name: basename(path, '.ts'), minified: code.byteLength, gzipped: gzipSync(code).byteLength };
}

function kB(bytes: number): string {
  return (bytes / 1_000).toFixed(1);
}

function row(name: string, ...figures: readonly (string | number)[]): string {
  return `${name.padEnd(12)}${figures.map((figure) => String(figure).padStart(14)).join('')}`;
}
