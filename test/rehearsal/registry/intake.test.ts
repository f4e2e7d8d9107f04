import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { MiB } from '../../../src/core/bytes.ts';
import { Intake } from '../../../src/rehearsal/registry/intake.ts';

function intake(): { readonly path: string; readonly blob: Intake } {
  const directory = mkdtempSync(join(tmpdir(), 'intake-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'upload');
  return { path, blob: new Intake(path, { memoryBytes: 0, dropOverBytes: Infinity }) };
}

/** By then its file is open, and would stay so until the garbage is collected. */
it('an upload that is abandoned while it is written is written first, leaves no file, and takes in nothing more', async () => {
  const { path, blob } = intake();
  const order: string[] = [];
  await Promise.all([
    blob.take(Buffer.alloc(8 * MiB))?.then(() => order.push('written')),
    blob.abandon().then(() => order.push('abandoned')),
  ]);
  expect(order).toEqual(['written', 'abandoned']);
  expect(blob.take(Buffer.alloc(8 * MiB))).toBeUndefined();
  expect(existsSync(path)).toBe(false);
});
