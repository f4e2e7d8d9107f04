import { registries } from '../../src/clients/registry.ts';
import { sqliteJournal } from '../../src/clients/sqlite.ts';
import { parseReference } from '../../src/core/reference.ts';
import { sure } from '../../src/core/parsed.ts';
import { mirror } from '../../src/mirror/mirror.ts';

/** A run in a process of its own that is killed (SIGKILL, no clean-up) at the `nth` event of a kind, if there is one. */
const [db = '', kind = '', nth = '1', source = '', ...copies] = process.argv.slice(2);
const open = registries({ now: () => new Date() });
const at = (text: string) => open(sure(parseReference(text)));
let seen = 0;
await mirror({
  release: { image: 'coder-preview', tag: 'latest' },
  endpoints: { source: at(source), copies: new Map(copies.map((copy, i) => [`region-${i}`, at(copy)])) },
  journal: sqliteJournal(db),
  id: `doomed ${process.pid}`,
  by: 'test',
  why: 'to die',
  now: () => new Date(),
  history: true,
  onProgress: (progress) => {
    if (progress.kind !== kind) return;
    seen += 1;
    if (seen === Number(nth)) process.kill(process.pid, 'SIGKILL');
  },
});
