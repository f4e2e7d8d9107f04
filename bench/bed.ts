import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import type { Shape } from '../src/rehearsal/registry.ts';
import type { SeedOptions } from '../src/rehearsal/seed-image.ts';
import { IMAGE_NAME } from './image-name.ts';
import type { Counted, Order, Ready, Told } from './registry.ts';

/** A source with one image, and empty regions, each in a process of its own. */
export interface Bed {
  readonly source: string;
  readonly regions: readonly string[];
  readonly bytes: number;
  count(): Promise<Counts>;
  reset(): Promise<void>;
  close(): Promise<void>;
}

export interface Counts {
  readonly source: Counted;
  readonly regions: readonly Counted[];
}

export interface Plan {
  readonly source: Shape;
  readonly regions: readonly Shape[];
  readonly image: Partial<SeedOptions>;
  readonly discardUploads?: boolean;
}

export async function makeBed({ source, regions, image, discardUploads = false }: Plan): Promise<Bed> {
  const [first, ...others] = await Promise.all([
    start({ shape: source, image }),
    ...regions.map((shape) => start({ shape, discardUploads })),
  ]);
  if (!first) throw new Error('no source');
  const all = [first, ...others];
  const tell = async (order: Order): Promise<Counts> => {
    const [source, ...regions] = await Promise.all(all.map(({ child }) => told(child, order)));
    if (!source) throw new Error('no source');
    return { source, regions };
  };
  return {
    source: `${first.ready.host}/${IMAGE_NAME}`,
    regions: others.map(({ ready }) => ready.host),
    bytes: first.ready.bytes,
    count: () => tell({ count: true }),
    reset: async () => void (await tell({ reset: true })),
    close: async () => void (await Promise.all(all.map(({ child }) => end(child)))),
  };
}

/** In memory where there is such a place: what a disk does in the meantime is not what we measure. */
const env = { ...process.env, ...(existsSync('/dev/shm') && { TMPDIR: '/dev/shm' }) };

async function start(told: Told): Promise<{ child: ChildProcess; ready: Ready }> {
  const child = fork(new URL('registry.ts', import.meta.url), [JSON.stringify(told)], { env });
  const [ready] = (await once(child, 'message')) as [Ready];
  return { child, ready };
}

async function told(child: ChildProcess, order: Order): Promise<Counted> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Counted];
  return answer;
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.disconnect();
  await gone;
}
