import { randomUUID } from 'node:crypto';
import { registries } from '../src/clients/registry.ts';
import { parseReference } from '../src/core/reference.ts';
import { sure } from '../src/core/parsed.ts';
import { mirror } from '../src/mirror/mirror.ts';
import { memoryJournal } from '../src/rehearsal/journal.ts';

/** One mirror run in a process of its own, as the peer has one: `greenroom-once <source> <region>…`. */
const [source = '', ...copies] = process.argv.slice(2);
const open = registries({ now: () => new Date() });
const at = (text: string) => open(sure(parseReference(text)));
const outcome = await mirror({
  release: { image: 'image', tag: 'latest' },
  endpoints: { source: at(source), copies: new Map(copies.map((copy) => [copy, at(copy)])) },
  journal: memoryJournal(),
  id: randomUUID(),
  by: 'bench',
  why: 'bench',
  now: () => new Date(),
  history: false,
});
process.stdout.write(
  `${JSON.stringify({ result: outcome.result, why: outcome.why, skewMs: outcome.skewMs, copied: outcome.copied, rss: process.resourceUsage().maxRSS })}\n`,
);
process.exit(outcome.result === 'promoted' || outcome.result === 'in-sync' ? 0 : 1);
