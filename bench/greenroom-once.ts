import { randomUUID } from 'node:crypto';
import { registries } from '../src/clients/registry.ts';
import { sure } from '../src/core/parsed.ts';
import type { Progress } from '../src/core/progress.ts';
import { parseReference } from '../src/core/reference.ts';
import { mirror } from '../src/mirror/mirror.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';

/** One mirror run in a process of its own, as the peer has one: `greenroom-once <depth> <source> <region>…`. */
export interface Once {
  readonly result: string;
  readonly why?: string;
  readonly skewMs?: number;
  /** The run alone, without the start of the process. */
  readonly tookMs: number;
  /** When each region had every blob, in milliseconds from the run's beginning. */
  readonly wholeMs: readonly number[];
  readonly healed: number;
  readonly bytesRead: number;
  /** Above what there was before the run. */
  readonly peak: { readonly buffers: number; readonly rss: number };
}

const [depth = '', source = '', ...copies] = process.argv.slice(2);
const open = registries({ now: () => new Date() });
const at = (text: string) => open(sure(parseReference(text)));
const idle = process.memoryUsage();
const peak = { buffers: 0, rss: 0 };
const look = (): void => {
  const { external, rss } = process.memoryUsage();
  peak.buffers = Math.max(peak.buffers, external - idle.external);
  peak.rss = Math.max(peak.rss, rss - idle.rss);
};
const whole = new Map<string, number>();
const began = performance.now();
const looking = setInterval(look, 10);
const outcome = await mirror({
  release: { image: 'image', tag: 'latest' },
  endpoints: { source: at(source), copies: new Map(copies.map((copy) => [copy, at(copy)])) },
  journal: memoryJournal(),
  id: randomUUID(),
  by: 'bench',
  why: 'bench',
  now: () => new Date(),
  history: false,
  ...(depth === 'referrers' && { depth }),
  onProgress: (event: Progress) => {
    if (event.kind === 'landed') whole.set(event.region, performance.now() - began);
  },
});
const tookMs = performance.now() - began;
look();
clearInterval(looking);
const { result, why, skewMs, copied } = outcome;
const once: Once = {
  result,
  ...(why !== undefined && { why }),
  ...(skewMs !== undefined && { skewMs }),
  tookMs,
  wholeMs: copies.map((copy) => whole.get(copy) ?? 0),
  healed: copied?.healed ?? 0,
  bytesRead: copied?.bytesRead ?? 0,
  peak,
};
process.stdout.write(`${JSON.stringify(once)}\n`);
process.exit(result === 'promoted' || result === 'in-sync' ? 0 : 1);
